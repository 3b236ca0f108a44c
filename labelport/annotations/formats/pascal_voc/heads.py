"""What the head of an XML file tells: its root, and which of two formats of one root it is."""

import re

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ELEMENT = re.compile(r"<([^\s!?/<>]+)")
_OF_LABELME = ("<pt>", "<hasparts", "<imagesize", "<sourceImage", "<deleted")
ROOT = "annotation"


def head_text(head: bytes) -> str:
    """Return the head of a file as text in any encoding: what cannot be decoded is left out."""
    if head[:2] in (b"\xff\xfe", b"<\0"):
        return head.decode("utf-16-le", "ignore")
    if head[:2] in (b"\xfe\xff", b"\0<"):
        return head.decode("utf-16-be", "ignore")
    return head.decode("utf-8", "ignore")


def looks_like_xml(text: str) -> bool:
    """Return whether a text begins as XML does."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def is_annotation(text: str) -> bool:
    """Return whether the root of an XML text is ``annotation``, as far as its head tells.

    >>> is_annotation("<!-- <a> --><annotation verified='yes'>"), is_annotation("<annotations>")
    (True, False)
    """
    if not looks_like_xml(text):
        return False
    plain = _COMMENT.sub("", text)
    if "<!doctype" in plain[:4096].lower():
        return re.search(rf"<{ROOT}[\s/>]", plain) is not None
    found = _ELEMENT.search(plain)
    return found is not None and found[1] == ROOT


def is_labelme_xml(text: str) -> bool:
    """Return whether a text of the root ``annotation`` is one of LabelMe 3: outlines in ``pt``, and no ``bndbox``.

    >>> is_labelme_xml("<annotation><object><polygon><pt>"), is_labelme_xml("<annotation><object><bndbox>")
    (True, False)
    """
    return is_annotation(text) and "<bndbox" not in text and any(mark in text for mark in _OF_LABELME)
