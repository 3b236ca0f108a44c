"""Emitting Centaur's CSVs (specification 6; kinds by the table of 1.10)."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from labelport.findings import Finding, finding
from labelport.manifests.beside import readme, toolchain, write_beside
from labelport.manifests.centaur.cells import (
    AUDIO_HEADER,
    SERIES_HEADER,
    label_frames,
    notes_cell,
    row,
    unsafe_because,
)
from labelport.manifests.centaur.options import CentaurOptions
from labelport.manifests.contract import EmitContext, Emitted, Item, Series, SeriesReader, Sink
from labelport.manifests.emission import stage_name
from labelport.manifests.kinds import Counted, NotTaken, what_series_holds
from labelport.manifests.selection import main_items
from labelport.manifests.sink import LazyOutput, lazily
from labelport.privacy import key_may_identify
from labelport.series.notes import joined, of_rule

TAKEN = frozenset({"image", "text"})
"""Kinds of media that are rows of a series CSV."""


@dataclass
class _Emission:
    """One run of the emitter."""

    options: CentaurOptions
    stage: str
    series_csv: LazyOutput
    dicom_csv: LazyOutput
    audio_csv: LazyOutput
    refused: NotTaken
    findings: list[Finding] = field(default_factory=list)
    origins: set[bytes] = field(default_factory=set)
    ungrouped: Counted = field(default_factory=lambda: Counted("centaur.ungrouped"))
    multiframe: Counted = field(default_factory=lambda: Counted("centaur.multiframe"))
    single_frame: Counted = field(default_factory=lambda: Counted("centaur.single_frame_dicom"))
    suspect: Counted = field(default_factory=lambda: Counted("manifest.phi_suspect"))
    counts: dict[str, int] = field(default_factory=lambda: {"series": 0, "rows": 0, "dicom rows": 0, "audio rows": 0})

    def say(self, code: str, series: Series, message: str, *, key: str = "") -> None:
        """Add a finding about a series or one of its objects."""
        self.findings.append(
            finding(code, stage=self.stage, file=key, message=message, series_id=series.row["series_id"])
        )

    def take(self, series: Series) -> None:
        """Write a series where it belongs, or say why it is left out."""
        kind, members = series.row["kind"], main_items(series)
        kinds = [str(item.media.get("kind")) for item in members]
        frames_chosen = any(item.row.get("frame") is not None for item in members)
        bad = [item for item in members if item.media.get("status") != "ok"]
        if bad:
            for item in bad:
                words = f"its status is {item.media.get('status')}; its whole series is left out"
                self.say("manifest.skipped", series, words, key=item.row["key"])
        elif kind == "cine" or (kind == "single" and _is_multiframe_dicom(members)):
            self.multiframe.add(series.row["series_id"])
        elif kind in {"stack", "volume4d"} and set(kinds) == {"dicom"}:
            self._dicom(series, members)
        elif kind == "audio_image":
            self._audio(series, members)
        elif kind == "single" and kinds and kinds[0] in {"image", "audio", "text", "dicom"}:
            self.ungrouped.add(series.row["series_id"])
        elif kinds and TAKEN.issuperset(kinds) and not frames_chosen:
            if self.options.media != "audio_image":
                self._rows(series, members, self.series_csv, "rows")
        else:
            self.refused.add(series.row, what_series_holds(kind, kinds, frames_chosen=frames_chosen))

    def _dicom(self, series: Series, members: list[Item]) -> None:
        if _is_multiframe_dicom(members):
            self.multiframe.add(series.row["series_id"])
        elif self.options.media != "audio_image" and self._rows(series, members, self.dicom_csv, "dicom rows"):
            self.single_frame.add(series.row["series_id"])

    def _rows(self, series: Series, members: list[Item], output: LazyOutput, count: str) -> bool:
        """Write the rows of a series, all of them or none: never renumbered, that would hide lost frames."""
        origins = self._origins(series, members)
        if origins is None:
            return False
        if output.offset == 0:
            output.write(row(SERIES_HEADER))
        labelled = {item.row["index"]: bool(item.row.get("label_this", True)) for item in members}
        for item, origin in zip(members, origins, strict=True):
            index = item.row["index"]
            tail = label_frames(labelled, index) if self.options.label_frames == "auto" else []
            notes = notes_cell(self._notes(series, item), tail=tail)
            output.write(row(["", origin, series.row["series_id"], str(index), notes]))
            self._suspect(series, item, origin, notes)
        self.counts["series"] += 1
        self.counts[count] += len(members)
        return True

    def _origins(self, series: Series, members: list[Item]) -> list[str] | None:
        if [item.row["index"] for item in members] != list(range(len(members))):
            self.say("centaur.series_index", series, "its indices are not 0, 1, 2 …: the series is left out")
            return None
        origins: list[str] = []
        good = True
        for item in members:
            key = item.row["key"]
            origin = key.removeprefix(self.options.origin_root)
            reason = unsafe_because(origin) if origin else "is empty when origin_root is cut from it"
            if reason:
                self.say("manifest.csv_unsafe", series, f"the origin {reason}; its whole series is left out", key=key)
                good = False
            elif origin.encode() in self.origins or origin in origins:
                self.say("centaur.duplicate_origin", series, "its origin stands in another row already", key=key)
                good = False
            if item.media.get("extension_mismatch"):
                self.say("manifest.extension_mismatch", series, "extension and content disagree", key=key)
            origins.append(origin)
        if not good:
            return None
        self.origins.update(origin.encode() for origin in origins)
        return origins

    def _audio(self, series: Series, members: list[Item]) -> None:
        if self.options.media == "series":
            return
        pictures = [item for item in series.items if item.row["role"] == "context"]
        if len(members) != 1 or len(pictures) > 1:
            self.say("centaur.audio_two_images", series, f"{len(pictures)} images for {len(members)} recordings")
            return
        if not pictures:
            self.ungrouped.add(series.row["series_id"])
            return
        cells = [item.row["key"].removeprefix(self.options.origin_root) for item in (members[0], pictures[0])]
        for item, cell in zip((members[0], pictures[0]), cells, strict=True):
            reason = unsafe_because(cell)
            if reason:
                self.say("manifest.csv_unsafe", series, f"the origin {reason}", key=item.row["key"])
                return
        if self.audio_csv.offset == 0:
            self.audio_csv.write(row(AUDIO_HEADER))
        notes = notes_cell(self._notes(series, members[0]))
        self.audio_csv.write(row([*cells, notes]))
        self._suspect(series, members[0], cells[0], notes)
        self.counts["series"] += 1
        self.counts["audio rows"] += 1

    def _notes(self, series: Series, item: Item) -> Iterator[tuple[str, str]]:
        """Yield the allow-listed values: the named columns, the user's own, and the version."""
        attributes, listed = _pairs(series.row.get("attributes")), of_rule(item.row.get("notes"))
        for name in self.options.notes:
            value = listed.get(name, attributes.get(name))
            if value is not None:
                yield name, value
        yield from (joined(series.row.get("metadata"), "notes") | joined(item.row.get("notes"), "notes")).items()
        if item.row.get("version"):
            yield "version", item.row["version"]

    def _suspect(self, series: Series, item: Item, *texts: str) -> None:
        if any(key_may_identify(text) for text in texts):
            self.suspect.add(f"{series.row['series_id']}/{item.row['index']}")

    def conclude(self) -> None:
        """Add the findings that were counted."""
        self.findings.extend(self.refused.findings())
        words = {
            "ungrouped": "{count} single objects need no manifest",
            "multiframe": "{count} multi-frame objects are left out: the portal makes their series by itself",
            "single_frame": "{count} series of single-frame DICOM: only by arrangement with the project manager",
            "suspect": "{count} rows hold a word that looks like a name, a date or a record number",
        }
        for name, message in words.items():
            self.findings.extend(getattr(self, name).findings(stage=self.stage, message=message))


def _pairs(value: Any) -> dict[str, str]:
    return dict(value or ())


def _is_multiframe_dicom(members: list[Item]) -> bool:
    return any(item.media.get("kind") == "dicom" and (item.media.get("frames") or 1) > 1 for item in members)


def output_names(base: str) -> Mapping[str, str]:
    """Return the names of the three CSVs of a manifest."""
    return {"series": f"{base}.draft.csv", "dicom": f"{base}.dicom.csv", "audio": f"{base}.audio.csv"}


def emit_centaur(series: SeriesReader, options: CentaurOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the drafts of a dataset's CSVs: content_id is empty until there is a template to join with.

    Memory: one series, and the origins that were written.
    """
    base = options.manifest_name
    names = output_names(base)
    with ExitStack() as stack:
        series_csv, dicom_csv, audio_csv = (
            stack.enter_context(lazily(sink, names[name])) for name in ("series", "dicom", "audio")
        )
        refused = NotTaken(
            "centaur",
            base,
            stage_name(base),
            renditions=context.rendition_names,
            helpless=frozenset({"audio"}),
        )
        run = _Emission(options, stage_name(base), series_csv, dicom_csv, audio_csv, refused)
        for one in series:
            run.take(one)
    run.conclude()
    entries = run.counts["rows"] + run.counts["dicom rows"] + run.counts["audio rows"]
    if entries:
        if run.counts["rows"] or run.counts["dicom rows"]:
            run.findings.append(_no_template(options, run.stage))
        write_beside(sink, base, _readme(options, run.counts, run.findings), run.findings)
    return Emitted(run.findings, entries)


def _no_template(options: CentaurOptions, stage: str) -> Finding:
    why = "joining with it comes in a later version" if options.template else "`template` names none"
    return finding(
        "centaur.no_template",
        stage=stage,
        message=f"a draft with empty content_id was written ({why}): it is for review and cannot be uploaded as it is",
    )


def _readme(options: CentaurOptions, counts: Mapping[str, int], findings: list[Finding]) -> bytes:
    names = output_names(options.manifest_name)
    paragraphs = [
        'In the portal: switch on "Images belong to a series" in the project\'s settings, add the data, and download\n'
        "the template. Its content_id goes into the first column; the other columns stand in these files.",
    ]
    if counts["rows"]:
        paragraphs.append(f"{names['series']}\n  a draft: content_id is empty, so it cannot be uploaded as it is.")
    if counts["dicom rows"]:
        paragraphs.append(f"{names['dicom']}\n  single-frame DICOM: only by arrangement with the project manager.")
    if counts["audio rows"]:
        paragraphs.append(f"{names['audio']}\n  recordings, each with the image that is shown with it.")
    return readme(
        "Centaur series CSV",
        paragraphs,
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts=counts,
        tools=toolchain("labelport"),
        findings=findings,
    )
