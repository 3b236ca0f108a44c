"""Which rows a series becomes, and in which file, or why it becomes none (specification 1.10 and 6.1 to 6.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol, TypeAlias

from labelport.findings import Finding
from labelport.manifests.centaur.cells import LabelWords, label_words, notes_cell, unsafe_because
from labelport.manifests.centaur.options import CentaurOptions
from labelport.manifests.centaur.rows import DICOM, SERIES, OurRow
from labelport.manifests.contract import EmitContext, Item, Series
from labelport.manifests.emission import stage_name
from labelport.manifests.holding import held
from labelport.manifests.intake import Intake
from labelport.manifests.kinds import Counted, NotTaken
from labelport.privacy import key_may_identify
from labelport.series.notes import joined, of_rule

TAKEN = frozenset({"image", "text", "dicom", "audio"})
"""Kinds of media that have a place: images and texts in the series CSV, DICOM and recordings in their own."""

_WORDS = {
    "centaur.ungrouped": "{count} single objects need no manifest",
    "centaur.multiframe": "{count} multi-frame series are left out: the portal makes their series by itself",
    "centaur.single_frame_dicom": "{count} series of single-frame DICOM: only by arrangement with the project manager",
    "centaur.media_left_out": "{count} series are left out: `media` asks for the other CSV alone",
    "centaur.labels_unlisted": "{count} series have so many frames to label that the list would be longer than the "
    "rest of the file: each row says of itself whether it is to be labelled",
    "manifest.phi_suspect": "{count} rows hold a word that looks like a name, a date or a record number",
}


SeriesNotes: TypeAlias = tuple[Mapping[str, str], Mapping[str, str]]
"""Attributes of a series, and the user's own notes on it."""


class Rows(Protocol):
    """Takes rows that are complete."""

    def series(self, file: int, series_id: str, rows: Sequence[OurRow]) -> None:
        """Take the rows of a series for a file (``rows.SERIES`` or ``rows.DICOM``)."""
        ...

    def recording(self, series_id: str, cells: Sequence[str]) -> None:
        """Take a row of the audio CSV: origin, image_id, notes."""
        ...


def origin_of(key: str, options: CentaurOptions) -> str:
    """Return how an object is called: its key without the import root."""
    return key.removeprefix(options.origin_root)


@dataclass
class Taking:
    """Makes rows of series, all rows of one or none. Memory: one series, 16 bytes an origin."""

    options: CentaurOptions
    context: EmitContext
    rows: Rows
    intake: Intake = field(init=False)
    counted: dict[str, Counted] = field(default_factory=dict)
    known: set[bytes] = field(default_factory=set)
    """Digests of the origins that were taken."""

    def __post_init__(self) -> None:
        name = self.options.manifest_name
        stage = stage_name(name)
        renditions, helpless = self.context.rendition_names, frozenset({"audio"})
        refused = NotTaken("centaur", name, stage, renditions=renditions, helpless=helpless)
        self.intake = Intake(stage, self.context.uri, lambda _: iter(()), refused)

    def take(self, series: Series) -> None:
        """Hand on the rows of a series, or say why it is left out."""
        holding = held(series, self.intake, TAKEN)
        if holding is None:
            return
        single = series.row["kind"] == "single" and len(holding.items) == 1
        if holding.kind == "audio":
            self._recording(series, holding.items, holding.pictures)
        elif holding.kind == "dicom" and (series.row["kind"] == "cine" or _is_multiframe(holding.items)):
            self._count("centaur.multiframe", series)
        elif single:
            self._count("centaur.ungrouped", series)
        elif self.options.media == "audio_image":
            self._count("centaur.media_left_out", series)
        else:
            self._series(series, holding.items, DICOM if holding.kind == "dicom" else SERIES)

    def findings(self) -> list[Finding]:
        """Return what is to be said of all series that were taken."""
        counted = (
            self.counted[code].findings(stage=self.intake.stage, message=_WORDS[code])
            for code in _WORDS
            if code in self.counted
        )
        return [*self.intake.findings(), *(found for some in counted for found in some)]

    def _series(self, series: Series, members: Sequence[Item], file: int) -> None:
        origins = self._origins(series, members)
        if origins is None:
            return
        labels = self._labels(series, members)
        notes = _notes_of_series(series)
        rows = [
            OurRow(origin, item.row["index"], self._notes(item, notes, labels), self._address(item))
            for item, origin in zip(members, origins, strict=True)
        ]
        for row in rows:
            self._suspect(series, row.origin, row.notes)
        if file == DICOM:
            self._count("centaur.single_frame_dicom", series)
        self.rows.series(file, series.row["series_id"], rows)

    def _recording(self, series: Series, members: Sequence[Item], pictures: Sequence[Item]) -> None:
        if not pictures:
            self._count("centaur.ungrouped", series)
        elif len(members) != 1 or len(pictures) != 1:
            words = f"{len(pictures)} images for {len(members)} recordings; the series is left out"
            self.intake.say("centaur.audio_two_images", series, words)
        elif self.options.media == "series":
            self._count("centaur.media_left_out", series)
        else:
            (picture,) = self._origins(series, pictures, shared=True) or (None,)
            (origin,) = (self._origins(series, members) or (None,)) if picture is not None else (None,)
            if origin is not None and picture is not None:
                notes = self._notes(members[0], _notes_of_series(series), LabelWords())
                self._suspect(series, origin, picture, notes)
                self.rows.recording(series.row["series_id"], (origin, picture, notes))

    def _origins(self, series: Series, members: Sequence[Item], *, shared: bool = False) -> list[str] | None:
        """Return the origins of objects, or null where one cannot stand there; ``shared``: others may name them too."""
        if not shared and [item.row["index"] for item in members] != list(range(len(members))):
            self.intake.say("centaur.series_index", series, "its indices are not 0, 1, 2 …: the series is left out")
            return None
        origins: list[str] = []
        digests: set[bytes] = set()
        good = True
        for item in members:
            key = item.row["key"]
            origin = origin_of(key, self.options)
            reason = unsafe_because(origin) if origin else "is empty when origin_root is cut from it"
            digest = blake2b(origin.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            if reason:
                words = f"the origin {reason}; its whole series is left out"
                self.intake.say("manifest.csv_unsafe", series, words, key=key)
            elif not shared and (digest in self.known or digest in digests):
                reason = "its origin stands in another row already; its whole series is left out"
                self.intake.say("centaur.duplicate_origin", series, reason, key=key)
            if item.media.get("extension_mismatch"):
                self.intake.say("manifest.extension_mismatch", series, "extension and content disagree", key=key)
            good = good and reason is None
            digests.add(digest)
            origins.append(origin)
        if not good:
            return None
        if not shared:
            self.known |= digests
        return origins

    def _address(self, item: Item) -> str | None:
        return self.context.uri(item.row["store"], item.row["key"]) if self.options.template else None

    def _labels(self, series: Series, members: Sequence[Item]) -> LabelWords:
        if self.options.label_frames == "none":
            return LabelWords()
        words = label_words({item.row["index"]: bool(item.row.get("label_this", True)) for item in members})
        if words.unlisted:
            self._count("centaur.labels_unlisted", series)
        return words

    def _notes(self, item: Item, of_series: SeriesNotes, labels: LabelWords) -> str:
        labelled = bool(item.row.get("label_this", True))
        return notes_cell(self._pairs(item, *of_series), tail=labels.labelled if labelled else labels.context)

    def _pairs(self, item: Item, attributes: Mapping[str, str], own: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the allow-listed values: the named columns, the user's own, and the version."""
        listed = of_rule(item.row.get("notes"))
        for name in self.options.notes:
            value = listed.get(name, attributes.get(name))
            if value is not None:
                yield name, value
        yield from {**own, **joined(item.row.get("notes"), "notes")}.items()
        if item.row.get("version"):
            yield "version", item.row["version"]

    def _count(self, code: str, series: Series) -> None:
        self.counted.setdefault(code, Counted(code)).add(series.row["series_id"])

    def _suspect(self, series: Series, *texts: str) -> None:
        if any(map(key_may_identify, texts)):
            self._count("manifest.phi_suspect", series)


def _notes_of_series(series: Series) -> SeriesNotes:
    return dict(series.row.get("attributes") or ()), joined(series.row.get("metadata"), "notes")


def _is_multiframe(members: Sequence[Item]) -> bool:
    return any((item.media.get("frames") or 1) > 1 for item in members)
