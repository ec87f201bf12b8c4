"""Django signals for observers, sent after the commit; nothing in this package depends on them.

Both are sent in the process that made the change. What a receiver raises changes nothing. A process that dies
right after its commit sends nothing:

``run_moved(sender=Run, run_id, workflow, before, after)``
``step_moved(sender=StepRun, run_id, workflow, step, visit, before, after, outcome)``

``before`` is None for a new run.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import Signal

from squid_mesh.hooks import Guard, GuardedLogger

logger = GuardedLogger("squid_mesh.signals")


class ObserverSignal(Signal):
    """A signal whose receivers can't fail the sender, whatever they raise and however that is logged."""

    def send_guarded(self, sender: type, **named: Any) -> None:
        """Call the receivers and log their errors. Only ``SystemExit`` keeps the others from being called."""
        with Guard("a signal receiver"):
            self.send_robust(sender, **named)

    def _log_robust_failure(self, receiver: Any, err: Exception) -> None:
        """Log with a logger that can't fail: otherwise the other receivers would not be called."""
        logger.error("A receiver of a signal failed.", exc_info=err)


#: A run has started or has another status: ``run_id``, ``workflow``, ``before``, ``after``.
run_moved = ObserverSignal()
#: A step has another status: as above, and ``step``, ``visit``, ``outcome``.
step_moved = ObserverSignal()
