"""The project's workflows: one for each rule of the graph."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from squid_mesh import Retry, Workflow, complete, cron, exponential, fail, fixed, log, manual, step, wait
from tests.host import steps


class Chain(Workflow):
    class Payload(BaseModel):
        order_id: int = 1

    one = step(steps.act)
    two = step(steps.act)
    three = step(steps.act)
    flow = one >> two >> three


class Single(Workflow):
    only = step(steps.act)


class Kept(Workflow):
    only = step(steps.act, output="kept")


class Spread(Workflow):
    """Parallel steps whose keys aren't known before they run."""

    start = step(steps.act)
    left = step(steps.act)
    right = step(steps.act)
    end = step(steps.act)
    flow = start >> [left, right] >> end


class Choice(Workflow):
    """Labels, an ``any`` join, and both ends."""

    ask = step(steps.act)
    yes = step(steps.act)
    no = step(steps.act)
    after = step(steps.act)
    flow = [ask.on("yes") >> yes, ask.on("no") >> no, [yes, no] >> after, ask.on("stop") >> complete]


class NeedsAll(Workflow):
    start = step(steps.act)
    left = step(steps.act)
    right = step(steps.act)
    both = step(steps.silent, after=[left, right])
    then = step(steps.silent)
    flow = [start >> left, start.on("both") >> left, start.on("both") >> right, both >> then]


class TakesFirst(Workflow):
    left = step(steps.act)
    right = step(steps.act)
    once = step(steps.silent, after=[left, right], join="first")


class Guarded(Workflow):
    before = step(steps.act)
    maybe = step(steps.act, when=steps.guard)
    after = step(steps.act)
    flow = before >> maybe >> after


class Recovers(Workflow):
    risky = step(steps.act)
    repair = step(steps.act)
    fine = step(steps.act)
    flow = [risky >> fine, risky.on_error(recovery="compensation") >> repair]


class Ends(Workflow):
    only = step(steps.act)
    never = step(steps.act)
    flow = [only.on("bad") >> fail, only.on("done") >> complete, only >> never, only.on_error() >> complete]


class Retries(Workflow):
    flaky = step(steps.act, retry=Retry(4, exponential(min=10, max=25)))
    after = step(steps.act)
    flow = flaky >> after


class Picky(Workflow):
    flaky = step(steps.act, retry=Retry(3, fixed(0), retry_on=steps.Busy))


class Resigned(Workflow):
    flaky = step(steps.act, retry=Retry(3, fixed(0), give_up_on=[steps.Broken]))


class Sleeps(Workflow):
    before = step(steps.act)
    nap = wait(hours=1)
    after = log("slept after {order_id}")

    class Payload(BaseModel):
        order_id: int = 1

    flow = before >> nap >> after


class Short(Workflow):
    slow = step(steps.act, timeout=0.15)


class ShortAsync(Workflow):
    slow = step(steps.act_async, timeout=0.1, retry=Retry(2, fixed(0)))


class Limited(Workflow):
    only = step(steps.act, timeout=60)


class LimitedAsync(Workflow):
    only = step(steps.act_async, timeout=60)


class InTimeAsync(Workflow):
    slow = step(steps.act_async, timeout=60, retry=Retry(2, fixed(0)))


class Async(Workflow):
    only = step(steps.act_async, output="said")


class Pays(Workflow):
    class Payload(BaseModel):
        order_id: int

    charge = step(steps.Charge)
    ship = step(steps.act, irreversible=True)
    flow = charge >> ship


class Counts(Workflow):
    class Payload(BaseModel):
        amount: int | None = None

    first = step(steps.act)
    count = step(steps.count, output="total")
    flow = first >> count


class Twice(Workflow):
    """Two triggers."""

    by_hand = manual()
    nightly = cron("0 3 * * *")
    only = step(steps.act)


class Secret(Workflow):
    class Payload(BaseModel):
        token: SecretStr
        phone: str = "555"
        note: str = Field(default="hello")

    card = step(steps.make_card, output="card")
    use = step(steps.use_token, input={"given": "token"})
    flow = card >> use


class Crashes(Workflow):
    left = step(steps.act, on_crash="pause")
    right = step(steps.act)
    flow = [left >> complete, right >> complete]


class Aside(Workflow):
    """A separate step beside a chain."""

    left = step(steps.act)
    right = step(steps.act, retry=Retry(3, fixed(60)))
    after = step(steps.act)
    flow = [left >> after, right]


class Clocked(Workflow):
    """One trigger for each policy of the clock."""

    class Payload(BaseModel):
        made_at: str = Field(default_factory=steps.made_at)

    every = cron("*/10 * * * *", catch_up="all")
    last = cron("*/10 * * * *", catch_up="latest")
    prompt = cron("*/10 * * * *", catch_up="none")
    alone = cron("*/10 * * * *", catch_up="latest", overlap="skip")
    only = step(steps.act)


class Calls(Workflow):
    """One call of another system."""

    class Payload(BaseModel):
        shop_url: SecretStr
        token: SecretStr

    call = step(steps.call_shop, retry=Retry(3, fixed(60)))
