"""The test kit: tests execute runs in their own process, let days pass at once, and replace steps.

The names of async twins begin with ``a``. ``virtual_time``, ``fake`` and ``fail_at`` are context managers for
sync and async tests.
"""

from asgiref.sync import sync_to_async

from squid_mesh.testing.checking import check_workflows
from squid_mesh.testing.clock import virtual_time
from squid_mesh.testing.driving import advance, drain
from squid_mesh.testing.fakes import Faked, fake
from squid_mesh.testing.faults import Fault, fail_at
from squid_mesh.testing.reading import assert_steps, history
from squid_mesh.testing.whole_runs import decide, run_workflow

__all__ = [
    "Faked",
    "Fault",
    "aadvance",
    "aassert_steps",
    "acheck_workflows",
    "adecide",
    "adrain",
    "advance",
    "ahistory",
    "arun_workflow",
    "assert_steps",
    "check_workflows",
    "decide",
    "drain",
    "fail_at",
    "fake",
    "history",
    "run_workflow",
    "virtual_time",
]

aadvance = sync_to_async(advance)
aassert_steps = sync_to_async(assert_steps)
acheck_workflows = sync_to_async(check_workflows)
adecide = sync_to_async(decide)
adrain = sync_to_async(drain)
ahistory = sync_to_async(history)
arun_workflow = sync_to_async(run_workflow)
