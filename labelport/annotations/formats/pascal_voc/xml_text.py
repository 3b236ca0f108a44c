"""The root element of an XML file that nobody vouches for.

A DOCTYPE is looked for before a parser sees the file: it can make one read other files or fill the memory, and
with entities off a parser leaves text out in silence. So that it can be found, the file is brought to UTF-8 here,
from the few encodings that such files have.
"""

import re
from typing import Any

from lxml import etree

from labelport.annotations.said import Said

MOST_BYTES = 16 << 20
"""Bytes of one file: eighty thousand boxes."""

MOST_MARKS = 2_000_000
"""Signs ``<`` and ``=`` of one file: each may be a node of the tree, and a node takes a hundred bytes."""

MOST_NAMES = 1000
"""Different names of elements and attributes of one file. The parser keeps them as long as its thread lives, so that
files of nothing but names would fill the memory bit by bit."""

SMALL = 1 << 16
"""Bytes of a file whose names are not counted."""

ENCODINGS = re.compile(
    r"us-ascii|ascii|(iso-?8859-?|latin-?)\d\d?|windows-125\d|cp125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|shift[_-]jis|euc-(jp|kr)",
    re.IGNORECASE,
)
"""What is read beside UTF-8 and UTF-16: one way to write ``<`` each, so that nothing hides."""

_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_NAMES = re.compile(rb"<([^\s/>]+)|\s([^\s=<>]+)\s*=")
_DOCTYPE = re.compile(rb"<!doctype", re.IGNORECASE)

_REASONS = {
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: "it is empty, or begins with no element",
    etree.ErrorTypes.ERR_DOCUMENT_END: "something stands after the end of the root",
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: "an element is closed by another name",
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: "an element is not closed",
    etree.ErrorTypes.ERR_GT_REQUIRED: "a tag has no end",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "an entity has no meaning",
    etree.ErrorTypes.ERR_INVALID_CHAR: "a character stands there that XML cannot hold",
    etree.ErrorTypes.ERR_INVALID_CHARREF: "a character stands there that XML cannot hold",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "a byte is not of the encoding",
    etree.ErrorTypes.ERR_RESOURCE_LIMIT: "elements are nested deeper than 256 levels, or a text is too long",
}


def root_of(body: bytes, file: str, said: Said, parser: Any = None) -> Any | None:
    """Return the root of an XML file, or null with a finding. ``parser``: one of ``safe_parser`` for many files.

    Comments and processing instructions are left out, so that text around them is one text. Findings:
    ``xml.doctype`` and ``xml.not_xml`` at their line, ``format.too_large``.
    """
    try:
        text = _in_utf8(body)
    except (UnicodeError, LookupError) as error:
        line = body.count(b"\n", 0, error.start) + 1 if isinstance(error, UnicodeDecodeError) else 1
        reason = "a byte is not of the file's encoding" if isinstance(error, UnicodeDecodeError) else str(error)
        said.say("xml.not_xml", file, str(line), f"the file is no XML that is read: {reason}")
        return None
    found = _DOCTYPE.search(text) if b"<!" in text else None
    if found:
        line = text.count(b"\n", 0, found.start()) + 1
        said.say("xml.doctype", file, str(line), "the file has a DOCTYPE; it was not read")
        return None
    if text.count(b"<") + text.count(b"=") > MOST_MARKS:
        said.say("format.too_large", file, "", f"the file has more than {MOST_MARKS:,} elements and attributes")
        return None
    if len(text) > SMALL and len(set(_NAMES.findall(text))) > MOST_NAMES:
        said.say("format.too_large", file, "", f"the file has more than {MOST_NAMES:,} names of elements")
        return None
    try:
        return etree.fromstring(text, safe_parser() if parser is None else parser)
    except etree.XMLSyntaxError as error:
        reason = _REASONS.get(error.code, f"libxml2 calls it error {error.code}")
        said.say("xml.not_xml", file, str(max(error.lineno or 1, 1)), f"the file is no XML: {reason}")
        return None


def safe_parser() -> Any:
    """Return a parser that reads nothing but what it is given."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _in_utf8(body: bytes) -> bytes:
    """Return a text as UTF-8 without a byte order mark; raises ``UnicodeError``, ``LookupError``."""
    if body[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<"):
        raise LookupError("UTF-32 is not read")
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16").encode()
    if body[:2] in (b"<\0", b"\0<"):
        return body.decode("utf-16-le" if body[:1] == b"<" else "utf-16-be").encode()
    plain = body.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(plain[:400])
    name = declared[1].decode().lower() if declared else "utf-8"
    if ENCODINGS.fullmatch(name):
        return plain.decode(name).encode()
    if name not in ("utf-8", "utf8", "utf-16"):
        raise LookupError("its encoding is not read; save it as UTF-8")
    if not plain.isascii():
        plain.decode("utf-8")
    return plain
