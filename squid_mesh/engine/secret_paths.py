"""The paths of secrets in a value, recorded when the value is stored, so that every page masks them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from squid_mesh.definitions.values.carried import Carried
from squid_mesh.definitions.values.paths import ANY_KEY, Path, ends_here, parse_paths, paths_below
from squid_mesh.store.values import Json, SecretPaths
from squid_mesh.tools.secrets import Secrets

#: Shorter secrets are masked at their own places, but copies of them aren't: many texts contain them.
_SHORTEST_COPY: Final = 4


def locate_secrets(stored: Json, carried: Carried, given: Carried | None = None) -> SecretPaths:
    """Return the paths of the secrets in a value that is about to be stored; None if there is none.

    ``carried`` are the secrets of the value itself. A text that contains one of them, or one of the secrets
    ``given`` to the code that made the value, is secret too: a serializer or the code has copied it.
    """
    if not carried and not given:
        return None
    places = {tuple(place) for place in carried.places}
    register = Secrets()
    for text in carried.texts | (given.texts if given else set()):
        if len(text) >= _SHORTEST_COPY:
            register.add(text)
    if len(register):
        places.update(_find_copies(stored, (), register, parse_paths(places)))
    return [list(place) for place in sorted(places)] or None


def _find_copies(
    value: Json, place: tuple[str, ...], register: Secrets, known: Sequence[Path]
) -> Iterator[tuple[str, ...]]:
    if ends_here(known) or value is None or isinstance(value, bool):
        return
    if isinstance(value, dict):
        if any(register.mask_text(key) != key for key in value):
            yield place
            return
        for key, item in value.items():
            yield from _find_copies(item, (*place, key), register, paths_below(known, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_copies(item, (*place, ANY_KEY), register, paths_below(known, index))
    elif register.mask_text(str(value)) != str(value):
        yield place
