"""Text: its encoding and its MIME type by the first bytes. Python's own codecs are the judge."""

import io
import json
import random
import struct
import wave

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labelport.probing.document.text import PROBE
from labelport.probing.sniff import sniff
from labelport.probing.text import encoding_of
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import clip, photo, sound

HEAD = 4096
WORDS = "Größe und Gewicht, naïve façade: 1,5 m.\n"
PYTHONS = {
    "utf-8": "utf-8",
    "utf-8-bom": "utf-8-sig",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    "latin-1": "latin-1",
}


def encoded(text: str, mode: str) -> bytes:
    mark = "\ufeff" if mode.startswith(("utf-16", "utf-32")) else ""
    return (mark + text).encode(PYTHONS[mode])


@pytest.mark.parametrize("mode", list(PYTHONS))
@pytest.mark.parametrize("times", [1, 500])
def test_the_encoding_goes_to_mode_and_nothing_of_the_text_to_the_row(mode: str, times: int) -> None:
    content = encoded(WORDS * times, mode)
    assert sniff(content[:HEAD], len(content), "a").kind == "text"
    row, asked = probed(PROBE, content)
    assert fits_the_table(row)
    assert row == {"status": "ok", "mode": mode}
    assert not asked.ranges


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), st.sampled_from(sorted(PYTHONS)), st.data())
@example("é", "utf-8", None)
def test_a_character_that_the_end_of_the_head_cuts_is_fine(text: str, mode: str, data: st.DataObject | None) -> None:
    if mode == "latin-1":
        return
    content = encoded("abc" + text, mode)
    cut = data.draw(st.integers(4, len(content))) if data else len(content) - 1
    assert encoding_of(content[:cut]) == mode


@pytest.mark.parametrize("text", ["caf\xe9", "Stra\xdf", "\xfcber"])
def test_half_a_character_at_the_end_of_the_file_is_latin_1(text: str) -> None:
    content = text.encode("latin-1")
    assert encoding_of(content, whole=True) == "latin-1"
    assert probed(PROBE, content)[0]["mode"] == "latin-1"


@pytest.mark.parametrize(("controls", "mode"), [(0, "latin-1"), (40, "latin-1"), (42, None), (2000, None)], ids=str)
def test_latin_1_has_under_one_percent_of_control_characters(controls: int, mode: str | None) -> None:
    text = "\x01" * controls + ("ä" + "x" * 9) * 500
    assert encoding_of(text.encode("latin-1")[:HEAD]) == mode


@pytest.mark.parametrize("mode", ["utf-8", "utf-8-bom", "utf-16le", "utf-32be", "latin-1"])
def test_a_nul_is_no_text(mode: str) -> None:
    assert encoding_of(encoded(WORDS + "\0" + WORDS, mode)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"\xff" * 500,
        b"\xff\xfe" + bytes(range(1, 255)) * 20,
        b"\xef\xbb\xbf\xff\xff",
        bytes(range(1, 256)) * 20,
        random.Random(1).randbytes(4096).replace(b"\0", b"\1"),
        struct.pack("<2000h", *range(-1000, 1000)),
        b"\x80" * 100,
    ],
    ids=["filling", "utf-16 without pairs", "utf-8 by its mark", "all bytes", "noise", "sound", "silence"],
)
def test_bytes_that_are_none_are_no_text(content: bytes) -> None:
    assert encoding_of(content) is None
    assert sniff(content, len(content), "a.txt").kind != "text"
    assert probed(PROBE, content)[0]["status"] == "not_media"


def test_heads_of_media_are_no_text() -> None:
    made = [photo(kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "ICO")]
    made += [clip(kind, frames=3) for kind in ("mp4", "matroska", "avi", "mpegts")] + [sound("flac", codec="flac")]
    assert [encoding_of(content[:HEAD]) for content in made] == [None] * len(made)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"NRRD0005\ntype: float\n", "nrrd"),
        (b"ObjectType = Image\nNDims = 3\n", "metaimage"),
        (b"SIMPLE  =     T", "fits"),
    ],
)
def test_volumes_with_a_header_of_words_are_no_text(start: bytes, name: str) -> None:
    content = start + b" " * HEAD + bytes(100)
    assert sniff(content[:HEAD], len(content), "a.txt")[:2] == ("unknown", name)


@pytest.mark.parametrize(
    "text",
    [
        b"FORMAT,SIZE\njpeg,3\n",
        b"BZhang et al.\n",
        b"P1 is the first.\n",
        b"RIFF is a container.\n",
        b"ID3 is a tag.\n",
    ],
)
def test_words_that_begin_like_a_signature_are_text(text: bytes) -> None:
    assert sniff(text, len(text), "a.txt").kind == "text"


LONG_STRING = json.dumps({"a": "ü" * 3000}, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("content", "key", "mime"),
    [
        (json.dumps({"a": [1, -2.5e3, None, True, "x\n\u1234"]}, indent=1).encode(), "a", "application/json"),
        (json.dumps(list(range(3000))).encode(), "a.txt", "application/json"),
        (LONG_STRING, "a", "application/json"),
        (json.dumps({"a": "ü"}).encode("utf-8-sig"), "a", "application/json"),
        (encoded('{"a": [1, 2]}', "utf-16le"), "a", "application/json"),
        (b'{"a": 1}\r\n{"a": 2}\r\n' * 500, "a.csv", "application/x-ndjson"),
        (b'{"a": 1}\n', "a.ndjson", "application/json"),
        (b'{"a": tru', "a", "text/plain"),
        (b'{"a": "' + b"x" * 20 + b"\n" + b"x" * 9000, "a", "text/plain"),
        (b"[tool.ruff]\nline-length = 120\n" * 300, "a.toml", "text/plain"),
        (b"[note to self: " + b"words " * 2000, "a", "text/plain"),
        (b"{{ template }}\n" * 500, "a", "text/plain"),
        (b" \n<!DocType HTML><p>", "a.txt", "text/html"),
        (b"<HTML><p>", "a.json", "text/html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "a.txt", "application/xml"),
        (b"<a>no declaration</a>", "a.xml", "text/plain"),
        (b"# Title\n", "a.md", "text/markdown"),
        (b"# Title\n", "a.txt", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b"a,b\n1,2\n", "a", "text/plain"),
        (b'{"a": 1}', "a.md", "application/json"),
        (b"#EXTM3U\n#EXTINF:5,\nx.ts\n", "a.md", "application/vnd.apple.mpegurl"),
        (b"ffconcat version 1.0\nfile x.mp4\n", "a.mp4", "text/plain"),
    ],
)
def test_the_type_is_told_by_content_and_two_by_their_name(content: bytes, key: str, mime: str) -> None:
    assert sniff(content[:HEAD], len(content), key)[::2] == ("text", mime)


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.recursive(VALUES, st.lists, max_leaves=50), st.booleans(), st.data())
def test_every_document_of_json_is_json_however_it_is_cut(value: object, ascii_only: bool, data: st.DataObject) -> None:
    content = json.dumps([value], ensure_ascii=ascii_only).encode()
    head = content[: data.draw(st.integers(1, len(content)))]
    if encoding_of(head) is not None:
        assert sniff(head, len(content), "a").format == "json"


@given(st.binary(max_size=600), st.sampled_from(["a", "a.md", "a.bin", "a.json"]))
def test_no_bytes_make_it_raise_and_every_text_of_sniff_has_an_encoding(content: bytes, key: str) -> None:
    found = sniff(content, len(content), key)
    row, _ = probed(PROBE, content, key=key)
    assert fits_the_table(row)
    if found.kind == "text":
        assert found.format in PROBE.formats
        content.decode(PYTHONS[row["mode"]], "strict" if row["mode"] in {"latin-1", "utf-8"} else "ignore")


def test_a_wave_of_small_numbers_is_no_text() -> None:
    sink = io.BytesIO()
    with wave.open(sink, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(1)
        made.setframerate(8000)
        made.writeframes(bytes([0x40 + n % 16 for n in range(4000)]))
    assert sniff(sink.getvalue()[:HEAD], 4044, "a.txt").kind == "audio"
