"""Rules for every module of the package that no linter checks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import get_origin

import grimp
import pytest

import squid_mesh
from squid_mesh import api

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "squid_mesh"
#: Migrations are written by Django, and are never edited once they are out.
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
#: Modules in a folder, without its ``__init__``.
LARGEST_FOLDER = 14


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_module = pytest.mark.parametrize("path", MODULES, ids=shown)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_with(pattern: str, path: Path) -> list[str]:
    return [
        f"{shown(path)}:{number}: {line.strip()}"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(pattern, line)
    ]


def test_the_rules_see_the_package() -> None:
    assert PACKAGE / "lifecycle.py" in MODULES


@each_module
def test_a_module_says_its_role_in_its_first_line(path: Path) -> None:
    source = path.read_text()
    assert ast.get_docstring(ast.parse(source)), "the module has no docstring"
    assert source.startswith(('"""', 'r"""')), "the docstring doesn't stand in the first line"
    assert source.splitlines()[0].strip('r"').strip(), "the first line says nothing"


@each_module
def test_a_module_is_short_enough_to_be_one_idea(path: Path) -> None:
    length = len(path.read_text().splitlines())
    assert length <= LONGEST_MODULE, f"{length} lines: split it by ideas"


@each_module
def test_a_function_fits_the_screen(path: Path) -> None:
    long = [
        f"{shown(path)}:{node.lineno}: {node.name} has {length} lines"
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, "\n".join(long)


@each_module
def test_an_ignored_type_error_names_its_code(path: Path) -> None:
    bare = lines_with(r"#\s*type:\s*ignore(?!\[[a-z0-9, -]+\])", path)
    assert not bare, "\n".join(bare)


@each_module
def test_nothing_is_left_for_later(path: Path) -> None:
    unfinished = lines_with(r"NotImplementedError|\b(TODO|FIXME|XXX)\b", path)
    assert not unfinished, "\n".join(unfinished)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("squid_mesh", cache_dir=None)


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_no_layer_imports_one_above_it(graph: grimp.ImportGraph) -> None:
    """The layers are those of the import linter, which isn't installed wherever the tests run."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["id"] == "layers")
    height: dict[str, int] = {}
    for number, layer in enumerate(reversed(layers)):
        height |= dict.fromkeys(re.findall(r"\w+", layer), number)
    upward = []
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            here, there = (name.split(".")[1:2] for name in (module, imported))
            if here and there and here != there and height[here[0]] <= height[there[0]]:
                upward.append(f"{module} imports {imported}")
    assert not upward, "\n".join(upward)


FOLDERS = sorted({path.parent for path in MODULES})


@pytest.mark.parametrize("folder", FOLDERS, ids=shown)
def test_a_folder_holds_few_enough_modules_to_be_one_idea(folder: Path) -> None:
    modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= LARGEST_FOLDER, f"{len(modules)} modules: group them"


PUBLIC = sorted({(module.__name__, name) for module in (squid_mesh, api) for name in module.__all__})


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_every_public_name_has_a_docstring(module: str, name: str) -> None:
    value = getattr(sys.modules[module], name)
    value = getattr(value, "func", value)  # of an async twin
    if not callable(value) or get_origin(value) is not None:
        pytest.skip("neither a class nor a function")
    text = vars(value).get("__doc__") if isinstance(value, type) else value.__doc__
    assert text, f"{module}.{name} has no docstring"
    assert not text.startswith(f"{name}("), f"{module}.{name} has only the docstring of its dataclass"


def test_declaring_workflows_loads_no_django() -> None:
    code = (
        "import sys, squid_mesh, squid_mesh.definitions\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in ('django', 'django_q')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not loaded.stdout.split()


def test_every_folder_of_the_package_is_a_package() -> None:
    bare = [
        shown(folder)
        for folder in PACKAGE.rglob("*")
        if folder.is_dir() and list(folder.glob("*.py")) and not (folder / "__init__.py").exists()
    ]
    assert not bare, f"hidden from the import rules: {bare}"


def test_unit_tests_use_no_database() -> None:
    # So they run once, not on each database.
    marks = r"\bdjango_db\b|\(.*\b(transactional_)?db: "
    found = [line for path in sorted(Path(__file__).parent.rglob("*.py")) for line in lines_with(marks, path)]
    assert not [line for line in found if "marks =" not in line]
