"""An offer for which the price and the stock are looked up at the same time."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh import Workflow, step


def find_article(article: str) -> dict[str, str]:
    return {"number": article.upper()}


def find_price(number: str) -> dict[str, int]:
    return {"price": 12}


def find_stock(number: str) -> dict[str, int]:
    return {"stock": 3}


def write_offer(number: str, price: int, stock: int) -> dict[str, str]:
    return {"offer": f"{stock} of {number} at {price}"}


class Offer(Workflow):
    class Payload(BaseModel):
        article: str

    article = step(find_article)
    price = step(find_price)
    stock = step(find_stock)
    offer = step(write_offer, after=[price, stock])

    flow = article >> [price, stock]
