"""Random expressions near changes of the clock fire when the oracle says, neither more nor less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from squid_mesh.definitions.cron import Cron
from tests.property import clock_oracle

#: A zone, and a moment near which its clock changes; the last has no change at all.
CHANGES = (
    ("Europe/Paris", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Paris", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 6, 1, tzinfo=UTC)),
)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    spans = (
        st.tuples(value, value)
        .map(lambda two: f"{min(two)}-{max(two)}")
        .filter(
            lambda text: len(set(text.split("-"))) == 2  # croniter reads 5-5 as every value: it is refused
        )
    )
    lists = st.lists(value, min_size=1, max_size=4, unique=True).map(lambda many: ",".join(map(str, many)))
    steps = st.sampled_from([2, 3, 5, 10, 15]).map(lambda every: f"*/{every}")
    return st.one_of(st.just("*"), value.map(str), lists, spans, steps)


#: Hours near which clocks are changed come up more often.
hours = st.one_of(st.just("*"), st.sampled_from(["1", "2", "3", "1,2", "2,3", "1-3", "*/2"]), field(0, 23))
days = st.one_of(st.just("*"), st.just("*"), field(1, 28))
weekdays = st.one_of(st.just("*"), st.just("*"), field(0, 6))
expressions = st.tuples(field(0, 59), hours, days, st.just("*"), weekdays).map(" ".join)


@given(
    expression=expressions,
    change=st.sampled_from(CHANGES),
    offset=st.integers(-30 * 60, 6 * 60),
    hours_long=st.integers(1, 40),
)
@example("30 2 * * *", CHANGES[0], -60, 30)
@example("30 2 * * *", CHANGES[1], -60, 30)
@example("0 * * * *", CHANGES[1], -60, 4)
@example("15 2 * * *", CHANGES[5], -60, 30)
@example("45 1 * * *", CHANGES[4], 20, 30)
@example("* * */2 * 0-6", CHANGES[0], -122, 1)
@example("0 12 */2 * 1", CHANGES[6], 0, 400)
def test_an_expression_fires_when_the_oracle_says(
    expression: str, change: tuple[str, datetime], offset: int, hours_long: int
) -> None:
    zone, moment = change
    after = moment + timedelta(minutes=offset)
    until = after + timedelta(hours=hours_long)
    expected = clock_oracle.fires(expression, ZoneInfo(zone), after, until)
    cron = Cron(expression, zone)
    assert list(cron.between(after, until)) == expected
    assert cron.latest(since=after + timedelta(microseconds=1), until=until) == (
        expected[-1] if expected else None
    )


@given(expression=expressions, change=st.sampled_from(CHANGES), offset=st.integers(-300, 300))
def test_asking_again_and_again_gives_what_one_walk_gives(
    expression: str, change: tuple[str, datetime], offset: int
) -> None:
    zone, moment = change
    cron, after = Cron(expression, zone), moment + timedelta(minutes=offset)
    until = after + timedelta(hours=8)
    walked = list(takewhile(lambda at: at <= until, cron.fires(after)))[:40]
    asked, at = [], after
    while len(asked) < len(walked):
        following = cron.after(at)
        assert following is not None
        asked.append(following)
        at = following
    assert asked == walked
