"""Texts by character set; pydicom and its public files are the judge."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.data.data_manager import DATA_ROOT
from pydicom.valuerep import PersonName

from labelport.probing.dicom.texts import LONGEST, decoded
from tests.labelport.probing.dicom_files import data_set, probed, saved


def public_names() -> Iterator[tuple[str, str | None, bytes, str]]:
    """Yield file, character set, raw bytes and text of the names at the top of pydicom's files of 14 scripts."""
    for file in sorted((Path(DATA_ROOT) / "charset_files").glob("*.dcm")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = dcmread(file, stop_before_pixels=True)
            charset = made.get("SpecificCharacterSet")
            joined = charset if charset is None or isinstance(charset, str) else "\\".join(charset)
            for element in made:
                if isinstance(element.value, PersonName) and element.value.original_string:
                    yield file.name, joined, bytes(element.value.original_string), str(element.value)


def test_texts_of_every_script_are_those_of_pydicom() -> None:
    names = list(public_names())
    assert len({file for file, *_ in names}) >= 15
    for file, charset, raw, text in names:
        assert decoded(raw, charset) == (text, False), file


@pytest.mark.parametrize(
    ("charset", "raw"),
    [
        ("ISO_IR 999", "Schädel".encode("latin-1")),
        ("ISO 2022 IR 87\\NONSENSE", "Schädel".encode("latin-1")),
        ("ISO_IR 192", "Schädel".encode("latin-1")),  # no UTF-8
        (None, "Schädel".encode("latin-1")),  # nothing said: ASCII
        ("", "Schädel".encode("latin-1")),
        ("ISO_IR 6", "Schädel".encode("latin-1")),
    ],
)
def test_what_cannot_be_decoded_is_latin_1_and_said(charset: str | None, raw: bytes) -> None:
    assert decoded(raw, charset) == ("Schädel", True)


@pytest.mark.parametrize("charset", ["\\ISO 2022 IR 149", "ISO 2022 IR 6\\ISO 2022 IR 87"])
def test_an_escape_to_a_set_that_was_not_declared_is_said(charset: str) -> None:
    text, fallback = decoded(b"a\x1b-F\xe1", charset)  # Greek
    assert fallback
    assert "\x1b" not in text


@pytest.mark.parametrize("charset", ["ISO IR 100", "ISO-IR 100", "ISO_IR_100"])
def test_a_known_slip_of_the_pen_is_understood(charset: str) -> None:
    assert decoded("Schädel".encode("latin-1"), charset) == ("Schädel", False)


@given(st.binary(max_size=300), st.lists(st.sampled_from(
    ["", "ISO_IR 100", "ISO_IR 192", "GB18030", "ISO 2022 IR 87", "ISO 2022 IR 149", "ISO 2022 IR 13", "X"]
), max_size=3))  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_any_bytes_are_a_text_without_control_characters(raw: bytes, names: list[str]) -> None:
    text, _ = decoded(raw, "\\".join(names) or None)
    assert len(text) <= LONGEST + 10
    assert not any(ord(letter) < 32 for letter in text)


def test_a_row_says_that_a_text_was_guessed() -> None:
    made = data_set(1, SpecificCharacterSet="ISO_IR 192", SeriesDescription="Schädel")
    content = saved(made).replace("Schädel".encode(), "Schädel ".encode("latin-1"))
    row = probed(content, keep=frozenset({"SeriesDescription"}))
    assert (row["dicom"]["series_description"], row["flags"]) == ("Schädel", ["charset_fallback"])


def test_an_escape_in_a_set_without_extensions_is_a_control_character() -> None:
    assert decoded("Größe\x1b[31m".encode(), "ISO_IR 192") == ("Größe\\x1b[31m", False)
