"""A system in its own process group, controlled by a pipe, so that systems don't share an interpreter."""

import multiprocessing
import os
import signal
import tempfile
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.measuring import Measurement, measure
from benchmarks.systems import Unmeasured, system_class
from benchmarks.systems.system import Place, System
from benchmarks.workloads import CHAIN, FANOUT, Workload

ANSWER_SECONDS = 400.0
STOP_SECONDS = 20.0
WARM_UP_RUNS = {CHAIN: 20, FANOUT: 2}
WAITING_STEPS = 100_000
FINISHED_RUNS = 100_000


class Session:
    """One system, started and warm, until the block ends."""

    def __init__(self, system: str, place: Place) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._log = Path(tempfile.mkstemp(prefix=f"benchmarks-{system}-", suffix=".log")[1])
        self._pipe, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_serve, args=(system, place, theirs, self._log))

    def __enter__(self) -> Self:
        try:
            self._process.start()
            self._answer()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._pipe.send(("stop",))
        self._process.join(STOP_SECONDS)
        self._end()

    def measure(self, workload: Workload, runs: int) -> Measurement:
        measured = self._ask("measure", workload, runs)
        assert isinstance(measured, Measurement)
        return measured

    def fill_backlog(self) -> None:
        self._ask("fill")

    def _ask(self, *request: object) -> object:
        self._pipe.send(request)
        return self._answer()

    def _answer(self) -> object:
        if not self._pipe.poll(ANSWER_SECONDS):
            raise Unmeasured(f"no answer in {ANSWER_SECONDS:.0f} s; {self._last_line()}")
        try:
            answer = self._pipe.recv()
        except EOFError:
            raise Unmeasured(f"its process ended; {self._last_line()}") from None
        if isinstance(answer, Unmeasured):
            raise answer
        return answer

    def _last_line(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return f"its last output: {lines[-1]}" if lines else "no output"

    def _end(self) -> None:
        if self._process.pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.join()
        self._log.unlink(missing_ok=True)


def _serve(name: str, place: Place, pipe: Connection, log: Path) -> None:
    """Run in the child: start the system, then answer requests until the one to stop."""
    os.setpgrp()
    with log.open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    system = None
    try:
        system = system_class(name)(place)
        system.start()
        for workload, runs in WARM_UP_RUNS.items():
            measure(system, workload, runs)
        pipe.send("ready")
        while (request := pipe.recv()) != ("stop",):
            pipe.send(_reply(system, request))
    except Unmeasured as unmeasured:
        pipe.send(unmeasured)
    except Exception as error:  # noqa: BLE001 - any error is the reason for an empty row
        traceback.print_exc()
        pipe.send(Unmeasured(f"{type(error).__name__}: {error}"))
    finally:
        if system is not None:
            system.stop()


def _reply(system: System, request: tuple[Any, ...]) -> object:
    try:
        match request:
            case ("measure", workload, runs):
                return measure(system, workload, runs)
            case ("fill",):
                system.fill_backlog(waiting_steps=WAITING_STEPS, finished_runs=FINISHED_RUNS)
                measure(system, CHAIN, WARM_UP_RUNS[CHAIN])  # as warm as without
                return "filled"
    except Unmeasured as unmeasured:
        return unmeasured
    raise ValueError(f"unknown request {request!r}")
