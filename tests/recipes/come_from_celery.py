"""A Celery chain with a chord, as a workflow."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh import Retry, Workflow, exponential, step


def fetch(url: str) -> dict[str, str]:
    return {"page": f"page of {url}"}


def count_words(page: str) -> dict[str, int]:
    return {"words": len(page.split())}


def find_title(page: str) -> dict[str, str]:
    return {"title": page.title()}


def index(title: str, words: int) -> dict[str, str]:
    return {"entry": f"{title} ({words} words)"}


class IndexPage(Workflow):
    class Payload(BaseModel):
        url: str

    page = step(fetch, retry=Retry(4, backoff=exponential(min=1, max=600)))
    words = step(count_words)
    title = step(find_title)
    entry = step(index, after=[words, title])

    flow = page >> [words, title]
