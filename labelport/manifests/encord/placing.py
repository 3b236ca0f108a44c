"""Where the items of a series go: which entries it becomes, and why it becomes none (specification 1.10).

With ``use`` the objects of a series are renditions: pictures, whatever its kind says. So the items decide.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from labelport.manifests.contract import Item, Series
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.sections import SECTION_OF_KIND, SECTIONS
from labelport.manifests.selection import main_items

_KIND_OF_SERIES = {"stack": "dicom", "volume4d": "dicom", "cine": "dicom", "volume": "nifti", "versions": "image"}
"""What the items of such a series must be; elsewhere what the first one is."""

_PERHAPS_FRAMES = frozenset({"table", "cine", "stack", "volume4d", "volume"})
"""Kinds of series whose pictures are the frames of a clip, unless they are versions: what a table lists, renditions."""

_NO_PICTURE = "DICOM without a picture"
FRAMES_OF_A_FILE = "single frames of a file"


@dataclass(frozen=True)
class Placed:
    """One entry to be: which items, in which section."""

    section: str
    title: str
    items: tuple[Item, ...]

    sequence: bool = False
    """Encord makes a video of it."""

    shared: bool = False
    """A picture that other series may show as well."""


@dataclass(frozen=True)
class Placement:
    """What becomes of one series."""

    entries: tuple[Placed, ...] = ()
    """Its entries; none where it is left out."""

    refused: str | None = None
    """What it holds that Encord does not take."""

    unfit: tuple[tuple[Item, str, str], ...] = ()
    """Items of another kind than the series: the item, what it is, what it should be."""

    bond: Literal["one", "sizes", "several", "shown"] = "one"
    """one: Encord shows the series as one item; sizes: one sequence a size; several: items of their own;
    shown: a recording and the pictures that belong to it."""


def place(series: Series, options: EncordOptions) -> Placement:
    """Return what a series becomes; its items' statuses were looked at before."""
    members = main_items(series)
    if not members:
        return Placement(refused="series without items")
    rendered = all(item.row["store"] == "publish" for item in members)
    named = None if rendered else _KIND_OF_SERIES.get(series.row["kind"])
    kind = named or _kind_of(members[0].media)
    if kind not in SECTION_OF_KIND:
        return Placement(refused=kind)
    unfit = tuple((item, _kind_of(item.media), kind) for item in members if _kind_of(item.media) != kind)
    if unfit:
        return Placement(unfit=unfit)
    if kind != "dicom" and not rendered and any(item.row.get("frame") is not None for item in members):
        return Placement(refused=FRAMES_OF_A_FILE)
    pictures = _pictures(series)
    foreign = next(_foreign_formats((kind, members), ("image", pictures)), None)
    if foreign:
        return Placement(refused=foreign)
    if series.row["kind"] == "audio_image":
        return _with_pictures(series, members, pictures)
    return _placed(series, kind, members, options)


def _placed(series: Series, kind: str, members: Sequence[Item], options: EncordOptions) -> Placement:
    title, many = series.row["series_id"], series.row["kind"] not in {"single", "table"} or len(members) > 1
    if kind == "dicom":
        return Placement((Placed("dicom_series", title, tuple(_files(members))),))
    if kind == "image" and many:
        if options.sequences and _are_frames(series.row["kind"], members):
            return _sequences(title, members)
        return Placement((Placed("image_groups", title, tuple(members)),))
    section = SECTION_OF_KIND[kind]
    if len(members) == 1:
        return Placement((Placed(section, title, (members[0],)),))
    return Placement(tuple(Placed(section, item_title(title, item), (item,)) for item in members), bond="several")


def _are_frames(kind: str, members: Sequence[Item]) -> bool:
    """Return whether pictures follow one another as those of a clip do: versions of one picture do not."""
    if kind == "frames":
        return True
    versions = {item.row.get("version") for item in members}
    return kind in _PERHAPS_FRAMES and len(versions) == 1


def _files(members: Sequence[Item]) -> Iterator[Item]:
    """Yield the items that name whole files, and of those that name frames the first of each file."""
    seen: set[tuple[str, str]] = set()
    for item in members:
        name = (item.row["store"], item.row["key"])
        if item.row.get("frame") is None or name not in seen:
            yield item
        seen.add(name)


def _sequences(title: str, members: Sequence[Item]) -> Placement:
    """Return one sequence for each size: Encord scales all pictures to that of the first (specification 3.10)."""
    by_size: dict[str, list[Item]] = {}
    for item in members:
        by_size.setdefault(f"{item.media.get('width')}x{item.media.get('height')}", []).append(item)
    if len(by_size) == 1:
        return Placement((Placed("image_groups", title, tuple(members), sequence=True),))
    entries = (
        Placed("image_groups", f"{title}/{size}", tuple(items), sequence=True) for size, items in by_size.items()
    )
    return Placement(tuple(entries), bond="sizes")


def _with_pictures(series: Series, members: Sequence[Item], pictures: Sequence[Item]) -> Placement:
    title = series.row["series_id"]
    sounds = [Placed(SECTION_OF_KIND[_kind_of(item.media)], title, (item,)) for item in members]
    shown = [Placed("images", item_title(title, item), (item,), shared=True) for item in pictures]
    return Placement((*sounds, *shown), bond="shown" if shown else "one")


def _pictures(series: Series) -> list[Item]:
    """Return the pictures that are shown with a recording."""
    if series.row["kind"] != "audio_image":
        return []
    return [item for item in series.items if item.row["role"] == "context"]


def _kind_of(media: Mapping[str, Any]) -> str:
    """Return the kind of an object; a DICOM object without frames (a report, a structure set) is no picture."""
    kind = str(media.get("kind"))
    return _NO_PICTURE if kind == "dicom" and media.get("frames") is None else kind


def _foreign_formats(*given: tuple[str, Iterable[Item]]) -> Iterator[str]:
    """Yield the formats that Encord does not list, with the kind: ``avi video``."""
    for kind, items in given:
        listed = SECTIONS[SECTION_OF_KIND[kind]].formats
        for item in items:
            name = str(item.media.get("format"))
            if listed and name not in listed:
                yield f"{name} {kind}"


def item_title(title: str, item: Item) -> str:
    """Return the title of one item of a series."""
    return f"{title}/{item.row['index']:04d}"
