"""Emitting Ground Truth's files: what becomes of each series, and what is said of it (specification 1.10 and 7)."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from labelport.findings import Finding, finding
from labelport.manifests.beside import write_beside
from labelport.manifests.chunks import ChunkedOutput, Entry, Limits, Unit
from labelport.manifests.contract import EmitContext, Emitted, Item, Series, SeriesReader, Sink
from labelport.manifests.ground_truth.detecting import SEQUENCES
from labelport.manifests.ground_truth.lines import MOST_LINE, MOST_VALUE, LinesChunk, object_line, sequence_file
from labelport.manifests.ground_truth.options import GroundTruthOptions
from labelport.manifests.ground_truth.readme import Written, ground_truth_readme
from labelport.manifests.ground_truth.sequences import SCHEME, Frames, first_out_of_order, frames_below
from labelport.manifests.holding import Holding, held
from labelport.manifests.intake import Intake, intake_by_uri
from labelport.manifests.kinds import Counted
from labelport.manifests.leftover import leftover_findings
from labelport.manifests.object_text import TextFault, text_of

TAKEN = frozenset({"image", "text"})
LISTED_FORMATS = frozenset({"jpeg", "png"})
"""Formats of images and frames [vendor's documentation, "Supported data formats"]."""

IMAGE_EXTENSIONS = frozenset([".jpg", ".jpeg", ".png"])

Form = Literal["images", "sequences", "text"]
"""What a series becomes: a line an image, one sequence, or a line a text."""


@dataclass
class _Made:
    """What one series becomes, before it has a place in a chunk."""

    form: Form
    entries: list[Entry]
    frames: Frames | None = None


@dataclass
class _Emission:
    """One run of the emitter."""

    options: GroundTruthOptions
    sink: Sink
    context: EmitContext
    intake: Intake
    chunks: ChunkedOutput
    counts: Counter[str] = field(default_factory=Counter)
    unreachable: Counted = field(default_factory=lambda: Counted("manifest.no_public_url"))
    homeless: Counted = field(default_factory=lambda: Counted("manifest.no_public_url"))
    other_media: Counted = field(default_factory=lambda: Counted("ground_truth.media_left_out"))
    unlisted: Counted = field(default_factory=lambda: Counted("ground_truth.format_unlisted"))

    def take(self, series: Series) -> None:
        """Write a series, or say why it is left out."""
        holding = held(series, self.intake, TAKEN)
        if holding is None:
            return
        form = form_of(series, holding, self.options)
        if self.options.media not in ("auto", form):
            self.other_media.add(series.row["series_id"])
            return
        made = self._texts(series, holding.items) if form == "text" else self._images(series, holding.items, form)
        if made is not None and self._add(series, holding, made):
            self._remark(series, holding, made)

    def _texts(self, series: Series, items: Sequence[Item]) -> _Made | None:
        entries: list[Entry] = []
        good = True
        for item in items:
            try:
                text = text_of(self.context, item, most=MOST_VALUE)
                entries.append(self._entry(series, "source", text))
            except TextFault as fault:
                code = "ground_truth.line_too_long" if fault.too_long else "ground_truth.text_unreadable"
                self.intake.say(code, series, f"the text was left out: {fault}", key=item.row["key"])
                good = False
        return _Made("text", entries) if good else None

    def _images(self, series: Series, items: Sequence[Item], form: Form) -> _Made | None:
        uris = [self.context.uri(item.row["store"], item.row["key"]) or "" for item in items]
        if not all(uri.startswith(SCHEME) for uri in uris):
            self.unreachable.add(series.row["series_id"])
            return None
        if form == "images":
            addresses = self.intake.addresses(series, items)
            return None if addresses is None else _Made(form, [self._entry(series, "source-ref", a) for a in addresses])
        frames = self._frames(series, items, uris) if self._home(series) else None
        if frames is None or self.intake.addresses(series, items) is None:
            return None
        place = f"{self.context.folder}{self._sequence_name(series)}"
        return _Made(form, [self._entry(series, "source-ref", str(self.context.uri("publish", place)))], frames)

    def _home(self, series: Series) -> bool:
        """Return whether sequence files can be called where they will lie."""
        home = self.context.uri("publish", self.context.folder)
        good = home is not None and home.startswith(SCHEME)
        if not good:
            self.homeless.add(series.row["series_id"])
        return good

    def _frames(self, series: Series, items: Sequence[Item], uris: Sequence[str]) -> Frames | None:
        frames = frames_below(uris)
        if frames is None:
            words = "its frames lie in several buckets, and a sequence has one prefix; the series was left out"
            self.intake.say("ground_truth.frames_apart", series, words, key=items[0].row["key"])
            return None
        place = first_out_of_order(frames.names)
        if place is not None:
            words = (
                "the worker's page orders frames by the bytes of their names, and by those this one comes before the "
                f"frame at index {place - 1}; the series was left out"
            )
            self.intake.say("ground_truth.frame_order", series, words, key=items[place].row["key"])
            return None
        return frames

    def _entry(self, series: Series, member: str, value: str) -> Entry:
        """Return a line; raises ``TextFault`` where it is too long, as one of many escapes may be."""
        key = self.options.series_key
        line = object_line({member: value, **({key: series.row["series_id"]} if key else {})})
        if len(line) > MOST_LINE:
            raise TextFault(f"its line has {len(line):,} characters; {MOST_LINE:,} are the most", too_long=True)
        return Entry("", f"{line}\n".encode())

    def _sequence_name(self, series: Series) -> str:
        return f"{self.options.manifest_name}{SEQUENCES}{series.row['series_id']}.json"

    def _add(self, series: Series, holding: Holding, made: _Made) -> bool:
        """Put a series into a chunk, and write its sequence file; return whether it has a place."""
        name = series.row["series_id"]
        reason = self.chunks.add(Unit(name, tuple(made.entries)))
        if reason is not None:
            words = f"the series alone is over a limit of a manifest, and it is never split: {reason}"
            self.intake.say("manifest.group_over_limit", series, words, key=holding.items[0].row["key"])
            return False
        self.counts[made.form] += len(made.entries)
        if made.frames is not None:
            self.counts["frames"] += len(made.frames.names)
            with self.sink.open(self._sequence_name(series)) as file:
                file.write(sequence_file(self.counts["sequences"], *made.frames))
        self.context.wrote(name)
        return True

    def _remark(self, series: Series, holding: Holding, made: _Made) -> None:
        name = series.row["series_id"]
        if len(made.entries) > 1 or holding.context:
            self.intake.ungrouped.add(name)
        unlisted = sum(
            i.media.get("kind") == "image" and i.media.get("format") not in LISTED_FORMATS for i in holding.items
        )
        if unlisted:
            self.unlisted.add(name, unlisted)

    def findings(self) -> Iterator[Finding]:
        """Yield all findings: those about objects first."""
        stage = self.intake.stage
        yield from self.intake.findings()
        words = {
            "unreachable": "the objects of {count} series have no address in S3 (the bucket is a folder or another store,"
            " and no url_base names one): these series were left out",
            "other_media": "{count} series are of another kind than `media` names, and were left out",
            "unlisted": "{count} images are neither JPEG nor PNG, which are all that Ground Truth lists",
        }
        for name, message in words.items():
            yield from getattr(self, name).findings(stage=stage, message=message)
        message = "the sequence files of {count} series would lie in `publish`, which is not in S3: they were left out"
        for found in self.homeless.findings(stage=stage, message=message):
            yield replace(found, pointer="publish", hint="`publish` in S3, or `media: images`: a line for each frame.")
        forms = [f"{self.counts[form]} {word}" for form, word in _FORM_WORDS.items() if self.counts[form]]
        if len(forms) > 1:
            message = f"the manifest holds {' and '.join(forms)}, and one labeling job takes lines of one kind"
            yield finding("ground_truth.mixed", stage=stage, message=message)


_FORM_WORDS = {"images": "images", "sequences": "sequences", "text": "texts"}


def form_of(series: Series, holding: Holding, options: GroundTruthOptions) -> Form:
    """Return what a series becomes: images in an order are a sequence, versions of one image are none."""
    if holding.kind == "text":
        return "text"
    kind = series.row["kind"]
    several_versions = kind == "versions" or len({item.row.get("version") for item in holding.items}) > 1
    alone = kind in {"single", "audio_image", "table"} and len(holding.items) == 1
    return "images" if several_versions or alone or options.media == "images" else "sequences"


def emit_ground_truth(series: SeriesReader, options: GroundTruthOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the lines of a dataset, their index, sequence files, README and list of skipped objects.

    Memory: one series, and 16 bytes for each object that is named. Texts are read one by one.
    """
    name = options.manifest_name
    intake = intake_by_uri("ground_truth", options, context, helpless=frozenset({"audio"}))
    limits = Limits(entries=options.max_entries, urls=sys.maxsize, bytes=sys.maxsize)
    chunks = ChunkedOutput(sink, name, ".jsonl", limits, LinesChunk)
    run = _Emission(options, sink, context, intake, chunks)
    for one in series:
        run.take(one)
    files = chunks.finish()
    leftover = leftover_findings(context, options, intake.stage, kinds=TAKEN, extensions=IMAGE_EXTENSIONS)
    findings = [*run.findings(), *leftover]
    if chunks.entries:
        counts = {"lines": chunks.entries, **dict(sorted(run.counts.items())), "files": len(files)}
        where = [context.uri("publish", f"{context.folder}{file}") or file for file in files]
        readme = ground_truth_readme(options, Written(where, counts), findings)
        write_beside(sink, name, readme, findings)
    return Emitted(findings, chunks.entries)
