"""Decompression of a body in small pieces, so that a decompression bomb can't fill the memory.

Several releases of urllib3 expand a small compressed piece as a whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from squid_mesh.tools.http.errors import HttpUndecodable

#: The encodings that are requested and supported.
ACCEPTED: Final = "gzip, deflate"
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_GZIP: Final = b"\x1f"
_PIECE: Final = 64 * 1024


def decompress(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the body without its ``Content-Encoding``. A compressed body comes in pieces of up to 64 KiB.

    Raises:
        HttpUndecodable: the encoding is unknown, or the body is invalid or truncated.
    """
    match encoding.strip().lower():
        case "" | "identity":
            yield from chunks
        case "gzip" | "x-gzip" | "deflate":
            yield from _inflate(chunks)
        case _:
            raise HttpUndecodable("failed: the response has an encoding that was not requested")


def _inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
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
                raise HttpUndecodable("failed: the response's body can't be decompressed") from None
            if piece:
                yield piece
            if inflater.eof:  # one more file may follow, or padding
                rest = inflater.unused_data
                more = rest.startswith(_GZIP)
            else:
                rest = inflater.unconsumed_tail
                more = bool(rest) or len(piece) == _PIECE
    if inflater is not None and not inflater.eof:
        raise HttpUndecodable("failed: the response's compressed body is truncated")


def _inflater(start: bytes) -> zlib._Decompress:
    """Return a decompressor for gzip and zlib, or for the raw deflate that some servers send."""
    bare = not start.startswith(_GZIP) and not (start[0] & 0x0F == 8 and start[0] >> 4 <= 7)
    return zlib.decompressobj(-zlib.MAX_WBITS if bare else _GZIP_OR_ZLIB)
