"""A report about the day before, every weekday at nine."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pydantic import BaseModel

from squid_mesh import StepContext, Workflow, cron, manual, step


def choose_day(day: date | None, ctx: StepContext) -> dict[str, date]:
    if day is not None:
        return {"reported": day}
    if ctx.schedule is None:
        raise ValueError("A start by hand needs a day.")
    return {"reported": datetime.fromisoformat(ctx.schedule["scheduled_time"]).date() - timedelta(days=1)}


def write_report(reported: date) -> dict[str, str]:
    return {"report": f"Report of {reported:%d.%m.%Y}"}


class DailyReport(Workflow):
    class Payload(BaseModel):
        day: date | None = None

    mornings = cron("0 9 * * 1-5", timezone="Europe/Zurich", catch_up="latest", overlap="skip")
    by_hand = manual()

    choose = step(choose_day)
    write = step(write_report)

    flow = choose >> write
