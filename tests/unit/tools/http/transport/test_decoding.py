"""Decompression, in pieces of any size."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_mesh.tools.http.errors import HttpUndecodable
from squid_mesh.tools.http.transport.decoding import decompress


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.property
@given(
    body=st.one_of(st.binary(max_size=300), st.integers(60_000, 300_000).map(bytes)),
    size=st.integers(1, 400),
    form=st.sampled_from(["gzip", "deflate", "bare", "two", "padded", "identity"]),
)
def test_a_compressed_body_is_restored(body: bytes, size: int, form: str) -> None:
    written, encoding = {
        "gzip": (gzip.compress(body), "gzip"),
        "deflate": (zlib.compress(body), "deflate"),
        "bare": (bare(body), "deflate"),
        "two": (gzip.compress(body[:50]) + gzip.compress(body[50:]), "GZip "),
        "padded": (gzip.compress(body) + b"\0\0\0", "x-gzip"),
        "identity": (body, ""),
    }[form]
    found = list(decompress(pieces(written, size), encoding))
    assert b"".join(found) == body
    assert max(map(len, found), default=0) <= 64 * 1024


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"." * 1000)[:-5], gzip.compress(b"..")[:-1], b"\x1f\x8bnonsense"],
    ids=["early", "last-byte", "broken"],
)
def test_a_truncated_or_invalid_body_is_an_error(body: bytes, size: int) -> None:
    with pytest.raises(HttpUndecodable):
        list(decompress(pieces(body, size), "gzip"))


def test_a_body_that_fills_the_last_piece_is_complete() -> None:
    """The end of a bare deflate may be left inside zlib when its last byte is read."""
    for length in range(65_536, 66_100):
        assert sum(map(len, decompress([bare(bytes(length))], "deflate"))) == length


def test_an_empty_body_is_empty_in_every_encoding() -> None:
    for encoding in ("", "identity", "gzip", "deflate"):
        assert list(decompress([], encoding)) == []
