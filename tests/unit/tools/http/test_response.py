"""The ``Retry-After`` header."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from squid_mesh.tools.http.response import parse_retry_after

NOW = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("3601", 3600.0),
        ("9" * 400, 3600.0),
        ("Tue, 24 Nov 2026 09:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 10:00:30 +0100", 30.0),
        ("Tuesday, 24-Nov-26 09:00:30 GMT", 30.0),
        ("Tue Nov 24 09:00:30 2026", 30.0),
        ("Tue, 24 Nov 2026 09:00:30 -0000", 30.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Tue, 24 Nov 2026 08:00:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("٧", None),
        ("Tue, 99 Nov 2026 09:00:30 GMT", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW, 3600.0) == seconds
