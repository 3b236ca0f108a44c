"""The columns of each platform, and which header is whose (specification 7)."""

from dataclasses import dataclass

BOM = "\ufeff"


@dataclass(frozen=True)
class Layout:
    """What a platform's CSV looks like."""

    name: str
    """Of the platform."""

    title: str
    """How people call it."""

    delimiter: str

    addresses: frozenset[str]
    """Columns of which exactly one must be there: it says what is labeled."""

    required: frozenset[str] = frozenset()
    """Further columns that must be there."""

    optional: frozenset[str] = frozenset()
    """Columns that may be there; a row may end before them."""

    taken: frozenset[str] = frozenset({"image", "text"})
    """Kinds of media that it takes."""

    extensions: frozenset[str] = frozenset()
    """Extensions with which an address must end, lower-case; none: any."""

    @property
    def columns(self) -> frozenset[str]:
        """Return all columns that it knows."""
        return self.addresses | self.required | self.optional

    def header_words(self) -> str:
        """Return what the header must be, for people."""
        one = " or ".join(sorted(self.addresses))
        others = "".join(f" and {name}" for name in sorted(self.required))
        more = "".join(f", and perhaps {name}" for name in sorted(self.optional))
        return f"{one}{others}{more}, with {self.delimiter} between columns, in small letters"


IMAGE_EXTENSIONS = frozenset(
    [".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif", ".heic"]
)
"""Extensions of images: the vendor says "an image extension" and gives no list, so this one is ours."""

ENDINGS = IMAGE_EXTENSIONS | {".txt", ".md", ".html", ".json", ".xml", ".csv", ".pdf", ".mp4", ".mov", ".webm", ".wav"}
"""How an address that is whole may end."""

LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(
            "supervisely",
            "Supervisely",
            ";",
            addresses=frozenset({"url", "path"}),
            optional=frozenset({"tag"}),
            taken=frozenset({"image"}),
            extensions=IMAGE_EXTENSIONS,
        ),
        Layout("kili", "Kili", ",", addresses=frozenset({"content"}), required=frozenset({"external_id"})),
        Layout("scale", "Scale", ",", addresses=frozenset({"attachment_url", "text"})),
    )
}
"""Supervisely: README of its import app; Kili: command line of its SDK; Scale: page on uploads [vendors]."""


def likeness(layout: Layout, head: bytes) -> float:
    """Return how surely the first line is the header of a platform.

    Common words are nobody's: ``url`` and ``path`` need ``tag`` beside them, and ``text`` stands alone.
    """
    first = head.split(b"\n", 1)[0].decode("utf-8", "replace").removeprefix(BOM)
    given = {cell.strip().strip('"').lower() for cell in first.split(layout.delimiter)}
    if len(given & layout.addresses) != 1 or not layout.required <= given:
        return 0.0
    if "text" in given:
        return 0.8 if given == {"text"} else 0.0
    if layout.optional and not given & layout.optional:
        return 0.0
    return 1.0 if given <= layout.columns else 0.8
