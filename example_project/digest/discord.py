"""The one call to Discord: an incoming webhook."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from squid_mesh import RetryLater, StepFailed

#: Discord refuses longer messages.
LONGEST_MESSAGE = 2000
#: Seconds to connect, seconds to wait for an answer.
TIMEOUT = (3.05, 10)
_UNTOLD = 5.0


class DiscordUnavailable(Exception):
    """Discord could not be reached, or has trouble of its own: worth another attempt.

    A webhook's URL is a password. Requests writes it into its messages, so none of those is passed on.
    """


def post(webhook_url: str, content: str, idempotency_key: str) -> None:
    """Post ``content``; the key lets the receiver drop what it has already seen.

    Raises:
        RetryLater: Discord is busy and says for how long.
        StepFailed: Discord refuses the message, and would do so again.
        DiscordUnavailable: anything that may pass.
    """
    try:
        response = requests.post(
            webhook_url,
            json={"content": content, "allowed_mentions": {"parse": []}},
            headers={"Idempotency-Key": idempotency_key},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise DiscordUnavailable(f"Discord can't be reached ({type(error).__name__}).") from None

    status = response.status_code
    if status == 429:
        seconds = retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC))
        raise RetryLater(f"Discord is busy: 429, Retry-After {seconds:g} s.", seconds=seconds)
    if status >= 500:
        raise DiscordUnavailable(f"Discord has trouble: {status}.")
    if status >= 300:
        raise StepFailed(f"Discord refused the message: {status}.", answer=response.text[:200])


def retry_after(header: str, now: datetime) -> float:
    """Seconds that a ``Retry-After`` header asks for: a number or an HTTP date; 5 when it says neither."""
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (ValueError, TypeError):
        return _UNTOLD
