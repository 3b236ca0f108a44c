"""Labels, patches and what else a row of Centaur's results says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import CORNERS
from labelport.annotations.formats.centaur_results import CENTAUR_RESULTS
from labelport.annotations.shapes import shape_of
from labelport.testing.annotation_exchange import written
from tests.labelport.annotations.formats.centaur_results.results import HEADER, SIZES, codes, one, read, results
from tests.labelport.annotations.formats.one_file_an_image import assert_sound, broken

RECTANGLE = "POLYGON ((10 20, 50 20, 50 60, 10 60, 10 20))"


def test_an_axis_parallel_rectangle_is_a_box_in_pixels() -> None:
    row = one({"Patch": RECTANGLE})
    assert (row["kind"], row["unit"], [row[side] for side in CORNERS]) == ("box", "pixel", [20, 20, 100, 60])
    assert (row["segmentation"], row["segmentation_kind"]) == (None, "none")


def test_without_the_size_of_the_image_a_patch_stays_a_share_of_it() -> None:
    found, _ = read(results({"Origin": "x.png", "Correct Label": "cat", "Patch": RECTANGLE}))
    (row,) = found.annotations.to_pylist()
    assert (row["unit"], [row[side] for side in CORNERS]) == ("normalised", [0.1, 0.2, 0.5, 0.6])


@pytest.mark.parametrize(
    ("patch", "kind", "bounds"),
    [
        ("POLYGON ((10 20, 50 20, 50 60, 10 20))", "polygon", [20, 20, 100, 60]),
        ("polygon((10 20,50 20,50 60,10 60,10 20),(20 30,30 30,30 40,20 30))", "polygon", [20, 20, 100, 60]),
        ("MULTIPOLYGON (((10 20, 50 20, 50 60, 10 60, 10 20)))", "box", [20, 20, 100, 60]),
        ("MULTIPOLYGON (((0 0, 5 0, 5 5, 0 0)), ((50 20, 90 20, 90 60, 50 20)))", "polygon", [0, 0, 180, 60]),
        ("POINT (10 20)", "point", [20, 20, 20, 20]),
        ("LINESTRING (10 20, 50 60.5)", "line", [20, 20, 100, 60.5]),
    ],
)
def test_a_patch_is_a_shape_with_its_bounds_and_its_text(patch: str, kind: str, bounds: list[float]) -> None:
    row = one({"Patch": patch})
    assert (row["kind"], [row[side] for side in CORNERS]) == (kind, bounds)
    if kind != "box":
        assert (row["segmentation"], row["segmentation_kind"]) == (patch.encode(), "wkt")


def test_inner_rings_are_holes_and_the_scale_of_a_patch_is_a_hundredth_of_the_image() -> None:
    row = one({"Patch": "POLYGON ((10 20, 50 20, 50 60, 10 60, 10 20), (20 30, 30 30, 30 40, 20 30))"})
    shape = shape_of(row["segmentation"], row["segmentation_kind"], (200 / 100, 100 / 100))
    assert shape is not None
    assert shape.rings[0].tolist() == [[20, 20], [100, 20], [100, 60], [20, 60]]
    assert shape.holes[0].tolist() == [[40, 30], [60, 30], [60, 40]]


def test_without_a_patch_a_label_is_a_class() -> None:
    row = one({})
    assert (row["kind"], row["x0"], row["unit"]) == ("class", None, None)


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("POLYGON ((10 20, 50 20, 150 60, 10 20))", [("box.outside_image", "2")]),
        ("POINT (120 20)", [("box.outside_image", "2")]),
        ("POLYGON ((10 20, 50 20))", [("centaur.bad_patch", "2:9")]),
        ("ten, twenty", [("centaur.bad_patch", "2:9")]),
        ("POLYGON EMPTY", [("centaur.bad_patch", "2:9")]),
        ("POLYGON ((1e999 20, 50 20, 50 60, 1e999 20))", [("centaur.bad_patch", "2:9")]),
    ],
)
def test_a_patch_that_cannot_be_is_said_at_its_cell(patch: str, expected: list[tuple[str, str]]) -> None:
    found, findings = read(
        results({"Origin": "us/a.png", "Correct Label": "c", "Patch": patch, "Labeling State": "Labeled"}), sizes=SIZES
    )
    assert codes(findings) == expected
    if expected[0][0] == "centaur.bad_patch":
        assert found.annotations.num_rows == 0
        assert found.images.column("state").to_pylist() == ["unlabelled"]
        assert "character" in findings[0].message


def test_the_correct_label_comes_before_the_majority_label_and_it_is_said_which_was_taken() -> None:
    found, findings = read(
        results(
            {"Origin": "us/a.png", "Correct Label": "cat", "Majority Label": "dog", "Labeling State": "Gold Standard"},
            {"Origin": "us/b.png", "Majority Label": "dog", "Labeling State": "Labeled"},
        ),
        sizes=SIZES,
    )
    assert found.categories.column("name").to_pylist() == ["cat", "dog"]
    assert found.annotations.column("reviewed").to_pylist() == ["correct", "majority"]
    assert json.loads(found.annotations.column("extras")[0].as_py())["Majority Label"] == "dog"
    assert findings == []


def test_a_case_without_a_label_leaves_its_image_unlabelled() -> None:
    found, findings = read(
        results({"Origin": "us/a.png", "Patch": RECTANGLE}, {"Origin": "us/b.png", "Correct Label": "a"})
    )
    assert found.images.column("state").to_pylist() == ["unlabelled", "labelled"]
    assert ("centaur.no_label", "2") in codes(findings)
    assert found.annotations.num_rows == 1


def test_cases_that_are_not_done_are_kept_unreviewed_and_counted() -> None:
    rows = [
        {"Origin": "us/a.png", "Correct Label": "cat", "Labeling State": state} for state in ("In Progress", "", "done")
    ]
    found, findings = read(results(*rows))
    assert found.annotations.column("reviewed").to_pylist() == [None, None, "correct"]
    assert [(each.code, each.pointer, each.count) for each in findings] == [("centaur.not_done", "2:6", 2)]


@pytest.mark.parametrize(
    ("cells", "score"),
    [
        ({"Qualified Reads": "10", "Top Reads": "8", "Majority Label": "cat", "Correct Label": ""}, 0.8),
        ({"Qualified Reads": "10", "Top Reads": "8", "Majority Label": "cat"}, 0.8),
        ({"Qualified Reads": "10", "Top Reads": "8", "Majority Label": "dog"}, None),
        ({"Qualified Reads": "10", "Top Reads": "8"}, None),
        ({"Qualified Reads": "8", "Top Reads": "10", "Majority Label": "cat"}, None),
        ({"Qualified Reads": "0", "Top Reads": "0", "Majority Label": "cat"}, None),
        ({"Qualified Reads": "10", "Top Reads": "a, b", "Majority Label": "cat"}, None),
        ({"Qualified Reads": "10", "Majority Label": "cat"}, None),
        ({"Qualified Reads": "9" * 400, "Top Reads": "8", "Majority Label": "cat"}, None),
    ],
)
def test_the_score_is_the_share_of_reads_that_agree_where_both_are_counts(cells: dict[str, str], score: Any) -> None:
    row = one(cells)
    assert row["score"] == score
    assert json.loads(row["extras"])["Qualified Reads"] == cells["Qualified Reads"]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-05T10:20:30Z", datetime(2026, 3, 5, 10, 20, 30, tzinfo=UTC)),
        ("2026-03-05 10:20:30.5 UTC", datetime(2026, 3, 5, 10, 20, 30, 500_000, tzinfo=UTC)),
        ("2026-03-05 10:20:30 +0100", datetime(2026, 3, 5, 9, 20, 30, tzinfo=UTC)),
        ("2026-03-05", datetime(2026, 3, 5, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("03/05/2026", None),
        ("2026" + " " * 100_000 + "x", None),
    ],
)
def test_the_time_is_read_leniently_and_what_is_none_is_counted(text: str, time: datetime | None) -> None:
    row = {"Origin": "us/a.png", "Correct Label": "cat", "Origin Created At": text, "Labeling State": "Labeled"}
    found, findings = read(results(row, row))
    assert found.annotations.column("created").to_pylist() == [time, time]
    assert [(each.code, each.pointer, each.count) for each in findings] == (
        [] if time else [("centaur.bad_time", "2:3", 2)]
    )


def test_identifiers_of_dicom_and_signatures_of_addresses_reach_no_table() -> None:
    uid, secret = "1.2.840.10008.5.1.4.1.1", "SECRET"
    cells = dict.fromkeys(
        ("Study UID", "Series UID", "Instance UID", "StudyInstanceUID", "Frame of Reference UID"), uid
    )
    more = {
        "Notes": f"see {uid} at https://me:{secret}@x.y/z?sig={secret}",
        "URL": f"https://x.y/case/1?token={secret}#{secret}",
    }
    header = [*HEADER, "StudyInstanceUID", "Frame of Reference UID", "Notes", "Fluid"]
    origin = f"https://x.y/us/a.png?X-Amz-Signature={secret}"
    found, findings = read(
        results({"Origin": origin, "Correct Label": "c", "Fluid": "yes", **cells, **more}, header=header)
    )
    everything = json.dumps([table.to_pylist() for table in (found.images, found.annotations)], default=str) + str(
        findings
    )
    assert uid not in everything
    assert secret not in everything
    extras = json.loads(found.annotations.column("extras")[0].as_py())
    assert extras == {"URL": "https://x.y/case/1", "Notes": "see [uid] at https://x.y/z", "Fluid": "yes"}
    assert found.images.column("name_given").to_pylist() == ["https://x.y/us/a.png"]


def test_the_case_is_the_id_and_the_content_that_of_the_image() -> None:
    found, _ = read(results({"Origin": "us/a.png", "Correct Label": "c", "Case ID": "7", "Content ID": "0234"}))
    assert found.annotations.column("source_id").to_pylist() == ['"7"']
    assert found.images.column("source_id").to_pylist() == ['"0234"']


def test_a_label_that_is_a_shape_is_no_category() -> None:
    found, findings = read(
        results(
            {"Origin": "us/a.png", "Majority Label": RECTANGLE, "Patch": "POINT (1 1)", "Labeling State": "Labeled"}
        ),
        sizes=SIZES,
    )
    (row,) = found.annotations.to_pylist()
    assert (row["kind"], row["category_id"], row["x1"]) == ("box", None, 100)
    assert json.loads(row["extras"])["Patch"] == "POINT (1 1)"
    assert found.categories.num_rows == 0
    assert codes(findings) == [("centaur.label_is_shape", "2:15")]


def test_a_file_of_patches_alone_is_shapes_without_a_category() -> None:
    found, findings = read("origin,patch\nus/a.png,POINT (10 20)\nus/b.png,\n", sizes=SIZES)
    assert found.annotations.column("kind").to_pylist() == ["point"]
    assert found.images.column("state").to_pylist() == ["labelled", "unlabelled"]
    assert findings == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_read_as_in_any_csv(encoding: str, delimiter: str) -> None:
    row = {
        "Origin": "us/größe.png",
        "Correct Label": 'a "b", c',
        "Content ID": '="0234"',
        "Labeling State": "Labeled",
        "Case ID": "=1+1",
    }
    found, findings = read(results(row, delimiter=delimiter).encode(encoding))
    assert found.images.column("name_given").to_pylist() == ["us/größe.png"]
    assert found.images.column("source_id").to_pylist() == ['"0234"']
    assert found.categories.column("name").to_pylist() == ['a "b", c']
    assert found.annotations.column("source_id").to_pylist() == ['"=1+1"']
    assert findings == []


def test_column_names_may_be_of_any_case_and_lines_are_counted_through_quoted_breaks() -> None:
    body = 'ORIGIN,majority_label,note\nus/a.png,"two\nlines",\nus/b.png,,\nus/b.png\n'
    found, findings = read(body)
    assert found.categories.column("name").to_pylist() == ["two\nlines"]
    assert codes(findings) == [("csv.field_count", "5:2"), ("centaur.no_label", "4")]


@pytest.mark.parametrize(
    ("header", "sure"),
    [
        ("Case ID,Origin,Correct Label", True),
        ("content_id;patch", True),
        ("content_id,origin,series,series_index,notes", False),
        ("filename,label", False),
        ("filename,xmin,ymin,xmax,ymax,label", False),
        ("origin,image_id,notes", False),
    ],
)
def test_results_are_told_from_manifests_and_other_tables_by_their_columns(header: str, sure: bool) -> None:
    found, _ = read(f"{header}\n" + header.replace("Label", "x"))
    assert (found.images.num_rows > 0) == sure


def test_another_table_that_is_told_to_be_results_says_which_columns_are_absent() -> None:
    _, findings = read("when,what\n1,2\n", told=True)
    assert codes(findings) == [("csv.no_header", "1:1")]


def test_results_are_not_written() -> None:
    assert CENTAUR_RESULTS.holds is None
    with pytest.raises(ValueError, match="not written"):
        written(CENTAUR_RESULTS, AnnotationSet())


SAMPLE = results(
    {"Case ID": 1, "Origin": "us/a.png", "Content ID": 7, "Patch": RECTANGLE, "Correct Label": "cat", "Top Reads": 3,
     "Qualified Reads": 5, "Origin Created At": "2026-03-05", "Labeling State": "Labeled"},
    {"Origin": "us/b.png", "Majority Label": "dog", "URL": "https://x.y/z?a=b", "Patch": "POINT (1 2)"},
    {"Content ID": 9, "Majority Label": "MULTIPOLYGON (((0 0, 5 0, 5 5, 0 0)))"},
).encode()  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(broken((SAMPLE,)))
def test_whatever_stands_in_a_file_gives_sound_rows_or_findings(body: bytes) -> None:
    found, findings = read(body, sizes=SIZES, told=True)
    assert_sound(found, findings)
