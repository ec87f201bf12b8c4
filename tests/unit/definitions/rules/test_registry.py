"""The list of rules is complete."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from squid_mesh.definitions import rules
from squid_mesh.definitions.rules.registry import RULES


def test_every_rule_is_registered() -> None:
    written = set()
    for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}."):
        if not module.name.endswith(".book"):
            found = importlib.import_module(module.name)
            for name, function in inspect.getmembers(found, inspect.isgeneratorfunction):
                if function.__module__ == module.name and list(inspect.signature(function).parameters) == [
                    "draft"
                ]:
                    written.add(f"{module.name}.{name}")
    listed = {f"{rule.__module__}.{rule.__name__}" for rule in RULES}
    assert {name for name in written if not name.rpartition(".")[2].startswith("_")} == listed
