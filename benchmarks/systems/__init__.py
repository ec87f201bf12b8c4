"""The systems under measurement, by name; each module is imported only in the process that runs it."""

from importlib import import_module

from benchmarks.systems.system import System, Unmeasured

SYSTEMS = {
    "squid_mesh": "benchmarks.systems.on_squid_mesh.system",
    "dbos_inprocess": "benchmarks.systems.on_dbos.inprocess",
    "dbos_queue": "benchmarks.systems.on_dbos.queue",
    "celery_redis": "benchmarks.systems.on_celery.system",
}
KEEPS_NO_DATABASE = frozenset({"celery_redis"})
TAKES_BACKLOG = frozenset({"squid_mesh"})


def system_class(name: str) -> type[System]:
    try:
        module = import_module(SYSTEMS[name])
    except ImportError as error:
        raise Unmeasured(f"not importable here: {error}") from error
    made: type[System] = module.SYSTEM
    return made


__all__ = ["KEEPS_NO_DATABASE", "SYSTEMS", "TAKES_BACKLOG", "System", "Unmeasured", "system_class"]
