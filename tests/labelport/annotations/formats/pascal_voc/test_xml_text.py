"""Hostile XML costs its file, and nothing else."""

import tracemalloc
from pathlib import Path

import pytest

from labelport.annotations.contract import Claim, ReadContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.pascal_voc.xml_text import MOST_BYTES, root_of
from labelport.annotations.said import Said
from tests.labelport.annotations.formats.one_file_an_image import read
from tests.labelport.annotations.formats.pascal_voc.test_reading import VOC, a_file, an_object

LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(10))
    + "]>\n<annotation><filename>&k;</filename></annotation>"
)


def said_of(body: bytes) -> list[tuple[str, str]]:
    said = Said()
    assert root_of(body, "x.xml", said) is None
    return [(each.code, each.pointer) for each in said.findings()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "doctype", ['<!DOCTYPE a [<!ENTITY b "evil">]>', "<!DOCTYPE a SYSTEM 'x.dtd'>", "<!doctype a>"]
)
def test_a_doctype_is_refused_at_its_line_in_every_encoding(encoding: str, doctype: str) -> None:
    body = f"<?xml version='1.0'?>\n\n{doctype}\n<annotation/>".encode(encoding)
    assert said_of(body) == [("xml.doctype", "3")]


@pytest.mark.parametrize("encoding", ["utf-7", "hz", "iso-2022-jp", "cp037", "utf-32", "ebcdic-cp-us", "x" * 40])
def test_an_encoding_in_which_a_doctype_could_hide_is_refused(encoding: str) -> None:
    body = f"<?xml version='1.0' encoding='{encoding}'?><annotation/>".encode()
    assert said_of(body) == [("xml.not_xml", "1")]


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be", "utf-32", "cp037"])
def test_bytes_of_an_encoding_that_is_not_read_are_no_xml(encoding: str) -> None:
    body = "<?xml version='1.0'?><!DOCTYPE a><annotation/>".encode(encoding)
    assert [code for code, _ in said_of(body)] == ["xml.not_xml"]


@pytest.mark.parametrize(
    ("encoding", "name"), [("gbk", "汽车"), ("iso-8859-1", "Möhre"), ("windows-1251", "гайка"), ("utf-16", "ä汽")]
)
def test_declared_encodings_of_real_files_are_read(encoding: str, name: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><annotation><filename>{name}.jpg</filename></annotation>"
    found, said = read(VOC, {"x.xml": text.encode(encoding)})
    assert found.images.column("name_given").to_pylist() == [f"{name}.jpg"]
    assert not said


def test_a_billion_laughs_are_not_told() -> None:
    assert said_of(LAUGHS.encode()) == [("xml.doctype", "1")]


def test_no_entity_leads_to_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    body = f'<!DOCTYPE a [<!ENTITY b SYSTEM "{secret.as_uri()}">]><annotation><filename>&b;</filename></annotation>'
    assert said_of(body.encode()) == [("xml.doctype", "1")]


def test_an_include_is_an_element_as_any_other(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
    found, said = read(VOC, {"x.xml": f"<annotation><filename>x{include}.jpg</filename></annotation>"})
    assert found.images.column("name_given").to_pylist() == ["x"]
    assert not said


def test_an_entity_without_a_meaning_is_no_empty_text() -> None:
    assert said_of(b"<annotation>\n<filename>&b;.jpg</filename></annotation>") == [("xml.not_xml", "2")]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", "1"),
        (b"\n\n", "3"),
        (b"<annotation/>\n<annotation/>", "2"),
        (b"<annotation>\n\n</annotation", "3"),
        (b"<annotation>\n<a></annotation>", "2"),
        (b"<annotation>\n\xff</annotation>", "2"),
        (b"<annotation>\x00</annotation>", "1"),
        (b"<annotation>&#0;</annotation>", "1"),
        (b"<annotation>" * 1000, "1"),
        (b"<annotation a='1' a='2'/>", "1"),
    ],
)
def test_what_is_no_xml_is_said_at_its_line(body: bytes, line: str) -> None:
    assert said_of(body) == [("xml.not_xml", line)]


def test_no_text_of_the_file_is_in_the_words() -> None:
    said = Said()
    root_of(b"<annotation><jane.doe></annotation>", "x.xml", said)
    assert "jane" not in said.findings()[0].message


def test_a_million_nested_elements_are_refused() -> None:
    assert said_of(b"<a>" * 1_000_000) == [("xml.not_xml", "1")]


def test_an_attribute_of_eleven_megabytes_is_refused() -> None:
    assert said_of(b"<annotation a='" + b"x" * 11_000_000 + b"'/>") == [("xml.not_xml", "1")]


def test_a_file_of_a_hundred_megabytes_is_not_opened() -> None:
    def never(start: int, length: int) -> bytes:
        raise AssertionError("the file was opened")

    said = Said()
    file = AnnotationFile("x.xml", 100 << 20, "1", never)
    VOC.read({"x.xml": file}, Claim(("x.xml",)), ReadContext(said=said))
    assert [each.code for each in said.findings()] == ["format.too_large"]


def test_millions_of_elements_do_not_become_a_tree() -> None:
    tracemalloc.start()
    body = b"<annotation>" + b"<a/>" * (MOST_BYTES // 4 - 100) + b"</annotation>"
    said = Said()
    assert root_of(body, "x.xml", said) is None
    assert [each.code for each in said.findings()] == ["format.too_large"]
    assert tracemalloc.get_traced_memory()[1] < 4 * MOST_BYTES
    tracemalloc.stop()


@pytest.mark.parametrize("body", [b"<a%d>", b"<a b%d='1'/>", b"<a\nb%d = '1'/>"])
def test_names_without_end_do_not_stay_in_the_parser(body: bytes) -> None:
    names = b"<annotation>" + b"".join(body % i for i in range(20_000)) + b"</annotation>"
    assert said_of(names) == [("format.too_large", "")]


def test_a_large_file_of_few_names_is_read() -> None:
    found, said = read(VOC, {"x.xml": a_file("".join(an_object((i, 1, i + 9, 9)) for i in range(2000)), size=None)})
    assert found.annotations.num_rows == 2000
    assert not said
