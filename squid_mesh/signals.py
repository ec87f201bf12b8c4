"""Django signals for observers, sent after the commit; nothing in this package depends on them.

Both are sent with ``send_robust`` in the process that made the change. A process that dies right after its
commit sends nothing:

``run_moved(sender=Run, run_id, workflow, before, after)``
``step_moved(sender=StepRun, run_id, workflow, step, visit, before, after, outcome)``

``before`` is None for a new run.
"""

from __future__ import annotations

from django.dispatch import Signal

run_moved = Signal()
step_moved = Signal()
