"""The rule itself: which recordings there are, and which picture is shown with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from labelport.errors import SettingsError
from labelport.findings import Finding, finding
from labelport.privacy import plain, shown_key
from labelport.series.audio_image.naming import LEVELS, Naming
from labelport.series.audio_image.options import AudioImageOptions
from labelport.series.audio_image.pairs import Pairs
from labelport.series.contract import Built, MediaRows, RuleContext
from labelport.series.members import MEMBER_COLUMNS, item_row, series_row
from labelport.series.natural import natural_key
from labelport.tables import USABLE

STAGE = "series"
MOST = 50
"""Most keys that a finding lists."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """Which picture a recording gets."""

    picture: Row | None = None
    candidates: tuple[Row, ...] = ()
    """Several that fit, of which none is chosen."""

    by_table: bool = False


class AudioImageRule:
    """A recording founds a group; pictures join it by name, or are named by a table.

    So a picture belongs here only while there is a recording that it fits: see ``contract.Founding``.
    """

    name = "audio_image"
    version = "2"
    columns = (*MEMBER_COLUMNS, "channels")
    Options = AudioImageOptions

    def __init__(self, options: AudioImageOptions, context: RuleContext) -> None:
        self._context = context
        self._naming = Naming(options.images, options.by)
        clips = any(rule.rule == "video" and getattr(rule, "audio", False) for rule in context.later)
        self.founding = frozenset([*options.recordings, *(["video"] if clips else [])])
        self._pairs: Pairs | None = None
        if options.table is not None:
            if context.read is None:
                raise SettingsError(f"{options.table.path} cannot be read here")
            self._pairs = Pairs(options.table, context.read(options.table.path), self._naming)

    def group(self, media: pa.RecordBatch) -> pa.Array:
        """Return the group key of each recording, null for all else."""
        columns = (media.column(name).to_pylist() for name in ("key", "kind", "channels"))
        keys = [
            self._naming.group_of(key) if self._is_recording(kind, channels) else None
            for key, kind, channels in zip(*columns, strict=True)
        ]
        return pa.array(keys, pa.string())

    def announced(self, key: str) -> list[str]:
        """Return the names under which pictures can find a recording."""
        return self._naming.announced(key)

    def sought(self, media: pa.RecordBatch) -> list[list[str]]:
        """Return the names of recordings that each picture looks for."""
        pairs = zip(media.column("key").to_pylist(), media.column("kind").to_pylist(), strict=True)
        return [self._naming.sought(key) if kind == "image" else [] for key, kind in pairs]

    def joined(self, name: str) -> str:
        """Return the group key that a name stands for."""
        return self._naming.group_named(name)

    def said_of(self, group_key: str) -> bytes:
        """Return a digest of what the table says of a group's recordings."""
        return b"" if self._pairs is None else self._pairs.said_of(group_key)

    def survey(self, media: MediaRows, claimed: int) -> Sequence[Finding]:  # noqa: ARG002 -- the contract of rules
        """Return what is wrong with the table."""
        return () if self._pairs is None else list(self._pairs.survey(media, self.founding))

    def refs(self, group_key: str) -> list[str]:
        """Return the pictures that the table names; several recordings may share one."""
        return sorted({image for images in self._named(group_key).values() for image in images})

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:
        """Return the series of a recording; one of several recordings has no picture."""
        members = rows.to_pylist()
        recordings = [row for row in members if self._is_recording(row["kind"], row["channels"])]
        recordings.sort(key=lambda row: natural_key(row["key"]))
        pictures = [row for row in members if row["kind"] == "image"]
        named = self._named(group_key)
        known = [row for row in recordings if row["key"] in named]
        shown = known if len(known) == 1 else recordings
        others = [row for row in recordings if row is not known[0]] if len(known) == 1 else []
        if len(shown) != 1:
            choice = Choice()
        elif known:
            choice = self._by_table(named[shown[0]["key"]], [*members, *context.to_pylist()])
        else:
            choice = self._by_name(shown[0], pictures)
        found = [
            *_of_recordings(shown, others),
            *_of_choice(shown, choice, named, self._naming.places),
            *_unused(choice, pictures),
        ]
        return self._built(group_key, shown, others, choice, found)

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:  # noqa: ARG002 -- the contract of rules
        """Return nothing: what there is to say is said of groups and of the table."""
        return ()

    def _built(
        self, group_key: str, shown: Sequence[Row], others: Sequence[Row], choice: Choice, found: Sequence[Finding]
    ) -> Built:
        if not shown:
            return Built([], [])
        picture = choice.picture
        series = series_row(
            self._context,
            self.name,
            group_key,
            kind="audio_image",
            members=[*shown, *([picture] if picture else [])],
            items=len(shown),
            order_basis="table" if choice.by_table and picture else "natural",
            flags=[one.code.partition(".")[2] for one in found if one.severity != "info"],
        )
        if picture is not None and shown[0]["kind"] == "audio":  # sound has no size
            series |= {"width": picture["width"], "height": picture["height"]}
        name = series["series_id"]
        items = [item_row(name, index, row["kind"], row) for index, row in enumerate(shown)]
        if picture is not None:
            items.append(item_row(name, 0, "context", picture, of_index=0, label_this=False))
        items += [
            item_row(name, index, "duplicate", row, of_index=0, label_this=False) for index, row in enumerate(others)
        ]
        return Built([series], items, [replace(one, series_id=name) for one in found])

    def _by_name(self, recording: Row, pictures: Sequence[Row]) -> Choice:
        """Return the one picture of the first level that has exactly one; else those of the first that has any."""
        levels = [
            [row for row in pictures if self._naming.fits(row["key"], recording["key"], level)] for level in LEVELS
        ]
        one = next((level[0] for level in levels if len(level) == 1), None)
        return Choice(one) if one else Choice(candidates=tuple(next((level for level in levels if level), ())))

    def _by_table(self, names: Sequence[str], around: Sequence[Row]) -> Choice:
        found = {row["key"]: row for row in around if row["kind"] == "image" and row["status"] in USABLE}
        there = [found[name] for name in names if name in found]
        if len(there) == 1:
            return Choice(there[0], by_table=True)
        return Choice(candidates=tuple(there), by_table=True)

    def _named(self, group_key: str) -> dict[str, list[str]]:
        return {} if self._pairs is None else self._pairs.of_group(group_key)

    def _is_recording(self, kind: str | None, channels: int | None) -> bool:
        return kind in self.founding and (kind != "video" or channels is not None)


def _of_recordings(shown: Sequence[Row], others: Sequence[Row]) -> list[Finding]:
    if len(shown) > 1:
        words = f"{len(shown):,} recordings are one series without a picture: {_listed(shown)}."
        return [finding("series.recording_ambiguous", stage=STAGE, message=words, value=_listed(shown))]
    if others:
        words = f"The table names one recording of this group; others are left out as duplicates: {_listed(others)}."
        return [
            finding("series.recording_ambiguous", stage=STAGE, severity="info", message=words, hint="Nothing to do.")
        ]
    return []


def _of_choice(shown: Sequence[Row], choice: Choice, named: Mapping[str, Sequence[str]], places: str) -> list[Finding]:
    if len(shown) != 1 or choice.picture is not None:
        return []
    key = shown[0]["key"]
    if choice.candidates:
        listed = _listed(choice.candidates)
        words = f"{len(choice.candidates):,} pictures fit, and none is chosen: {listed}."
        return [finding("series.picture_ambiguous", stage=STAGE, file=key, message=words, value=listed)]
    words = f"No picture of its name lies {places}."
    if key in named:
        words = "The picture that the table names is not there, or is none."
    return [finding("series.no_picture", stage=STAGE, file=key, message=words)]


def _unused(choice: Choice, pictures: Sequence[Row]) -> list[Finding]:
    """Return what is said of pictures that fit a recording and are in no series."""
    told = {row["key"] for row in choice.candidates}
    if choice.picture is not None:
        told.add(choice.picture["key"])
    words = "It fits a recording by its name, and is not shown with it."
    keys = [row["key"] for row in pictures if row["key"] not in told]
    found = [finding("series.picture_unused", stage=STAGE, file=key, message=words) for key in keys[:MOST]]
    if len(keys) > MOST:
        more = len(keys) - MOST
        found.append(
            finding(
                "series.picture_unused",
                stage=STAGE,
                pointer="others",
                message=f"{more:,} more pictures fit these recordings by their names, and are not shown with them.",
                count=more,
            )
        )
    return found


def _listed(rows: Sequence[Row]) -> str:
    keys = sorted((row["key"] for row in rows), key=natural_key)
    shown = [plain(shown_key(key, "auto")) for key in keys[:MOST]]
    return ", ".join([*shown, *(["…"] if len(keys) > MOST else [])])
