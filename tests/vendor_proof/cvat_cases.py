"""What runs inside the environment of CVAT's versions: the manifests of every case, and the judge of the videos.

    LC_ALL=C.UTF-8 python -m tests.vendor_proof.cvat_cases FIXTURES CLIPS SCRATCH      FIXTURES may be "-"

Prints one outcome a line (``outcomes.Outcome``). The catalogues below SCRATCH are there already.
"""

import importlib.util
import json
import locale
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import av

from labelport.catalogue.outcome import DraftRefused
from labelport.catalogue.stage import Stage
from labelport.errors import LabelportError
from labelport.manifests.stage import refresh_manifest
from tests.vendor_proof.cvat_sources import TEN_BIT_OPTIONS, Source, compared_cases, manifest_name, options_of
from tests.vendor_proof.outcomes import Outcome, failed, passed
from tests.vendor_proof.tool_rules import Refused, video_manifest

PART = "cvat"
RULES = "video rules"
TEN_BIT = "10 bits"
VERSIONS = {"av": "16.0.1", "Pillow": "11.3.0", "natsort": "8.0.0"}

REFUSED = {
    "bad_empty": {"manifest.skipped", "manifest.decode_failed"},
    "bad_notimage": {"manifest.skipped", "manifest.decode_failed"},
    "bad_truncated": {"manifest.skipped", "manifest.decode_failed"},
    "bad_none": {"manifest.empty"},
    "related_loose": {"cvat.related_depth"},
    "gop109_400f.mp4": {"cvat.keyframes_too_sparse"},
    "gop250_250f.mp4": {"cvat.keyframes_too_sparse"},
    "irregular_bad_327f.mp4": {"cvat.keyframes_too_sparse"},
    "late_keys_bad.mp4": {"cvat.keyframes_too_sparse"},
    "hevc.mp4": {"cvat.timestamps_not_increasing"},
    "notvideo.mp4": {"manifest.skipped"},
}
"""What we say where the tool gives up, by case or by video (README of the fixtures)."""


@dataclass(frozen=True)
class Emitted:
    """A manifest's folder, and the codes of its findings with the objects that they are about."""

    folder: Path
    findings: frozenset[tuple[str, str]]

    def about(self, video: str | None) -> set[str]:
        """Return the codes of the findings about a video, or of all."""
        return {code for code, file in self.findings if video in (None, file)}


class Manifests:
    """Our manifests, each written once."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._emitted: dict[str, Emitted] = {}

    def of(self, source: Source, options: dict[str, Any]) -> Emitted:
        """Return the manifest of a source; raises ``LabelportError``."""
        name = manifest_name(options)
        key = f"{source.catalogue(self._scratch)} {name}"
        if key not in self._emitted:
            self._emitted[key] = self._write(source, {"platform": "cvat", "name": name, **options})
        return self._emitted[key]

    def _write(self, source: Source, manifest: dict[str, Any]) -> Emitted:
        dataset = source.dataset(self._scratch, manifest)
        folder = source.catalogue(self._scratch) / "manifests" / manifest["name"]
        try:
            refresh_manifest(dataset, manifest["name"])
        except DraftRefused as refused:
            return Emitted(folder, frozenset({("manifest.empty", str(refused))}))
        stage = Stage(dataset.publish, f"{manifest['name']}_manifest", dataset=dataset.name)
        rows = stage.require().table("findings").to_pylist()
        return Emitted(folder, frozenset((row["code"], row["file"]) for row in rows))


def fixture_outcomes(fixtures: Path, manifests: Manifests) -> Iterator[Outcome]:
    """Compare every case of the fixtures that has an answer."""
    for case in compared_cases(fixtures):
        name = case["case"]
        source = Source.of(fixtures, case["source"])
        try:
            emitted = manifests.of(source, options_of(case, video=source.video is not None))
        except LabelportError as error:
            absent = case["exit"] == 1 and not source.folder.exists()
            yield passed(PART, name, "refused by both: it is not there") if absent else failed(PART, name, str(error))
            continue
        if case["exit"] == 0:
            kind = "pointcloud" if "3D" in case["options"] else "images"
            ours = emitted.folder / (f"video/{source.video}" if source.video else kind)
            yield compared(name, ours, fixtures / "out" / name)
        else:
            yield refused(name, source, emitted)


def compared(name: str, ours: Path, theirs: Path) -> Outcome:
    """Return whether manifest and index are equal byte for byte."""
    wanted = {each: (theirs / each).read_bytes() for each in ("manifest.jsonl", "index.json")}
    entries = len(json.loads(wanted["index.json"]))
    for each, body in wanted.items():
        path = ours / each
        found = path.read_bytes() if path.is_file() else b""
        if found != body:
            return failed(PART, name, f"{each} differs: {difference(found, body)}", entries=entries)
    return passed(PART, name, "byte-equal", entries=entries)


def difference(ours: bytes, theirs: bytes) -> str:
    """Return the first line that differs, as both wrote it."""
    if not ours:
        return "we write none"
    pairs = zip(ours.splitlines(), theirs.splitlines(), strict=False)
    for number, (mine, wanted) in enumerate(pairs, start=1):
        if mine != wanted:
            return f"line {number}: {mine.decode()} instead of {wanted.decode()}"
    return f"{len(ours.splitlines())} lines instead of {len(theirs.splitlines())}"


def refused(name: str, source: Source, emitted: Emitted) -> Outcome:
    """Return whether we say why, where the tool gave up; a video that it refuses has no manifest of ours."""
    wanted, said = REFUSED.get(source.video or name, set()), emitted.about(source.video)
    if source.video and (emitted.folder / "video" / source.video).exists():
        return failed(PART, name, "the tool refuses it and we write a manifest")
    if not wanted & said:
        return failed(PART, name, f"the tool refuses it, and we say {sorted(said)} instead of {sorted(wanted)}")
    return passed(PART, name, f"the tool refuses it, we say {', '.join(sorted(wanted & said))}")


def judged(path: Path, *, force: bool) -> bytes | str:
    """Return the manifest that the judge makes of a video, or why it makes none."""
    try:
        return video_manifest(path, force=force)
    except (Refused, av.FFmpegError) as error:
        return str(error)


def rule_outcomes(fixtures: Path) -> Iterator[Outcome]:
    """Hold the judge itself against what the tool wrote of the fixtures' videos."""
    for case in ("video", "video_force"):
        videos = sorted((fixtures / "in" / "video").iterdir())
        wrong: list[str] = []
        for path in videos:
            theirs = fixtures / "out" / case / path.name / "manifest.jsonl"
            found = judged(path, force=case == "video_force")
            agrees = found == theirs.read_bytes() if theirs.is_file() else isinstance(found, str)
            if not agrees:
                wrong.append(path.name)
        words = f"the judge differs from the tool in {', '.join(wrong)}" if wrong else "the judge agrees with the tool"
        yield (failed if wrong else passed)(RULES, case, words, entries=len(videos))


def ten_bit_outcomes(clips: Path, manifests: Manifests) -> Iterator[Outcome]:
    """Compare our manifests of clips of 10 bits with those of the judge."""
    for path in sorted(clips.iterdir()):
        emitted = manifests.of(Source(clips, video=path.name), TEN_BIT_OPTIONS)
        ours = emitted.folder / "video" / path.name / "manifest.jsonl"
        found = ours.read_bytes() if ours.is_file() else b""
        wanted = judged(path, force=False)
        if isinstance(wanted, str):
            good = not found and bool(emitted.about(path.name))
            words = f"the rules: {wanted}; we: {', '.join(sorted(emitted.about(path.name)))}"
            yield (passed if good else failed)(TEN_BIT, path.name, words)
            continue
        entries = len(wanted.splitlines()) - 3
        if found == wanted:
            yield passed(TEN_BIT, path.name, "byte-equal to the judge", entries=entries)
        else:
            yield failed(TEN_BIT, path.name, difference(found, wanted), entries=entries)


def environment_outcome() -> Outcome:
    """Return whether this environment is the one in which the tool wrote the fixtures."""
    found = {name: version(name) for name in VERSIONS}
    odd = [f"{name} {found[name]}" for name in VERSIONS if found[name] != VERSIONS[name]]
    if importlib.util.find_spec("icu") is not None:
        odd.append("PyICU")
    place = locale.setlocale(locale.LC_ALL, "")
    if place != "C.UTF-8":
        odd.append(f"locale {place}")
    words = ", ".join(f"{name} {number}" for name, number in found.items())
    return failed(PART, "environment", ", ".join(odd)) if odd else passed(PART, "environment", f"{words}, no PyICU")


def main(arguments: Sequence[str]) -> int:
    """Print the outcomes, one a line, as they come."""
    fixtures, clips, scratch = arguments
    manifests = Manifests(Path(scratch))
    parts: list[Iterable[Outcome]] = [[environment_outcome()]]
    if fixtures != "-":
        parts += [fixture_outcomes(Path(fixtures), manifests), rule_outcomes(Path(fixtures))]
    parts.append(ten_bit_outcomes(Path(clips), manifests))
    for outcome in chain.from_iterable(parts):
        print(outcome.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
