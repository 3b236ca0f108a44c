"""The part of CVAT: its versions in an environment of their own, the fixtures' cases, and clips of 10 bits."""

import subprocess
import tempfile
from collections.abc import Generator, Iterator
from importlib.metadata import version
from pathlib import Path
from threading import Timer

from tests.needs import ROOT, SHARED
from tests.servers import end_group, environment
from tests.vendor_proof.cvat_sources import TEN_BIT_OPTIONS, Source, catalogued, compared_cases, manifest_name
from tests.vendor_proof.environments import HOME, EnvironmentAbsent, environment_of
from tests.vendor_proof.outcomes import Outcome, failed, skipped
from tests.vendor_proof.ten_bit import ten_bit_clips
from tests.vendor_proof.tool_rules import video_manifest

PART = "cvat"
FIXTURES = SHARED / "fixtures" / "cvat"
REQUIREMENTS = Path(__file__).with_name("cvat.txt")
SECONDS = 600
"""The comparison itself took some 60 s."""


def cvat_outcomes() -> Generator[Outcome | str, None, None]:
    """Yield outcomes, and in between words about what is being done."""
    yield "cvat: CVAT's own tool is on no package index; its files of shared/fixtures/cvat stand for it"
    yield "cvat: making or finding the environment of av 16.0.1, Pillow 11.3.0, natsort 8.0.0"
    try:
        python = environment_of(REQUIREMENTS, with_labelport=True)
    except EnvironmentAbsent as absent:
        yield skipped(PART, "all cases", "cvat-environment", str(absent))
        return
    with tempfile.TemporaryDirectory(prefix="lp-proof-") as temporary:
        scratch, clips = Path(temporary, "catalogues"), Path(temporary, "clips")
        clips.mkdir()
        for name, reason in ten_bit_clips(clips):
            if reason:
                yield skipped("10 bits", name, "encoders", reason)
        sources = [Source(clips)]
        if FIXTURES.exists():
            sources += [Source.of(FIXTURES, case["source"]) for case in compared_cases(FIXTURES)]
        else:
            yield skipped(PART, "all cases", "fixtures", "the shared fixtures are not beside this checkout")
        yield "cvat: listing, probing and grouping what the cases are made of (project's environment)"
        for folder in catalogued(sources, scratch):
            yield f"cvat: read {folder.name}"
        yield from _compared(python, clips, scratch)
        yield _other_versions(clips, scratch)


def _compared(python: Path, clips: Path, scratch: Path) -> Iterator[Outcome]:
    """Yield what the other environment says; its other words go to a log."""
    fixtures = str(FIXTURES) if FIXTURES.exists() else "-"
    command = [str(python), "-m", "tests.vendor_proof.cvat_cases", fixtures, str(clips), str(scratch)]
    log = HOME / "cvat.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(LC_ALL="C.UTF-8", LANG="C.UTF-8"), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=said, start_new_session=True,
        )  # fmt: skip
        clock = Timer(SECONDS, end_group, [process])
        clock.start()
        try:
            for line in process.stdout or ():
                yield Outcome.of_line(line.decode())
            process.wait()
        finally:
            clock.cancel()
            end_group(process)
    if process.returncode:
        yield failed(PART, "comparison", f"it broke off: {log.read_text(errors='replace')[-800:]}")


def _other_versions(clips: Path, scratch: Path) -> str:
    """Return in how many clips of 10 bits the project's own PyAV comes to another manifest."""
    folder = Source(clips).catalogue(scratch) / "manifests" / manifest_name(TEN_BIT_OPTIONS) / "video"
    written = {path.parent.name: path.read_bytes() for path in folder.glob("*/manifest.jsonl")}
    other = [name for name in sorted(written) if video_manifest(clips / name, force=False) != written[name]]
    words = f": {', '.join(other)}" if other else ""
    return f"10 bits: with av {version('av')} {len(other)} of {len(written)} clips have other checksums{words}"
