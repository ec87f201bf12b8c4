"""The mutants that ``make mutants`` makes, and the list of those that don't count."""

from __future__ import annotations

import tomllib
from pathlib import Path

from scripts.mutants.mutator import mutants_of

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = ROOT / "tests" / "mutants" / "equivalent.toml"
SOURCE = '''
def pay(amount: int = 1, *, fee: "int | None" = None) -> bool:
    """Pay an amount."""
    logger.info("paying %s", amount)
    if amount > 0 and not fee:
        send(amount, fee=fee)
    return amount == 0
'''


def changes(tmp_path: Path) -> list[tuple[str, str, str]]:
    path = tmp_path / "shop.py"
    path.write_text(SOURCE)
    return [(mutant.kind, *mutant.changed_lines(path.read_bytes())) for mutant in mutants_of(path)]


def test_each_mutant_is_one_small_change(tmp_path: Path) -> None:
    assert changes(tmp_path) == [
        (
            "constant",
            'def pay(amount: int = 1, *, fee: "int | None" = None) -> bool:',
            'def pay(amount: int = (2), *, fee: "int | None" = None) -> bool:',
        ),
        ("comparison", "if amount > 0 and not fee:", "if (amount >= 0) and not fee:"),
        ("and/or", "if amount > 0 and not fee:", "if (amount > 0 or not fee):"),
        ("condition", "if amount > 0 and not fee:", "if (not (amount > 0 and (not fee))):"),
        ("constant", "if amount > 0 and not fee:", "if amount > (1) and not fee:"),
        ("not", "if amount > 0 and not fee:", "if amount > 0 and (fee):"),
        ("statement", "send(amount, fee=fee)", "pass"),
        ("argument", "send(amount, fee=fee)", "send(amount)"),
        ("return", "return amount == 0", "return None"),
        ("comparison", "return amount == 0", "return (amount != 0)"),
        ("constant", "return amount == 0", "return amount == (1)"),
    ]


def test_a_mutant_is_shown_as_a_diff(tmp_path: Path) -> None:
    changes(tmp_path)
    path = tmp_path / "shop.py"
    last = mutants_of(path)[-1]
    lines = last.diff(path.read_bytes(), "shop.py").splitlines()
    assert lines[:2] == ["--- shop.py", "+++ shop.py"]
    assert lines[-2:] == ["-    return amount == 0", "+    return amount == (1)"]


def test_every_equivalent_mutant_exists_and_has_its_reason() -> None:
    entries = tomllib.loads(EQUIVALENT.read_text())["mutant"]
    for entry in entries:
        path = ROOT / entry["file"]
        made = {mutant.changed_lines(path.read_bytes()) for mutant in mutants_of(path)}
        assert (entry["code"], entry["mutant"]) in made, f"no such mutant: {entry}"
        assert entry["why"].endswith(".")
