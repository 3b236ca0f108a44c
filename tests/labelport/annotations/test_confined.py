"""Reading in workers: what they read comes back whole, and a file that ends its worker costs itself alone."""

import gc
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from labelport.annotations import confined
from labelport.annotations.confined import Confined, Lookups, park_index
from labelport.annotations.confined_work import read_parts
from labelport.annotations.contract import Parsed
from labelport.annotations.detecting import Taken, taken
from labelport.annotations.files import AnnotationFile
from labelport.annotations.gathering import Source, named
from labelport.annotations.parked import park, unpark
from labelport.annotations.places import PLACE_SCHEMA
from labelport.annotations.reading import read_annotations
from labelport.annotations.said import Said
from labelport.annotations.sources import files_at, place_of
from labelport.options import AnnotationOptions
from labelport.runners.contract import Death, Runner, Shard, ShardResult, Work
from labelport.runners.local import LocalRunner
from tests.labelport.annotations.made import a_set

VOC = (
    "<annotation><filename>{0}.jpg</filename><size><width>100</width><height>80</height><depth>3</depth></size>"
    "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
    "</annotation>"
)


@pytest.fixture(autouse=True)
def _little_to_collect() -> Iterator[None]:
    """Keep what the tests before left in memory out of collections: ``Here`` collects after each of a hundred parts."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


class Here:
    """A runner that works in this process; the parts that are named end their worker."""

    def __init__(self, *poison: str) -> None:
        self.poison = set(poison)
        self.runs = 0
        self.maps = 0

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        self.maps += 1
        for shard in shards:
            self.runs += 1
            place = Path(shard.rows.column("place")[0].as_py())
            if self.poison & set(json.loads((place / "claim.json").read_text())["parts"]):
                yield ShardResult(shard.number, shard.rows.slice(0, 0), (), (Death(0, "crashed", "signal 11"),))
            else:
                rows = read_parts(shard.rows, work.options, lambda _: None)
                yield ShardResult(shard.number, pa.Table.from_batches([rows]), (0,))

    def close(self) -> None:
        pass


def confined_in(folder: Path, runner: Runner, scratch: Path, name: str = "annotations") -> Confined:
    source = Source(name, str(folder), "auto", AnnotationOptions())
    bucket, _ = place_of(str(folder))
    scratch.mkdir()
    lookups = Lookups(park_index(PLACE_SCHEMA.empty_table(), scratch), lambda: scratch)
    return Confined(runner, source, bucket, False, lookups, scratch)


def claimed(folder: Path, source: Source) -> tuple[Taken, dict[str, AnnotationFile]]:
    files = [named(file, source) for file in files_at(str(folder))]
    [found] = taken(files, "auto", Said())
    return found, {file.name: file for file in files}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    folder = tmp_path / "labels"
    folder.mkdir()
    for name in "abcdef":
        (folder / f"{name}.xml").write_text(VOC.format(name))
    return folder


def test_what_a_worker_read_is_what_this_process_reads(labels: Path, tmp_path: Path) -> None:
    runner = LocalRunner()
    try:
        read = confined_in(labels, runner, tmp_path / "scratch")
        parsed, said = read(*claimed(labels, read.source), {})
    finally:
        runner.close()
    here = read_annotations(files_at(str(labels)))
    for table in ("images", "categories", "annotations"):
        assert getattr(parsed.annotations, table).to_pylist() == getattr(here.annotations, table).to_pylist()
    # The matcher of the worker has an index without images.
    assert {found.code for found in said.findings()} == {"name.unmatched"}


def test_the_file_that_ends_its_worker_is_found_and_named_and_all_others_are_read(labels: Path, tmp_path: Path) -> None:
    runner = Here("d.xml")
    read = confined_in(labels, runner, tmp_path / "scratch")
    parsed, said = read(*claimed(labels, read.source), {})
    assert parsed.annotations.images.column("source_file").to_pylist() == [f"{name}.xml" for name in "abcef"]
    assert [(f.file, f.severity) for f in said.findings() if f.code == "format.crashed"] == [("d.xml", "error")]
    assert runner.runs == 5, "halves of halves, not one file after the other"


def test_files_of_results_are_called_by_their_platform_on_both_sides(labels: Path, tmp_path: Path) -> None:
    read = confined_in(labels, Here(), tmp_path / "scratch", name="centaur")
    parsed, _ = read(*claimed(labels, read.source), {})
    assert parsed.annotations.images.column("source_file")[0].as_py() == "centaur:a.xml"


def test_a_hundred_claims_are_read_in_one_go_and_one_that_ends_its_worker_by_itself_again(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    for number in range(100):
        image = {"id": 1, "file_name": f"{number}.jpg", "width": 10, "height": 10}
        box = {"id": 1, "image_id": 1, "category_id": 0, "bbox": [1, 1, 2, 2]}
        body = {"images": [image], "annotations": [box], "categories": [{"id": 0, "name": "a"}]}
        (folder / f"{number:03}.json").write_text(json.dumps(body))
    runner = Here("007.json")
    read = confined_in(folder, runner, tmp_path / "scratch")
    files = {file.name: file for file in files_at(str(folder))}
    claims = taken(list(files.values()), "auto", Said())
    read.ahead(claims, files)
    made = [read(each, files, {}) for each in claims]
    assert runner.maps == 2
    assert sum(parsed.annotations.annotations.num_rows for parsed, _ in made) == 99
    assert [f.file for _, said in made for f in said.findings() if f.code == "format.crashed"] == ["007.json"]


@pytest.mark.slow
def test_a_file_that_takes_more_memory_than_is_given_costs_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    images = [{"id": n, "file_name": f"{n}.jpg", "width": 10, "height": 10} for n in range(200_000)]
    (folder / "big.json").write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    monkeypatch.setattr(confined, "MEMORY_BYTES", 24 << 20)
    runner = LocalRunner()
    try:
        read = confined_in(folder, runner, tmp_path / "scratch")
        parsed, said = read(*claimed(folder, read.source), {})
    finally:
        runner.close()
    assert parsed.annotations.images.num_rows == 0
    assert [(f.code, f.file) for f in said.findings()] == [("format.crashed", "big.json")]


def test_what_is_parked_comes_back_as_it_was(tmp_path: Path) -> None:
    said = Said()
    for line in range(30):
        said.say("csv.bad_number", "a.csv", f"{line}:1", "no number", value="x")
    rows = a_set([[1, 2, 3, 4]], names=("ä/x.jpg", "y.jpg"))
    park(tmp_path, Parsed(rows, {"yolo_origin": "centre"}, {"a.csv": {"against_centre": 3}}, format="coco_masks"), said)
    parsed, told = unpark(tmp_path)
    assert parsed.annotations.images.equals(rows.images)
    assert parsed.annotations.annotations.equals(rows.annotations)
    assert (parsed.decided, parsed.evidence, parsed.format) == (
        {"yolo_origin": "centre"},
        {"a.csv": {"against_centre": 3}},
        "coco_masks",
    )
    assert told.findings() == said.findings()
