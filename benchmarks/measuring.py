"""One measurement of one system: a burst of runs, or one run after another."""

import random
import time
from dataclasses import dataclass

from benchmarks.systems.system import System, Unmeasured
from benchmarks.workloads import Shape, Workload

BURST_PROBE_SECONDS = 0.02
BURST_PATIENCE_SECONDS = 180.0
PAUSE_SECONDS = (0.03, 0.13)  # Between idle runs; uneven, so that no run rides on the phase of a poll.


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """`seconds` of work for `steps` steps, and each run's latency in milliseconds, ascending."""

    steps: int
    seconds: float
    latencies_ms: tuple[float, ...]

    @property
    def steps_per_s(self) -> float:
        return self.steps / self.seconds


def measure(system: System, workload: Workload, runs: int) -> Measurement:
    if workload.one_at_a_time:
        return one_after_another(system, workload.shape, runs)
    return burst(system, workload.shape, runs)


def burst(system: System, shape: Shape, runs: int) -> Measurement:
    began_at, began = time.time(), time.perf_counter()
    ids = system.submit(shape, runs)
    if len(set(ids)) != runs:
        raise Unmeasured(f"{len(set(ids))} distinct ids for {runs} runs")
    while (done := system.finished(ids)) < runs:
        if time.perf_counter() - began > BURST_PATIENCE_SECONDS:
            raise Unmeasured(f"{done} of {runs} runs complete after {BURST_PATIENCE_SECONDS:.0f} s")
        time.sleep(BURST_PROBE_SECONDS)
    seconds = time.perf_counter() - began
    completions = sorted(1000 * (at - began_at) for at in system.completion_times(ids))
    if len(completions) != runs:
        raise Unmeasured(f"{len(completions)} completion times for {runs} runs")
    return Measurement(steps=runs * shape.steps, seconds=seconds, latencies_ms=tuple(completions))


def one_after_another(system: System, shape: Shape, runs: int) -> Measurement:
    pauses = random.Random(runs)
    latencies = []
    for _ in range(runs):
        time.sleep(pauses.uniform(*PAUSE_SECONDS))
        latencies.append(system.time_one(shape))
    return Measurement(
        steps=runs * shape.steps,
        seconds=sum(latencies),
        latencies_ms=tuple(sorted(1000 * latency for latency in latencies)),
    )
