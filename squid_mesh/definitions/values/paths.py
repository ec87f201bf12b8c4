"""Paths of secrets in JSON values: how they are written, and which of them lead below a key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from squid_mesh.definitions.values.embedded import embeds_secret

#: A path, part by part. Lists come from the database.
Path = Sequence[str]

#: Stands for each member of a list or mapping.
ANY_KEY: Final = "*"
#: Stands for any number of parts, also for none.
ANY_DEPTH: Final = "**"


def parse_path(text: str) -> Path:
    """Return the parts of a dotted path; ``""`` is the path of the whole value."""
    return tuple(text.split(".")) if text else ()


def parse_paths(paths: Iterable[str | Path]) -> list[Path]:
    """Return the paths as parts. Those that are parts already stay as they are."""
    return [parse_path(path) if isinstance(path, str) else path for path in paths]


def format_path(path: Path) -> str:
    """Return the parts with dots between them."""
    return ".".join(path)


def ends_here(paths: Iterable[Path]) -> bool:
    """Return whether one of the paths is that of the whole value."""
    return any(not path for path in paths)


def paths_below(paths: Iterable[Path], key: str | int) -> list[Path]:
    """Return what remains of those paths that lead to the key of a mapping or the index of a list."""
    name = str(key)
    found: list[Path] = []
    for path in paths:
        if not path:
            continue
        if path[0] == ANY_DEPTH:
            found += [path, *paths_below([path[1:]], name)]
        elif path[0] in (name, ANY_KEY):
            found.append(path[1:])
    return found


class GroupedPaths:
    """Paths by their first part: a value with many keys is then walked without reading all paths at each."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._named: dict[str, list[Path]] = {}
        self._others: list[Path] = []
        for path in paths:
            if path and path[0] not in (ANY_KEY, ANY_DEPTH):
                self._named.setdefault(path[0], []).append(path)
            else:
                self._others.append(path)

    def starting_with(self, keys: Iterable[str]) -> list[Path]:
        """Return the paths that may lead to one of these keys of a mapping."""
        return [*self._others, *(path for key in keys for path in self._named.get(key, ()))]

    def below(self, key: str | int) -> list[Path]:
        """Return what :func:`paths_below` returns for all paths."""
        named = self._named.get(str(key), ())
        return [*(path[1:] for path in named), *paths_below(self._others, key)]


def follow_path(paths: Iterable[Path], parts: Iterable[str]) -> list[Path]:
    """Return what remains of the paths below the value at those parts; ``[()]`` if it is part of a secret."""
    remaining = list(paths)
    for part in parts:
        if ends_here(remaining):
            break
        remaining = paths_below(remaining, part)
    return [()] if ends_here(remaining) else remaining


def replace_at(value: Any, paths: Sequence[Path], hides: Callable[[str], bool], mask: str) -> Any:
    """Return a copy of a JSON value with what stands at the paths, or under a hidden name, replaced.

    A text with a hidden name inside (JSON, a URL), or with a URL's password, is replaced as a whole.
    """
    if ends_here(paths):
        return None if value is None else mask
    if isinstance(value, dict):
        grouped = GroupedPaths(paths)
        return {
            key: mask
            if item is not None and hides(key)
            else replace_at(item, grouped.below(key), hides, mask)
            for key, item in value.items()
        }
    if isinstance(value, list):
        grouped = GroupedPaths(paths)
        return [replace_at(item, grouped.below(index), hides, mask) for index, item in enumerate(value)]
    return mask if isinstance(value, str) and embeds_secret(value, hides) else value
