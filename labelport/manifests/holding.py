"""What a series holds, for platforms that name its objects one by one: of one kind, all well, or why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelport.manifests.contract import Item, Series
from labelport.manifests.intake import Intake
from labelport.manifests.kinds import what_series_holds
from labelport.manifests.selection import main_items

NO_PICTURE = "DICOM without a picture"
"""A report or a structure set: an object without frames."""

_EXTENSIONS = {
    "image": ".jpg .jpeg .jpe .jfif .png .webp .gif .bmp .tif .tiff .avif .heic",
    "video": ".mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .ogv .wmv",
    "audio": ".wav .mp3 .flac .ogg .oga .opus .aac .m4a",
    "dicom": ".dcm .dicom",
    "nifti": ".nii .nii.gz",
    "pdf": ".pdf",
}
"""What the name of a broken object says that it was meant as."""


@dataclass(frozen=True)
class Holding:
    """The objects of one series that a manifest names."""

    kind: str
    """Kind of its items' media: all have the same."""

    items: tuple[Item, ...]
    """Items of role image, audio or video, in their order. With renditions an item of a video is an image."""

    pictures: tuple[Item, ...] = ()
    """Images that are shown with a recording."""

    context: bool = False
    """It has other company, which has no place in an entry."""

    def shown_with(self, number: int) -> list[int]:
        """Return the numbers of the pictures that are shown with an item: all with the only one, and with all of
        them those that name none."""
        index = self.items[number].row["index"]
        of_index = [picture.row.get("of_index") for picture in self.pictures]
        return [n for n, wanted in enumerate(of_index) if len(self.items) == 1 or wanted in (None, index)]


def held(series: Series, intake: Intake, taken: frozenset[str]) -> Holding | None:
    """Return what a series holds, or null where it is left out, which the intake was told.

    ``taken``: kinds of media that the platform takes. Left out: an object that is not well, a kind that is
    not taken, single frames of a file, and objects of several kinds.
    """
    members = tuple(main_items(series))
    company = tuple(item for item in series.items if item.row["role"] == "context")
    kinds = [kind_of(item.media) for item in members]
    pictures = _pictures(company, members) if kinds[:1] == ["audio"] else ()
    if not intake.usable(series, (*members, *pictures)):
        return None
    refused = _refused(series, members, kinds, taken)
    if refused:
        intake.refuse(series, refused)
        return None
    strangers = [(item, kind) for item, kind in zip(members, kinds, strict=True) if kind != kinds[0]]
    for item, kind in strangers:
        words = f"its content is {kind}, and its series is one of {kinds[0]}; the whole series is left out"
        intake.say("manifest.wrong_type", series, words, key=item.row["key"])
    if strangers:
        return None
    return Holding(kinds[0], members, pictures, context=len(company) > len(pictures))


def _pictures(company: Sequence[Item], recordings: Sequence[Item]) -> tuple[Item, ...]:
    indices = {None, *(item.row["index"] for item in recordings)}
    return tuple(
        item
        for item in company
        if item.media.get("kind") == "image" and (len(recordings) == 1 or item.row.get("of_index") in indices)
    )


def meant_as(kinds: Iterable[str]) -> frozenset[str]:
    """Return the extensions by which a broken object was meant as one of these kinds of media."""
    return frozenset(extension for kind in kinds for extension in _EXTENSIONS.get(kind, "").split())


def kind_of(media: Mapping[str, Any]) -> str:
    """Return the kind of an object; a DICOM object without frames is no picture."""
    kind = str(media.get("kind"))
    return NO_PICTURE if kind == "dicom" and media.get("frames") is None else kind


def _refused(series: Series, members: tuple[Item, ...], kinds: list[str], taken: frozenset[str]) -> str | None:
    if not members:
        return "series without items"
    unfit = [kind for kind in kinds if kind not in taken]
    if unfit:
        return what_series_holds(series.row["kind"], unfit) if NO_PICTURE not in unfit else NO_PICTURE
    chosen = any(
        item.row.get("frame") is not None and item.row["store"] == "raw" and item.media.get("kind") != "dicom"
        for item in members
    )
    return what_series_holds(series.row["kind"], kinds, frames_chosen=True) if chosen else None
