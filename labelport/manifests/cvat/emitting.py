"""Emitting CVAT's manifests: one for all images, one for all clouds, one for each video (specification 2.14)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from labelport.manifests.beside import toolchain, write_beside
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.cvat import exact, lines
from labelport.manifests.cvat.arranging import Row, WithContexts, arranged
from labelport.manifests.cvat.checksums import Checksums
from labelport.manifests.cvat.gathering import Entry, Gathered, entry_of, gather
from labelport.manifests.cvat.layouts import stem_of
from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.cvat.placing import (
    CLOUDS,
    CLOUDS_INDEX,
    IMAGES,
    IMAGES_INDEX,
    no_output_because,
    video_outputs,
)
from labelport.manifests.cvat.readme import Written, readme_of
from labelport.manifests.cvat.surveying import survey
from labelport.manifests.cvat.unique import NAME_TAKEN, STANDS_ALREADY, UniquePaths
from labelport.manifests.emission import stage_name


@dataclass(frozen=True)
class _Kind:
    """One kind of objects that stand in one manifest."""

    name: str
    """images or clouds: that of the facts in the cache."""

    output: str
    index: str
    entry: Callable[..., dict[str, Any]]
    checksums: Callable[[Iterable[Row], exact.Source], Checksums]


_IMAGES = _Kind("images", IMAGES, IMAGES_INDEX, lines.image_entry, exact.image_checksums)
_CLOUDS = _Kind("clouds", CLOUDS, CLOUDS_INDEX, lines.cloud_entry, exact.cloud_checksums)


@dataclass
class _Emission:
    """One run of the emitter, after gathering."""

    gathered: Gathered
    sink: Sink
    context: EmitContext
    source: exact.Source | None
    """Where objects are read; null: nothing is decoded."""

    written: Written = field(default_factory=Written)
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._told = bytearray(self.gathered.series)

    def objects(self, kind: _Kind, entries: WithContexts) -> int:
        """Write the manifest of all images or of all clouds; return the number of its entries."""
        options = self.gathered.options
        with arranged(entries, options, by_path=kind is _IMAGES) as rows:
            found: Checksums | None = None
            if options.mode == "exact" and self.source is not None:
                found = kind.checksums(rows, self.source)
                self.facts[kind.name] = found.kept()
            count = lines.write_manifest(
                self.sink,
                kind.output,
                lines.header("images", version=options.version),
                self._lines(kind, rows, found),
                index=kind.index if options.index in ("auto", True) else None,
            )
        if count:
            self.written.outputs.append(kind.output)
            if options.index in ("auto", True):
                self.written.outputs.append(kind.index)
        return count

    def _lines(self, kind: _Kind, rows: Iterable[Row], found: Checksums | None) -> Iterator[bytes]:
        version = self.gathered.options.version
        for number, row in enumerate(rows):
            entry = entry_of(row)
            width, height, checksum = entry.width, entry.height, None
            if found is not None:
                facts = found.facts(number)
                if facts is None:
                    why = found.errors.get(number, "it was lost")
                    self.gathered.say_of(entry.path, "manifest.decode_failed", why)
                    continue
                checksum = facts.checksum
                width, height = (facts.width or width), (facts.height or height)
            self._tell(entry)
            line = kind.entry(entry.path, width, height, checksum=checksum, related=row[-1], version=version)
            yield lines.line(line)

    def _tell(self, entry: Entry) -> None:
        if entry.series_id is not None and not self._told[entry.series]:
            self._told[entry.series] = 1
            self.context.wrote(entry.series_id)

    def say_clashes(self, unique: UniquePaths) -> None:
        """Say which objects have no entry since their name is another one's."""
        for path, is_same in unique.left_out():
            if is_same:
                self.gathered.say_of(path, "manifest.duplicate_url", STANDS_ALREADY)
            else:
                self.gathered.say_of(path, "manifest.key_unsafe", NAME_TAKEN)

    def videos(self) -> int:
        """Write one manifest a video; return the number of entries over all."""
        options, gathered = self.gathered.options, self.gathered
        good: dict[str, Entry] = {}
        for entry in map(entry_of, gathered.videos):
            reason = no_output_because(entry.path, index=options.index is True)
            if reason:
                words = f"the name of its manifest, made of its key, {reason}"
                gathered.say_of(entry.path, "manifest.key_unsafe", words)
            else:
                good[entry.path] = entry
        if not good or self.source is None:
            return 0
        objects = ((path, entry.size, entry.token) for path, entry in good.items())
        found = exact.video_facts(objects, self.source, force=options.force)
        self.facts["videos"] = exact.keepable(found, self.source)
        entries = 0
        for path in sorted(found):
            if "facts" not in found[path]:
                gathered.say_of(path, found[path]["code"], found[path]["error"])
                continue
            entries += self._video(path, json.loads(found[path]["facts"]))
            self._tell(good[path])
        return entries

    def _video(self, path: str, facts: Mapping[str, Any]) -> int:
        options = self.gathered.options
        name, index = video_outputs(path, index=options.index is True)
        head = lines.video_header(
            path.rsplit("/", 1)[-1],
            facts["resolution"],
            facts["length"],
            facts["chapters"],
            version=options.version,
        )
        frames = (lines.line({"number": n, "pts": pts, "checksum": md5}) for n, pts, md5 in facts["frames"])
        self.written.outputs += [name] if index is None else [name, index]
        self.written.videos += 1
        return lines.write_manifest(self.sink, name, head, frames, index=index)


def emit_cvat(series: SeriesReader, options: CvatOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the manifests of a prefix, and beside them README and skipped list.

    Nothing is written where there is no entry. Memory: 100,000 images while they are sorted, eight bytes
    for each object, and in exact mode 40 more.
    """
    with (
        closing(survey(series, options, context, stage_name(options.manifest_name))) as surveyed,
        closing(gather(series, options, context, surveyed)) as gathered,
    ):
        gathered.findings[:0] = surveyed.findings
        reads = options.mode == "exact" or gathered.videos.count > 0
        source = exact.source_of(options, context, cache(context.runner)) if reads else None
        run = _Emission(gathered, sink, context, source)
        for unique in (gathered.images, gathered.clouds, gathered.videos):
            run.say_clashes(unique)
        images = WithContexts(gathered.images, surveyed.image_contexts, lambda row: row[0])
        clouds = WithContexts(gathered.clouds, surveyed.cloud_contexts, lambda row: stem_of(row[0]))
        run.written.images = run.objects(_IMAGES, images)
        run.written.clouds = run.objects(_CLOUDS, clouds)
        run.written.key_frames = run.videos()
    findings = list(dict.fromkeys(gathered.findings))
    if run.written.entries:
        write_beside(sink, options.manifest_name, readme_of(options, run.written, findings), findings)
    kept = {"toolchain": toolchain(*exact.TOOLS), **run.facts} if any(run.facts.values()) else {}
    return Emitted(findings, run.written.entries, kept)
