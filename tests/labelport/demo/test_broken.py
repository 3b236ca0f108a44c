import io
import zlib

import pytest
from PIL import Image

from labelport.demo.broken import BOMB_BYTES, DEPTH, broken_files, deflate_bomb, nested_sequences, png_of


@pytest.fixture(scope="module")
def bad() -> dict[str, bytes]:
    return dict(broken_files())


def test_there_are_a_dozen_and_more(bad: dict[str, bytes]) -> None:
    assert len(bad) >= 12
    assert max(map(len, bad.values())) < 200_000


def test_cut_files_cannot_be_read_to_their_end(bad: dict[str, bytes]) -> None:
    for name in ("bad/cut.jpg", "bad/cut.png"):
        with pytest.raises(OSError, match=r"truncated|broken"):
            Image.open(io.BytesIO(bad[name])).load()
    assert b"moov" not in bad["bad/cut.mp4"]


def test_the_playlist_asks_for_its_neighbour(bad: dict[str, bytes]) -> None:
    assert bad["bad/playlist.mp4"].startswith(b"ffconcat version 1.0\n")
    assert b"neighbour.mp4" in bad["bad/playlist.mp4"]
    assert "bad/neighbour.mp4" in bad


def test_the_picture_bomb_is_one_for_pillow() -> None:
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(png_of(100_000, 100_000)))


def test_the_deflate_bomb_inflates_a_thousandfold() -> None:
    bomb = deflate_bomb()
    start = bomb.index(b"1.2.840.10008.1.2.1.99") + 22
    inflate = zlib.decompressobj(-15)
    inflated = len(inflate.decompress(bomb[start:], BOMB_BYTES + 10_000))
    assert len(bomb) < 100_000
    assert inflated > BOMB_BYTES


def test_the_nested_sequences_are_never_closed() -> None:
    body = nested_sequences()
    assert body[128:132] == b"DICM"
    assert body.count(b"\x40\x00\x30\xa7SQ") == DEPTH
    assert b"\xfe\xff\x0d\xe0" not in body
