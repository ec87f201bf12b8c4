"""Decompressing a body piece by piece, never further than its reader asks.

urllib3 can do it too, but in several releases a small piece of a bomb was expanded as a whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from squid_mesh.tools.http.errors import HttpUndecodable

#: What is asked for, and all that is understood.
ACCEPTED: Final = "gzip, deflate"
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_GZIP: Final = b"\x1f"
_PIECE: Final = 64 * 1024


def decompress(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The body behind a ``Content-Encoding``, in pieces of at most 64 KiB where it is compressed.

    Raises:
        HttpUndecodable: the encoding isn't known, or the body isn't of it or ends early.
    """
    match encoding.strip().lower():
        case "" | "identity":
            yield from chunks
        case "gzip" | "x-gzip" | "deflate":
            yield from _inflated(chunks)
        case _:
            raise HttpUndecodable("answered in an encoding that wasn't asked for")


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    inflater = None
    for chunk in chunks:
        rest = chunk
        more = bool(rest) and (inflater is None or not inflater.eof or rest.startswith(_GZIP))
        while more:
            if inflater is None or inflater.eof:
                inflater = _inflater(rest)
            try:
                piece = inflater.decompress(rest, _PIECE)
            except zlib.error:
                raise HttpUndecodable("answered with a body that can't be decompressed") from None
            if piece:
                yield piece
            if inflater.eof:  # what follows is one more file, or padding
                rest = inflater.unused_data
                more = rest.startswith(_GZIP)
            else:
                rest = inflater.unconsumed_tail
                more = bool(rest) or len(piece) == _PIECE
    if inflater is not None and not inflater.eof:
        raise HttpUndecodable("answered with a compressed body that ends early")


def _inflater(start: bytes) -> zlib._Decompress:
    """One for gzip and zlib, or for the bare deflate that some servers call ``deflate``."""
    bare = not start.startswith(_GZIP) and not (start[0] & 0x0F == 8 and start[0] >> 4 <= 7)
    return zlib.decompressobj(-zlib.MAX_WBITS if bare else _GZIP_OR_ZLIB)
