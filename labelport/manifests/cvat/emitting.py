"""Emitting CVAT's manifests: one for all images, one for each video (specification 2.14)."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain, write_beside
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.cvat import exact, lines
from labelport.manifests.cvat.gathering import (
    Gathered,
    clashing,
    gather,
    gathered_for,
    image_order,
    survey,
    without_clashes,
)
from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.ordering import SortedRows
from labelport.manifests.sink import unsafe_because
from labelport.runners.contract import Runner

IMAGES = "images/manifest.jsonl"
IMAGES_INDEX = "images/index.json"


def video_outputs(path: str, *, index: bool) -> tuple[str, str | None]:
    """Return the names of a video's manifest and index below the manifest's folder.

    They follow the video's own path, since the file belongs beside the video; a path that could leave
    the folder is refused before (``unsafe_because``), never rewritten.
    """
    if index:
        return f"video/{path}/manifest.jsonl", f"video/{path}/index.json"
    return f"video/{path}.manifest.jsonl", None


@dataclass
class _Emission:
    """One run of the emitter, after gathering."""

    gathered: Gathered
    options: CvatOptions
    sink: Sink
    context: EmitContext
    runner: Callable[[], Runner]
    facts: dict[str, Any] = field(default_factory=dict)

    def images(self, related: Mapping[str, list[str]]) -> int:
        """Write the manifest of all images; return the number of its entries."""
        gathered = self.gathered
        for key in clashing(gathered):
            gathered.say("manifest.key_unsafe", key, "with its backslash as a slash the key is that of another object")
        found: dict[str, exact.Facts] | None = None
        if self.options.mode == "exact":
            objects = ((row[0], row[1], row[2]) for row in without_clashes(gathered))
            found = exact.image_facts(objects, self.context, self.runner)
            self.facts["images"] = exact.keepable(found)
            for key in sorted(key for key in found if "error" in found[key]):
                gathered.say("manifest.decode_failed", key, found[key]["error"])
        return lines.write_manifest(
            self.sink,
            IMAGES,
            lines.header("images", version=self.options.version),
            self._image_lines(related, found),
            index=IMAGES_INDEX if self.options.index in ("auto", True) else None,
        )

    def _image_lines(self, related: Mapping[str, list[str]], found: dict[str, exact.Facts] | None) -> Iterator[bytes]:
        for path, _, _, width, height, _ in without_clashes(self.gathered):
            facts = {"width": width, "height": height} if found is None else found.get(path, {"error": "lost"})
            if "error" in facts:
                continue
            entry = lines.image_entry(
                path,
                facts["width"],
                facts["height"],
                checksum=facts.get("checksum"),
                related=related.get(path, ()),
                version=self.options.version,
            )
            yield lines.line(entry)

    def videos(self) -> tuple[list[str], int]:
        """Write one manifest a video; return the videos that got one, and the number of entries."""
        good: list[tuple[str, int, str]] = []
        for path, size, token in self.gathered.videos:
            reason = unsafe_because(video_outputs(path, index=self.options.index is True)[0])
            if reason:
                self.gathered.say("manifest.key_unsafe", path, f"the name of its manifest, made of its key, {reason}")
            else:
                good.append((path, size, token))
        found = exact.video_facts(good, self.context, self.runner, force=self.options.force)
        self.facts["videos"] = exact.keepable(found)
        written: list[str] = []
        entries = 0
        for path in sorted(found):
            if "facts" not in found[path]:
                self.gathered.say(found[path]["code"], path, found[path]["error"])
                continue
            entries += self._video(path, json.loads(found[path]["facts"]))
            written.append(path)
        return written, entries

    def _video(self, path: str, facts: Mapping[str, Any]) -> int:
        name, index = video_outputs(path, index=self.options.index is True)
        head = lines.video_header(
            path.rsplit("/", 1)[-1],
            facts["resolution"],
            facts["length"],
            facts["chapters"],
            version=self.options.version,
        )
        frames = (lines.line({"number": n, "pts": pts, "checksum": md5}) for n, pts, md5 in facts["frames"])
        return lines.write_manifest(self.sink, name, head, frames, index=index)


def emit_cvat(series: SeriesReader, options: CvatOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the manifests of a prefix, and beside them README and skipped list.

    Nothing is written where there is no entry. Memory: 200,000 images while they are sorted, and in
    exact mode one checksum each.
    """
    with SortedRows(image_order(options)) as images, SortedRows(lambda row: row[0]) as videos:
        gathered = gathered_for(options, images, videos)
        gather(series, options, context, gathered)
        related = survey(options, context, gathered)
        run = _Emission(gathered, options, sink, context, cache(context.runner))
        image_entries = run.images(related)
        written, video_entries = run.videos()
    entries = image_entries + video_entries
    if entries:
        counts = {"images": image_entries, "videos": len(written), "key frames": video_entries}
        base = options.manifest_name
        write_beside(sink, base, _readme(options, counts, written, gathered.findings), gathered.findings)
    kept = {"toolchain": toolchain(*exact.TOOLS), **run.facts} if any(run.facts.values()) else {}
    return Emitted(gathered.findings, entries, kept)


def _readme(options: CvatOptions, counts: Mapping[str, int], videos: list[str], findings: list[Finding]) -> bytes:
    index = options.index is True
    paragraphs = [
        "CVAT reads these files when a task is made from cloud storage. Names in a manifest are relative to the\n"
        "manifest's own folder, so each file works only where this page says. One task takes one of them:\n"
        "at most one .jsonl may be among its inputs.",
    ]
    if counts["images"]:
        paragraphs.append(
            f"{IMAGES}\n  copy it to <data root>/manifest.jsonl"
            + (", and images/index.json to <data root>/index.json" if options.index is not False else "")
            + f"\n  The task's sorting must be {options.sorting}, and its files exactly those of the manifest."
        )
    if videos:
        paragraphs.append(
            "\n".join(
                f"{video_outputs(path, index=index)[0]}\n  copy it to <data root>/{video_outputs(path, index=index)[0][6:]}"
                for path in videos
            )
        )
        paragraphs.append(
            "CVAT before mid-2026 fails on a video manifest that it takes for one of point clouds\n"
            "(\"'name' is required, but not found\")."
        )
    return readme(
        "CVAT dataset manifest",
        paragraphs,
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts=counts,
        tools=toolchain("labelport", *exact.TOOLS),
        findings=findings,
    )
