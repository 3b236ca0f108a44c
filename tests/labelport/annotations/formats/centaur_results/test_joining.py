"""Which image a case of Centaur's results is of."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.centaur_results import CENTAUR_RESULTS, Contents, contents_of
from labelport.annotations.formats.centaur_results.contents import together
from tests.labelport.annotations.formats.centaur_results.results import SIZES, codes, manifest, read, results

SENT = CENTAUR_RESULTS.with_manifests([manifest((100, "a.png", "s", 0), (101, "b.png", "s", 1))])


def cases(*rows: dict[str, Any]) -> str:
    return results(*({"Correct Label": "cat", "Labeling State": "Labeled"} | row for row in rows))


def test_an_origin_leads_to_its_image_with_the_root_put_back() -> None:
    found, findings = read(cases({"Origin": "a.png"}), sizes={**SIZES, "ct/a.png": (9, 9)}, origin_root="us/")
    assert found.images.column("key").to_pylist() == ["us/a.png"]
    assert findings == []


def test_a_content_id_leads_to_its_image_through_the_manifest() -> None:
    found, findings = read(cases({"Content ID": "101"}), sizes=SIZES, reader=SENT, origin_root="us/")
    assert found.images.column("key").to_pylist() == ["us/b.png"]
    assert found.images.column("name_given").to_pylist() == ["b.png"]
    assert findings == []


def test_an_origin_that_leads_nowhere_gives_way_to_the_content_id() -> None:
    found, findings = read(cases({"Origin": "renamed.png", "Content ID": "101"}), sizes=SIZES, reader=SENT)
    assert found.images.column("key").to_pylist() == ["us/b.png"]
    assert findings == []


def test_an_origin_that_fits_several_images_is_decided_by_the_manifest() -> None:
    sent = CENTAUR_RESULTS.with_contents(Contents({"7": "case2/f0.png"}))
    sizes = {"case1/f0.png": (9, 9), "case2/f0.png": (9, 9)}
    found, findings = read(cases({"Origin": "f0.png", "Content ID": "7"}), sizes=sizes, reader=sent)
    assert found.images.column("key").to_pylist() == ["case2/f0.png"]
    assert findings == []


@pytest.mark.parametrize("sizes", [SIZES, None])
def test_origin_and_content_id_of_different_images_are_an_error_and_the_case_is_left_out(sizes: Any) -> None:
    body = cases({"Origin": "a.png", "Content ID": "101"}, {"Origin": "a.png", "Content ID": "100"})
    found, findings = read(body, sizes=sizes, reader=SENT)
    assert codes(findings) == [("centaur.join_differs", "2")]
    assert found.annotations.column("pointer").to_pylist() == ["3"]
    assert found.images.column("state").to_pylist() == ["unlabelled", "labelled"]
    assert found.images.column("key").to_pylist()[0] is None


def test_what_is_found_neither_way_is_unmatched_and_kept() -> None:
    body = cases({"Content ID": "999"}, {"Origin": "absent.png"})
    found, findings = read(body, sizes=SIZES, reader=SENT)
    assert codes(findings) == [("name.unmatched", "3"), ("name.unmatched", "2")]
    assert found.images.column("key").to_pylist() == [None, None]
    assert found.annotations.num_rows == 2


def test_a_content_id_is_never_taken_for_a_name() -> None:
    found, _ = read(cases({"Content ID": "234"}), sizes={"234.png": (9, 9)})
    assert found.images.column("key").to_pylist() == [None]
    assert found.images.column("name_given").to_pylist() == ["Content ID 234"]


def test_all_spellings_of_an_image_are_kept_for_a_later_look() -> None:
    body = cases({"Origin": "new.png", "Content ID": "101"})
    found, _ = read(body, sizes={"ct/c.png": (9, 9)}, reader=SENT, origin_root="us/")
    assert set(found.images.column("spellings")[0].as_py()) == {"us/new.png", "us/b.png", "b.png"}


def test_a_row_that_names_no_image_is_left_out() -> None:
    found, findings = read(cases({"Origin": "  "}))
    assert codes(findings) == [("csv.empty_cell", "2")]
    assert (found.images.num_rows, found.annotations.num_rows) == (0, 0)


def test_cases_of_one_image_share_its_row_in_each_file() -> None:
    body = cases({"Origin": "us/a.png"}, {"Origin": "us/b.png"}, {"Origin": "us/a.png"})
    found, _ = read(body, body, sizes=SIZES)
    assert found.annotations.column("image_id").to_pylist() == [0, 1, 0, 2, 3, 2]
    assert found.images.column("source_file").to_pylist() == ["0.csv", "0.csv", "1.csv", "1.csv"]
    assert found.images.column("pointer").to_pylist() == ["2", "3", "2", "3"]


@pytest.mark.parametrize(
    ("series", "index", "expected"),
    [
        ("s", "1", []),
        ("", "", []),
        ("other", "1", [("centaur.series_differs", "2:7")]),
        ("s", "0", [("centaur.series_differs", "2:8")]),
        ("s", "1.0", [("centaur.series_differs", "2:8")]),
    ],
)
def test_series_and_index_only_check(series: str, index: str, expected: Any) -> None:
    body = cases({"Origin": "b.png", "Content ID": "101", "Series": series, "Series Index": index})
    found, findings = read(body, sizes=SIZES, reader=SENT)
    assert codes(findings) == expected
    assert found.annotations.num_rows == 1


def test_a_manifest_or_template_says_the_objects_of_content_ids() -> None:
    body = b'\xef\xbb\xbfOrigin,Content_ID,Series,Series_Index\n"a, b.png",1,s,0\nb.png,2,,\n,3,s,1\nc.png,1,t,5\nd.png,4,s,x\n'
    assert contents_of(body) == Contents({"1": "a, b.png", "2": "b.png", "4": "d.png"}, {"1": ("s", 0), "3": ("s", 1)})


@pytest.mark.parametrize("body", [b"", b"origin,image_id,notes\na.mp3,a.png,\n", b"\xff\xfe\x00", b"content_id\n1\n"])
def test_other_files_say_nothing(body: bytes) -> None:
    assert contents_of(body) == Contents()


def test_of_several_manifests_the_first_counts() -> None:
    parts = [
        contents_of(manifest((1, "a.png", "s", 0))),
        contents_of(manifest((1, "b.png", "t", 1), (2, "c.png", "t", 2))),
    ]
    assert together(parts) == Contents({"1": "a.png", "2": "c.png"}, {"1": ("s", 0), "2": ("t", 2)})


def test_a_reader_with_contents_is_another_reader() -> None:
    assert CENTAUR_RESULTS.contents == Contents()
    assert SENT.contents.origins == {"100": "a.png", "101": "b.png"}
    assert SENT.id == CENTAUR_RESULTS.id


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a.png", "b.png", "c.png", ""]), st.sampled_from(["100", "101", ""])), max_size=6
    )
)
def test_no_row_leads_to_two_images_and_none_is_lost_without_a_word(rows: list[tuple[str, str]]) -> None:
    body = cases(*({"Origin": origin, "Content ID": content} for origin, content in rows))
    found, findings = read(body, sizes=SIZES, reader=SENT)
    told = sum(each.count for each in findings if each.code in ("csv.empty_cell", "centaur.join_differs"))
    assert found.annotations.num_rows + told == len(rows)
