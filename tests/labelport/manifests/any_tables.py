"""Any series tables: every kind of series, odd keys, bad objects, values of users, and company of all roles.

What the series stage promises holds for them: an object is a member of at most one series, members count
from 0, and context may be shared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hypothesis import strategies as st

from labelport.series.notes import Kind, entry
from labelport.testing.manifest import Prefix, Row, media_row
from tests.labelport.manifests.encord.prefixes import dicom, image, nifti, pdf, sound, text, video


def cloud(key: str, **given: Any) -> Row:
    return media_row(key, kind="pointcloud", media_format="pcd", **{"points": 10, "size": 640, **given})


def text_of(key: str) -> str:
    """Return what a text object holds: some platforms take the text itself."""
    return f"the text of {key}"


def written_text(key: str, **given: Any) -> Row:
    return text(key, **{"size": len(text_of(key).encode()), **given})


class Form(NamedTuple):
    """How an object is stored."""

    make: Callable[..., Row]
    format: str
    ending: str


IMAGES = [
    Form(image, "png", ".png"),
    Form(image, "jpeg", ".jpg"),
    Form(image, "webp", ".webp"),
    Form(image, "tiff", ".tif"),
    Form(image, "gif", ".gif"),
]
VIDEOS = [Form(video, "mp4", ".mp4"), Form(video, "mov", ".MOV"), Form(video, "avi", ".avi")]
SOUNDS = [Form(sound, "wav", ".wav"), Form(sound, "mp3", ".mp3")]
DICOMS = [Form(dicom, "dicom", ".dcm"), Form(dicom, "dicom", "")]
VOLUMES = [Form(nifti, "nifti1", ".nii.gz"), Form(nifti, "nifti1", ".nii")]
TEXTS = [Form(written_text, "text", ".txt"), Form(written_text, "json", ".json")]
PDFS = [Form(pdf, "pdf", ".pdf")]
CLOUDS = [Form(cloud, "pcd", ".pcd")]
FORMS = [*IMAGES, *VIDEOS, *SOUNDS, *DICOMS, *VOLUMES, *TEXTS, *PDFS, *CLOUDS]


class Shape(NamedTuple):
    """A kind of series and what it holds."""

    kind: str
    rule: str
    forms: list[Form]
    most: int


SHAPES = [
    Shape("frames", "pattern", IMAGES, 4),
    Shape("frames", "pattern", IMAGES[:2], 4),
    Shape("frames", "video", VIDEOS, 1),
    Shape("versions", "pattern", IMAGES, 3),
    Shape("stack", "dicom", DICOMS, 4),
    Shape("volume4d", "dicom", DICOMS, 4),
    Shape("cine", "dicom", DICOMS, 1),
    Shape("volume", "single", VOLUMES, 1),
    Shape("audio_image", "audio_image", SOUNDS, 1),
    Shape("table", "table", IMAGES, 3),
    Shape("table", "table", VIDEOS + SOUNDS, 2),
    Shape("table", "table", FORMS, 3),
    Shape("single", "single", IMAGES, 1),
    Shape("single", "single", FORMS, 1),
]

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=5)
WORDS = st.sampled_from(
    [
        "a",
        "b",
        "été",
        "日本",
        "e\u0301",
        "with blank",
        " led and trailed ",
        "=1+1",
        "+1",
        "-",
        "@x",
        'quo"te',
        "apo'strophe",
        "com,ma",
        "semi;colon",
        "new\nline",
        "re\rturn",
        "tab\t",
        "dots..",
        ".hidden",
        "..",
        ".",
        "",
        "a//b",
        "100%",
        "%41",
        "#?&=",
        "{x}",
        "back\\slash",
        "doe^jane",
        "20240131",
        "LIVE",
        "manifest",
        "frame_10",
        "frame_9",
    ]
)
PARTS = WORDS | WORDS | TEXT
FOLDERS = st.lists(PARTS, max_size=2).map(lambda parts: "".join(f"{part}/" for part in parts))
RARE = st.integers(0, 11).map(lambda number: number == 0)
CHANGES: list[Row] = [
    {"status": "truncated", "error": "cut short."},
    {"status": "partial"},
    {"status": "unreadable", "kind": "unknown", "format": None},
    {"extension_mismatch": True},
    {"width": None, "height": None, "stored_width": None, "stored_height": None},
    {"width": 9, "stored_width": 9},
    {"frames": None},
    {"frames": 30},
    {"size": 0},
    {"duration_exact": False, "duration_s": None},
    {"mime_type": None},
    {"orientation": 6},
]
VALUES: list[tuple[Kind, str, Any]] = [
    ("notes", "site", 'north, "east"\nwest'),
    ("notes", "=sum", "=1"),
    ("client_metadata", "age", 54),
    ("client_metadata", "$x", {"y": [None]}),
    ("client_metadata", "ü ü", "doe^jane"),
    ("embedding", "e", [0.5, -1.5]),
    ("keyframes", "keyframes", [0, 3]),
    ("label", "target", True),
]
ENTRIES = [entry(*value) for value in VALUES]
FLAGS = st.lists(st.sampled_from(["irregular", "index_gap", "mixed_size"]), max_size=2, unique=True).map(sorted)
ATTRIBUTES = st.lists(
    st.sampled_from([("modality", "CT"), ("body_part", "é, ü"), ("$x", "1")]), max_size=2, unique=True
)
NOTES = st.lists(st.sampled_from([*ENTRIES, ("notes", "first; take")]), max_size=3, unique=True).map(sorted)


@dataclass(repr=False)
class AnyTables(Prefix):
    """Tables that say in a few lines what they are: what is null is no news."""

    def __repr__(self) -> str:
        rows = [*self.series, *self.items, *self.media]
        return "\n".join(str({name: value for name, value in row.items() if value not in (None, [])}) for row in rows)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis would print every field


@st.composite
def any_tables(draw: st.DrawFn, *, most: int = 5) -> Prefix:
    """Give tables of up to ``most`` series, in no order."""
    prefix = AnyTables()
    taken: set[str] = set()
    shared = [image(f"shared/{number}.png") for number in range(2)]
    for number in range(draw(st.integers(0, most))):
        _add_series(draw, prefix, f"{draw(PARTS)}/{number}", taken, shared)
    if draw(RARE):
        prefix.media.append(media_row("z.zip", kind="archive", media_format="zip"))
    if draw(RARE):
        prefix.media.append(media_row("broken.png", kind="unknown", media_format="", status="not_media"))
    return prefix


def _add_series(draw: st.DrawFn, prefix: Prefix, name: str, taken: set[str], shared: list[Row]) -> None:
    shape = draw(st.sampled_from(SHAPES))
    form = draw(st.sampled_from(shape.forms))
    folder = draw(FOLDERS)
    members = draw(st.integers(1, shape.most))
    title = prefix.add(
        name,
        [],
        kind=shape.kind,
        rule=shape.rule,
        flags=draw(FLAGS),
        attributes=draw(ATTRIBUTES),
        metadata=[pair for pair in draw(NOTES) if pair[0] != "notes"],
    )
    count = 0
    for index in range(members):
        mixed = draw(st.sampled_from(shape.forms)) if draw(RARE) else form
        row = _member(draw, mixed, folder, taken)
        chosen = row["kind"] in {"video", "dicom"} and draw(RARE)
        role = row["kind"] if row["kind"] in {"audio", "video"} else "image"
        for frame in (7, 3) if chosen else (None,):  # a row a frame: some of them, in an order of their own
            details = {"label_this": not draw(RARE), "notes": draw(NOTES), **_place(draw, shape.kind, index)}
            prefix.add_item(title, count, {**row, "frames": 30} if chosen else row, role=role, frame=frame, **details)
            count += 1
    prefix.series[-1]["items"] = count
    _add_company(draw, prefix, shape, title, taken=taken, shared=shared)


def _member(draw: st.DrawFn, form: Form, folder: str, taken: set[str]) -> Row:
    change = draw(st.sampled_from(CHANGES)) if draw(RARE) else {}
    ending = draw(st.sampled_from(FORMS)).ending if draw(RARE) else form.ending
    return {**form.make(_key(draw, folder, ending, taken), format=form.format), **change}


def _key(draw: st.DrawFn, folder: str, ending: str, taken: set[str]) -> str:
    """Give a key that no other object has, not even where backslashes are read as slashes."""
    stem = f"{folder}{draw(PARTS)}"
    key = f"{stem}{ending}"
    number = 0
    while not key or key.replace("\\", "/") in taken:
        number += 1
        key = f"{stem}{number}{ending}"
    taken.add(key.replace("\\", "/"))
    return key


def _place(draw: st.DrawFn, kind: str, index: int) -> Row:
    if kind == "versions":
        return {"version": ["bone", "lung, wide", "été"][index]}
    if kind == "volume4d":
        return {"time_index": index // 2, "channel": "b0", "position_mm": float(index % 2)}
    if kind == "table":
        return {"version": draw(st.sampled_from([None, "left"]))}
    return {}


def _add_company(
    draw: st.DrawFn, prefix: Prefix, shape: Shape, title: str, *, taken: set[str], shared: list[Row]
) -> None:
    """Add context, labels, doubles and halves: none of them is a member."""
    pictures = draw(st.integers(0, 2)) if shape.kind in {"audio_image", "table"} or draw(RARE) else 0
    for index in range(pictures):
        row = shared[index] if draw(st.booleans()) else image(_key(draw, "context/", ".png", taken))
        prefix.add_item(title, index, row, role="context", of_index=0, label_this=False)
    others = {"label": text, "duplicate": dicom, "partial": dicom}
    for role, make in others.items():
        if draw(RARE):
            prefix.add_item(title, 0, make(_key(draw, f"{role}/", "", taken)), role=role, of_index=0, label_this=False)
