from pathlib import Path

import pytest

from labelport.dataset import UserFile
from labelport.manifests.centaur import Centaur, CentaurOptions
from labelport.manifests.contract import EmitContext
from labelport.manifests.reading import TableSeries
from labelport.manifests.sink import FolderSink
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import InlineRunner, Prefix, emit_to, files_of, made_prefix, media_row
from tests.labelport.manifests.centaur.templates import HEADER, fill, frames, template

CT = ["ct/s0.png", "ct/s1.png", "ct/s2.png", "ct/s3.png"]
IDS = [(str(501 + number), key) for number, key in enumerate(CT)]


def ct() -> Prefix:
    prefix = Prefix()
    frames(prefix, "v-1a2b", CT)
    return prefix


def test_one_slice_is_segmented_and_the_rest_is_seen(tmp_path: Path) -> None:
    prefix = ct()
    for item in prefix.items:
        item["label_this"] = item["key"] == "ct/s2.png"
    result = fill(tmp_path, prefix, template(IDS))
    assert result.files["centaur.csv"] == (
        b"content_id,origin,series,series_index,notes\n"
        b"501,ct/s0.png,v-1a2b,0,context only - label frames 2\n"
        b"502,ct/s1.png,v-1a2b,1,context only - label frames 2\n"
        b"503,ct/s2.png,v-1a2b,2,label frames 2\n"
        b"504,ct/s3.png,v-1a2b,3,context only - label frames 2\n"
    )
    assert result.findings == []
    assert result.told == ["v-1a2b"]
    assert result.entries == 4
    assert sorted(result.files) == ["centaur.README.txt", "centaur.csv"]


def test_rows_stand_in_the_order_of_the_template_with_its_ids_and_its_further_columns(tmp_path: Path) -> None:
    body = template(
        [("u2", "ct/s3.png", "b", "007", "", "", ""), *((f"u{n}", key, "a", f"0{n}") for n, key in enumerate(CT[:3]))],
        header=("URL", "Origin", "status", "CONTENT_ID", "series", "series_index", "notes"),
    )
    result = fill(tmp_path, ct(), b"\xef\xbb\xbf" + body.replace(b"\n", b"\r\n"))
    assert result.lines() == [
        "content_id,origin,series,series_index,notes,URL,status",
        "007,ct/s3.png,v-1a2b,3,,u2,b",
        "00,ct/s0.png,v-1a2b,0,,u0,a",
        "01,ct/s1.png,v-1a2b,1,,u1,a",
        "02,ct/s2.png,v-1a2b,2,,u2,a",
    ]
    assert result.findings == []


def test_a_template_without_the_columns_to_fill_gets_them(tmp_path: Path) -> None:
    body = template(IDS, header=("content_id", "origin"))
    assert fill(tmp_path, ct(), body).lines()[1] == "501,ct/s0.png,v-1a2b,0,"


def test_rows_of_no_series_are_kept_with_blanks_and_listed(tmp_path: Path) -> None:
    rows = [("7", "old/a.png"), *IDS, ("8", "old/b.png", "gone", "3", "k = v")]
    result = fill(tmp_path, ct(), template(rows))
    assert result.lines()[1] == "7,old/a.png,,,"
    assert result.lines()[6] == "8,old/b.png,,,"
    assert result.lines("centaur.only_in_template.csv") == [
        "template_line,content_id,origin,series",
        "2,7,old/a.png,",
        "7,8,old/b.png,gone",
    ]
    found = result.said("centaur.only_in_template")
    assert (found.severity, found.count) == ("info", 2)
    assert "1 rows are of a series in the template" in found.message
    assert b"with blank series" in result.files["centaur.README.txt"]


def test_a_template_that_is_not_there_yet_is_a_warning_that_names_it_and_a_draft(tmp_path: Path) -> None:
    told: list[str] = []
    options = CentaurOptions(template="later/t.csv")
    emitted = emit_to(tmp_path, Centaur(), options, ct(), files={}, wrote=told.append)
    (found,) = emitted.findings
    assert (found.code, found.severity) == ("centaur.no_template", "warning")
    assert "later/t.csv" in found.message
    assert files_of(tmp_path)["centaur.draft.csv"].decode().splitlines()[1] == ",ct/s0.png,v-1a2b,0,"
    assert told == ["v-1a2b"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "centaur.header", "1:1"),
        (b"content_id;origin;series\n1;a;\n", "centaur.header", "1:1"),
        (b"origin,series,series_index,notes\n", "centaur.header", "1:1"),
        (b"content_id,origin,Origin\n", "centaur.header", "1:1"),
        (b"\xff\xfec\0o\0", "manifest.unreadable", "1:1"),
        (b'content_id,origin\n1,a\n2,"b\n', "manifest.unreadable", "3:1"),
        (b'content_id,origin\n1,"a"b\n', "manifest.unreadable", "2:1"),
    ],
)
def test_a_file_that_is_no_template_is_an_error_with_its_line_and_a_draft_is_written(
    body: bytes, code: str, pointer: str, tmp_path: Path
) -> None:
    result = fill(tmp_path, ct(), body)
    found = result.said(code)
    assert (found.severity, found.pointer) == ("error", pointer)
    assert "t.csv" in found.message
    assert "centaur.skipped.csv" not in result.files  # it lists objects of the bucket
    assert result.codes()["centaur.no_template"] == "warning"
    assert len(result.lines("centaur.draft.csv")) == 5
    assert "centaur.csv" not in result.files


def test_rows_that_cannot_be_used_are_counted_with_their_lines(tmp_path: Path) -> None:
    body = template(IDS) + b"9,short\n,no/id.png,,,\n,,,,\n10,a,,,,,\n11,,,,\n"
    result = fill(tmp_path, ct(), body)
    faults = {f.pointer: f.value for f in result.findings if f.code == "centaur.row"}
    assert faults == {
        "another number of cells than the header": "line 6, line 9",
        "no content_id": "line 7",
    }
    assert result.lines()[5:] == ["11,,,,"]


def test_a_draft_given_as_template_fills_nothing_and_says_why(tmp_path: Path) -> None:
    result = fill(tmp_path, ct(), template([("", key) for key in CT]))
    assert result.said("centaur.row").count == 4
    assert result.said("centaur.only_in_ours").count == 4
    assert "centaur.csv" not in result.files
    assert len(result.lines("centaur.draft.csv")) == 5


@pytest.mark.parametrize(
    ("spelling", "rule"),
    [
        ("./{}", "path"),
        ("/{}", "path"),
        ("s3://acme/{}", "path"),
        ("s3://acme//{}", "path"),
        ("echo/{}", "tail"),
        ("s3://acme/echo/{}", "tail"),
        ("import-3/{base}", "base name"),
        ("{base}", "tail"),
    ],
)
def test_origins_that_are_spelt_otherwise_are_found_and_guesses_are_told(
    spelling: str, rule: str, tmp_path: Path
) -> None:
    rows = [(name, spelling.format(key, base=key.rpartition("/")[2])) for name, key in IDS]
    result = fill(tmp_path, ct(), template(rows))
    assert [line.split(",")[:4] for line in result.lines()[1:]] == [
        [name, origin, "v-1a2b", str(index)] for index, (name, origin) in enumerate(rows)
    ]
    guessed = rule in {"tail", "base name"}
    assert result.codes() == ({"centaur.fuzzy_match": "warning"} if guessed else {})
    assert f"matched by {rule}: 4" in result.files["centaur.README.txt"].decode()


def test_backslashes_and_other_forms_of_unicode_are_the_same_path(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "s", ["é/1.png", "e\u0301/2.png"])
    result = fill(tmp_path, prefix, template([("1", "e\u0301\\1.png"), ("2", "\u00e9/2.png")]))
    assert [line.split(",")[3] for line in result.lines()[1:]] == ["0", "1"]
    assert result.findings == []


def test_the_path_in_the_bucket_is_no_guess(tmp_path: Path) -> None:
    body = template((name, f"made-media/{key}") for name, key in IDS)
    options = CentaurOptions(template="t.csv")
    emitted = emit_to(tmp_path, Centaur(), options, ct(), files={"t.csv": body}, uri_base="s3://acme/made-media")
    assert emitted.findings == []
    assert emitted.entries == 4


def test_a_name_that_fits_several_is_matched_with_none_of_them(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "one", ["case1/f0.png", "case1/f1.png"])
    frames(prefix, "two", ["case2/f0.png"])
    result = fill(tmp_path, prefix, template([("1", "f0.png"), ("2", "case1/f1.png")]))
    assert result.lines("centaur.ambiguous.csv") == [
        "template_line,content_id,origin,series,series_index,rule,candidates,first_candidate",
        "2,1,f0.png,,,tail,2,case1/f0.png",
        ",,case1/f0.png,one,0,tail,1,f0.png",
        ",,case2/f0.png,two,0,tail,1,f0.png",
    ]
    assert result.lines("centaur.only_in_ours.csv") == [
        "origin,series,series_index,reason",
        "case1/f1.png,one,1,other rows of its series are not in the template",
    ]
    assert result.codes()["centaur.ambiguous"] == "error"


def test_a_name_of_an_object_in_no_series_is_not_taken_for_ours(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "s", ["case1/f0.png", "case1/f1.png"])
    prefix.media.append(media_row("thumbs/f0.png"))
    result = fill(tmp_path, prefix, template([("1", "f0.png"), ("2", "f1.png")]), partial=True)
    assert result.lines()[1:] == ["1,f0.png,,,", "2,f1.png,s,1,"]


def test_frames_of_another_case_are_not_taken_for_those_that_the_template_lacks(tmp_path: Path) -> None:
    prefix = Prefix()
    for case in "123":
        frames(prefix, case, [f"{case}/f0.png", f"{case}/f1.png"])
    rows = [(f"{case}{n}", f"{case}/f{n}.png") for case in "129" for n in (0, 1)]
    result = fill(tmp_path, prefix, template(rows))
    assert [line.split(",")[2] for line in result.lines()[1:]] == ["1", "1", "2", "2", "", ""]
    assert {line.split(",")[3] for line in result.lines("centaur.only_in_ours.csv")[1:]} == {"not in the template"}
    assert "centaur.ambiguous" not in result.codes()


def test_a_series_that_would_lack_an_index_is_left_out_whole_and_told(tmp_path: Path) -> None:
    prefix = ct()
    frames(prefix, "whole", ["w/0.png"])
    result = fill(tmp_path, prefix, template([*IDS[:2], IDS[3], ("9", "w/0.png")]))
    assert result.lines()[1:] == ["501,ct/s0.png,,,", "502,ct/s1.png,,,", "504,ct/s3.png,,,", "9,w/0.png,whole,0,"]
    assert result.lines("centaur.only_in_ours.csv")[1:] == [
        "ct/s0.png,v-1a2b,0,other rows of its series are not in the template",
        "ct/s1.png,v-1a2b,1,other rows of its series are not in the template",
        "ct/s2.png,v-1a2b,2,not in the template",
        "ct/s3.png,v-1a2b,3,other rows of its series are not in the template",
    ]
    found = result.said("centaur.only_in_ours")
    assert (found.severity, found.count) == ("error", 4)
    assert "centaur.only_in_template" not in result.codes()
    assert result.told == ["whole"]
    assert b"strict" in result.files["centaur.README.txt"]


def test_partial_writes_it_with_its_gap_under_its_own_indices(tmp_path: Path) -> None:
    result = fill(tmp_path, ct(), template([*IDS[:2], IDS[3]]), partial=True)
    assert [line.split(",")[3] for line in result.lines()[1:]] == ["0", "1", "3"]
    assert result.codes() == {"centaur.only_in_ours": "warning"}
    assert result.lines("centaur.only_in_ours.csv")[1:] == ["ct/s2.png,v-1a2b,2,not in the template"]
    (gap,) = Centaur().check([tmp_path / "centaur.csv"])
    assert (gap.code, gap.severity, gap.pointer) == ("centaur.series_index", "error", "4:4")


def test_a_template_with_an_origin_twice_gives_neither_row_the_series(tmp_path: Path) -> None:
    prefix = ct()
    frames(prefix, "whole", ["w/0.png"])
    rows = [*IDS, ("505", "ct/s3.png"), ("9", "w/0.png")]
    result = fill(tmp_path, prefix, template(rows))
    assert result.lines()[4:] == ["504,ct/s3.png,,,", "505,ct/s3.png,,,", "9,w/0.png,whole,0,"]
    assert len(result.lines("centaur.ambiguous.csv")) == 4
    assert result.codes()["centaur.ambiguous"] == "error"


def test_cells_that_are_not_plain_go_back_as_they_came_and_get_no_series(tmp_path: Path) -> None:
    rows = [
        *((*row, "", "", "", "Jan 3, 2024") for row in IDS),
        ("=1+1", 'a,"b".png'),
        ("6", "@x/s0.png"),
        ("7", " s1.png"),
    ]
    result = fill(tmp_path, ct(), template(rows, header=(*HEADER, "added, at")))
    assert result.lines() == [
        'content_id,origin,series,series_index,notes,"added, at"',
        *(f'{name},{key},v-1a2b,{index},,"Jan 3, 2024"' for index, (name, key) in enumerate(IDS)),
        '=1+1,"a,""b"".png",,,,',
        "6,@x/s0.png,,,,",
        "7, s1.png,,,,",
    ]
    found = result.said("manifest.csv_unsafe")
    assert (found.severity, found.count) == ("warning", 7)
    assert result.lines("centaur.only_in_template.csv")[1:3] == ['6,\'=1+1,"a,""b"".png",', "7,6,'@x/s0.png,"]


def test_slices_of_dicom_are_filled_where_the_template_has_them(tmp_path: Path) -> None:
    images = [("1", f"us/case9/f{n:03}.png") for n in range(12)] + [("2", f"us/case10/f{n}.png") for n in range(3)]
    images += [("3", f"ct/7_{name}.png") for name in ("bone", "lung")]
    slices = [(f"d{n}", f"ct/s/{n}.dcm") for n in range(3)]
    without = fill(tmp_path / "without", made_prefix(), template(images))
    assert without.lines("centaur.dicom.csv")[1].startswith(",ct/s/0.dcm,")
    assert "centaur.only_in_ours" not in without.codes()
    filled = fill(tmp_path / "filled", made_prefix(), template([*slices, *images]))
    assert [line.split(",")[0] for line in filled.lines("centaur.dicom.csv")[1:]] == ["d0", "d1", "d2"]
    assert ".dcm" not in filled.files["centaur.csv"].decode()
    partly = fill(tmp_path / "partly", made_prefix(), template([*slices[:2], *images]))
    assert [line.split(",")[0] for line in partly.lines("centaur.dicom.csv")[1:]] == ["", "", ""]
    assert partly.said("centaur.only_in_ours").count == 3


def test_recordings_need_no_template(tmp_path: Path) -> None:
    prefix = ct()
    recording = prefix.add("r", [media_row("r.wav", kind="audio", media_format="wav")], kind="audio_image")
    prefix.add_item(recording, 0, media_row("r.png"), role="context", of_index=0)
    result = fill(tmp_path, prefix, template(IDS))
    assert result.lines("centaur.audio.csv") == ["origin,image_id,notes", "r.wav,r.png,"]
    assert result.entries == 5
    assert sorted(result.told) == sorted(["v-1a2b", recording])


def test_the_template_is_a_file_of_the_stamp() -> None:
    assert Centaur().files(CentaurOptions(template="t.csv")) == ("t.csv",)
    assert Centaur().files(CentaurOptions()) == ()


def test_a_batch_holds_rows_of_its_series_alone_and_the_same_ones_as_the_full_manifest(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "one", ["case1/f0.png"])
    frames(prefix, "two", ["case2/f0.png", "case2/f1.png"])
    body = template([("1", "f0.png"), ("2", "f1.png"), ("3", "old.png"), ("4", "case2/f0.png")])
    options = CentaurOptions(template="t.csv", name=None).model_copy(update={"name": "batch-0001"})
    context = EmitContext(
        dataset="made",
        bucket=open_bucket("memory://centaur-batch"),
        runner=InlineRunner,
        media=prefix.media_in_order,
        file=lambda path: UserFile(path, "", body),
        whole=False,
    )
    chosen = TableSeries(prefix.series[1:], [row for row in prefix.items if row["series_id"] == "two"], prefix.media)
    Centaur().emit(chosen, options, FolderSink(tmp_path), context)
    assert files_of(tmp_path)["batch-0001.csv"].decode().splitlines() == [
        "content_id,origin,series,series_index,notes",
        "2,f1.png,two,1,",
        "4,case2/f0.png,two,0,",
    ]
    assert "batch-0001.only_in_template.csv" not in files_of(tmp_path)
