"""DICOMDIRs as a cross-check: what they name in vain, what none of them names."""

import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data.data_manager import DATA_ROOT
from pydicom.fileset import FileSet

from labelport.series.dicom.directory import directory_findings, loose_name
from labelport.series.stage import refresh_series
from labelport.series.where import admission
from tests.labelport.probing.dicom_files import data_set
from tests.labelport.series.dicom_groups import folder_media
from tests.labelport.series.made import MemoryTables, Row, built, grouper, media_row, media_tables
from tests.labelport.series.test_builder import same
from tests.labelport.series.test_stage import dataset_in, live, publish_media
from tests.needs import fixtures

DICOM = grouper({"rule": "dicom"})
DISCS = Path(DATA_ROOT) / "test_files" / "dicomdirtests"

Told = dict[tuple[str, str], tuple[int, str]]


def image(key: str, **more: Any) -> Row:
    return media_row(key, "dicom", format="dicom", **more)


def directory(key: str, *files: str, flags: Sequence[str] = (), token: str = "t1") -> Row:
    return image(key, status="not_media", dicom={"directory_files": list(files)}, flags=list(flags), token=token)


def told(tables: MemoryTables) -> Told:
    """Return count and value of each finding, by what it says (missing, extra) and the DICOMDIR."""
    return {
        (row["code"].rpartition("_")[2], row["file"]): (row["count"], row["value"])
        for row in tables.rows("findings")
        if row["code"].startswith("series.directory")
    }


def words(rows: Sequence[Row]) -> str:
    return " ".join(row["message"] for row in found(rows))


def found(rows: Sequence[Row]) -> list[Row]:
    return [row for row in built(rows, DICOM).rows("findings") if row["code"].startswith("series.directory")]


def compared(rows: Sequence[Row]) -> Told:
    """Return the same without a build of all groups."""
    all_of = directory_findings(media_tables(rows), admission(None))
    return {(one.code.rpartition("_")[2], one.file): (one.count, str(one.value)) for one in all_of}


def read(folder: Path) -> Told:
    return compared(folder_media(folder).to_pylist())


def test_what_is_named_and_not_there_and_what_is_there_and_not_named_is_told() -> None:
    rows = [directory("cd/DICOMDIR", "A/I1", "A/I2", "A/I3"), image("cd/A/I1"), image("cd/A/I9"), image("other/I2")]
    assert told(built(rows, DICOM)) == {
        ("missing", "cd/DICOMDIR"): (2, "A/I2, A/I3"),
        ("extra", "cd/DICOMDIR"): (1, "A/I9"),
    }
    missing, extra = sorted(found(rows), key=lambda row: str(row["code"]), reverse=True)
    assert missing["message"] == "Of the 3 files that this DICOMDIR names, 2 are not here."
    assert (missing["severity"], extra["severity"], extra["pointer"]) == ("warning", "info", "")


def test_what_is_there_may_be_of_any_kind_and_what_is_no_dicom_is_never_extra() -> None:
    rows = [directory("DICOMDIR", "README", "I1"), media_row("README", "text"), image("I1", status="unreadable")]
    rows += [media_row("autorun.inf", "text"), image("noise", status="not_media")]
    assert told(built(rows, DICOM)) == {}


def test_names_are_found_in_another_case_with_a_version_and_with_a_final_dot() -> None:
    keys = ["cd/a/i1", "cd/A/I2;1", "cd/A/I3.;1", "cd/A/I4."]
    rows = [directory("cd/DICOMDIR", "A/I1", "A/I2", "A/I3", "A/I4", "A/I5"), *map(image, keys)]
    assert told(built(rows, DICOM)) == {("missing", "cd/DICOMDIR"): (1, "A/I5")}
    assert "Found under a name that differs in case, a final dot or ;1: 4." in words(rows)


def test_one_name_stands_for_one_object_and_the_exact_one_comes_first() -> None:
    rows = [directory("DICOMDIR", "A/I1"), image("A/I1"), image("A/i1"), image("a/I1;1")]
    assert told(built(rows, DICOM)) == {("extra", "DICOMDIR"): (2, "A/i1, a/I1;1")}


def test_the_folder_of_the_dicomdir_is_taken_as_it_is() -> None:
    rows = [directory("CD/DICOMDIR", "I1"), image("cd/I1"), image("CD;1/I1")]
    assert told(built(rows, DICOM)) == {("missing", "CD/DICOMDIR"): (1, "I1")}


def test_the_nearest_dicomdir_above_an_object_should_name_it() -> None:
    rows = [directory("DICOMDIR", "A/I1", "B/I1"), directory("A/DICOMDIR", "I2"), image("A/I1"), image("A/I2")]
    rows += [image("B/I1"), image("B/I2")]
    assert told(built(rows, DICOM)) == {("extra", "A/DICOMDIR"): (1, "I1"), ("extra", "DICOMDIR"): (1, "B/I2")}


def test_of_several_in_one_folder_any_may_name_an_object() -> None:
    rows = [directory("a/DICOMDIR", "I1"), directory("a/DICOMDIR.old", "I2"), *map(image, ("a/I1", "a/I2", "a/I3"))]
    assert told(built(rows, DICOM)) == {("extra", "a/DICOMDIR"): (1, "I3")}
    assert "none of its 2 DICOMDIRs names: 1." in words(rows)


def test_an_empty_dicomdir_names_nothing() -> None:
    assert told(built([directory("a/DICOMDIR"), image("a/I1")], DICOM)) == {("extra", "a/DICOMDIR"): (1, "I1")}
    assert told(built([directory("a/DICOMDIR")], DICOM)) == {}


def test_what_was_read_in_part_is_compared_and_said_to_be_a_part() -> None:
    rows = [directory("DICOMDIR", "I1", flags=["directory_partial", "directory_bad_file_id"]), image("I2")]
    assert len(told(built(rows, DICOM))) == 2
    assert "more may be missing" in words(rows)
    assert "it may name them" in words(rows)
    assert "no File IDs of the standard" in words(rows)


def test_long_lists_are_cut_and_counted() -> None:
    rows = [directory("DICOMDIR", *(f"I{n:03}" for n in range(99, 0, -1)))]
    count, value = told(built(rows, DICOM))["missing", "DICOMDIR"]
    assert count == 99
    assert value.startswith("I001, I002, ")
    assert value.endswith(" … (99 in all)")


def test_where_leaves_dicomdirs_out_and_two_rules_say_it_once() -> None:
    rows = [directory("a/DICOMDIR", "I1"), directory("b/DICOMDIR", "I1")]
    only = grouper({"rule": "dicom", "where": {"key": "a/*"}})
    assert set(told(built(rows, only))) == {("missing", "a/DICOMDIR")}
    twice = grouper({"rule": "dicom", "where": {"key": "a/*"}}, {"rule": "dicom"})
    assert {at: count for at, (count, _) in told(built(rows, twice)).items()} == {
        ("missing", "a/DICOMDIR"): 1,
        ("missing", "b/DICOMDIR"): 1,
    }


def test_nothing_is_read_where_everything_is_media() -> None:
    class Untouchable(MemoryTables):
        def batches(self, table: str, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
            raise AssertionError

    (placed,) = DICOM.rules
    inspect: Any = placed.rule
    assert list(inspect.inspect(Untouchable({}), {"ok": 5, "truncated": 1})) == []


def test_the_disc_of_dcm_qa_ct_lies_elsewhere() -> None:
    told_of = read(fixtures("dicom", "dcm_qa_ct"))
    assert {at: count for at, (count, _) in told_of.items()} == {
        ("missing", "DICOMDIR"): 433,
        ("extra", "DICOMDIR"): 28,
    }
    assert told_of["extra", "DICOMDIR"][1].startswith("In/GE/01.dcm, ")


def test_the_disc_of_pydicom_is_whole_by_each_of_its_directories() -> None:
    told_of = read(DISCS)
    # The inner disc lists 50 files of which pydicom ships all; the eight outer directories are of the outer files.
    assert told_of == {}


def test_a_disc_written_by_pydicom_is_whole_until_a_file_goes_or_comes(tmp_path: Path) -> None:
    disc = FileSet()
    for number in range(1, 8):
        made = data_set(
            number, PatientID="p", PatientName="Zaphod^B", StudyDate="20200101", StudyTime="01", StudyID="1"
        )
        disc.add(made)
    disc.write(tmp_path)
    assert read(tmp_path) == {}
    one, two, *_ = sorted(file for file in tmp_path.rglob("*") if file.is_file() and file.name != "DICOMDIR")
    named = one.relative_to(tmp_path).as_posix()
    two.rename(two.with_name(two.name.lower() + ".;1"))
    one.rename(one.with_name("COPY"))
    assert read(tmp_path) == {
        ("missing", "DICOMDIR"): (1, named),
        ("extra", "DICOMDIR"): (1, named.rpartition("/")[0] + "/COPY"),
    }


def test_the_stage_says_it_anew_in_each_run(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, [{"rule": "dicom"}])
    disc = [directory(f"cd{n}/DICOMDIR", "A/I1", "A/I2") for n in range(3)]
    both = [image(f"cd{n}/A/I{m}") for n in range(3) for m in (1, 2)]

    def said(rows: Sequence[Row]) -> Told:
        publish_media(dataset, rows)
        refresh_series(dataset)
        return told(MemoryTables({"findings": live(dataset).table("findings")}))

    assert said([*disc, *both]) == {}
    assert said([*disc, *both[1:]]) == {("missing", "cd0/DICOMDIR"): (1, "A/I1")}
    named = directory("cd0/DICOMDIR", "A/I2", token="t2")
    assert said([named, *disc[1:], *both[1:]]) == {}
    assert said([named, *disc[1:], *both]) == {("extra", "cd0/DICOMDIR"): (1, "A/I1")}
    assert said(both) == {}


NAMES = ("I1", "i1", "I1;1", "I1.", "I1.;1", "I2", "A/I1", "a/I1", "A/I2")
FOLDERS = ("", "A/", "A/B/", "A/B!/", "C/")
KEYS = [f"{folder}{name}" for folder in FOLDERS for name in NAMES]
DIRECTORIES = [f"{folder}{name}" for folder in FOLDERS for name in ("DICOMDIR", "DICOMDIR2")]
FILES = st.lists(st.sampled_from(["I1", "I2", "A/I1", "A/I2", "B/I1", "A/B/I2"]), unique=True, max_size=4)
BUCKETS = st.tuples(st.sets(st.sampled_from(KEYS)), st.dictionaries(st.sampled_from(DIRECTORIES), FILES, max_size=5))


def rows_of(keys: set[str], directories: Mapping[str, Sequence[str]]) -> list[Row]:
    named = [directory(key, *files, token=repr(files)) for key, files in directories.items()]
    return [*map(image, sorted(keys)), *named]


def by_hand(keys: set[str], directories: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], int]:
    """Count what is missing and extra, object by object."""
    counts: dict[tuple[str, str], int] = {}
    named: dict[str, set[str]] = {}
    for key, files in directories.items():
        folder = key[: key.rfind("/") + 1]
        below = sorted(one for one in keys if one.startswith(folder))
        of = {one: one for one in below if one.removeprefix(folder) in files}
        for file in files:
            alike = [one for one in below if one not in of and loose_name(one) == loose_name(folder + file)]
            if folder + file not in of and alike:
                of[alike[0]] = folder + file
        named.setdefault(folder, set()).update(of)
        if len(files) > len(of):
            counts["missing", key] = len(files) - len(of)
    for folder, of_folder in named.items():
        nearest = [
            one for one in keys
            if folder == max((other for other in named if one.startswith(other)), key=len, default=None)
        ]  # fmt: skip
        extra = len(set(nearest) - of_folder)
        if extra:
            counts["extra", min(key for key in directories if key[: key.rfind("/") + 1] == folder)] = extra
    return counts


@settings(max_examples=80, deadline=None)
@given(BUCKETS)
def test_the_pass_over_keys_finds_what_is_found_by_hand(bucket: tuple[set[str], dict[str, list[str]]]) -> None:
    media = media_tables(rows_of(*bucket))
    made = {(one.code.rpartition("_")[2], one.file): one.count for one in directory_findings(media, admission(None))}
    assert made == by_hand(*bucket)


@settings(max_examples=8, deadline=None)
@given(st.lists(BUCKETS, min_size=2, max_size=4))
def test_after_any_changes_findings_are_those_of_a_build_from_nothing(
    history: list[tuple[set[str], dict[str, list[str]]]],
) -> None:
    tables = None
    for bucket in history:
        rows = rows_of(*bucket)
        tables = built(rows, DICOM, tables)
        same(tables, built(rows, DICOM))


class Disc:
    """Many keys below one DICOMDIR, in batches as a catalogue has them."""

    def __init__(self, count: int, named: int) -> None:
        keys = [f"cd/D{n // 1000:04}/I{n % 1000:03}" for n in range(count)]
        self._directory = media_tables([directory("cd/DICOMDIR", *(key.removeprefix("cd/") for key in keys[:named]))])
        self._rows = [
            pa.RecordBatch.from_pydict(
                {
                    "key": part,
                    "kind": ["dicom"] * len(part),
                    "format": ["dicom"] * len(part),
                    "status": ["ok"] * len(part),
                    "size": [1] * len(part),
                }
            )
            for part in (keys[start : start + 50_000] for start in range(0, count, 50_000))
        ]

    def batches(self, table: str, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        assert columns is not None
        yield from (batch.select(list(columns)) for batch in self._rows)
        yield from self._directory.batches(table, columns=columns)

    def lookup(self, table: str, keys: pa.Table, *, columns: Sequence[str] | None = None) -> pa.Table:
        return self._directory.lookup(table, keys, columns=columns)


def test_of_many_keys_only_what_the_dicomdir_names_is_held() -> None:
    disc = Disc(200_000, named=1_000)
    tracemalloc.start()
    (extra,) = directory_findings(disc, admission(None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert extra.count == 199_000
    assert peak < 30 << 20  # a batch of 50,000 keys
