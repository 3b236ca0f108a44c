import json
from pathlib import Path
from typing import Any

import pytest

from labelport.findings import Finding
from labelport.manifests.ground_truth import GroundTruth, GroundTruthOptions
from labelport.testing.manifest import Prefix, emit_to, made_prefix, media_row

GOOD = '{"source-ref":"s3://acme-media/img/0001.png"}'


def check(folder: Path, body: str | bytes, name: str = "x.jsonl") -> list[Finding]:
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return GroundTruth().check([path])


def places(found: list[Finding]) -> list[tuple[str, str]]:
    return [(f.code, f.pointer) for f in found]


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        f"{GOOD}\r\n",
        '{"source-ref": "s3://acme-media/img/0001.png"}\n{"source-ref": "s3://acme-media/img/0002.png"}\n',
        '{"species": "bird", "source-ref": "s3://a/b c.jpg", "labels": {"a": [1, null]}, "labels-metadata": {}}\n',
        '{"source": "Lorem ipsum"}\n{"source": "dolor"}\n',
        '{"source-ref": "s3://acme/example-folder/seq1.json"}\n',
    ],
)
def test_lines_as_people_write_them_pass(tmp_path: Path, body: str) -> None:
    assert check(tmp_path, body) == []


def test_the_formats_examples_pass(tmp_path: Path) -> None:
    sequence = {
        "frames": [
            {"frame": "f000.png", "frame-no": 1, "unix-timestamp": 1566861644},
            {"frame-no": 2, "frame": "f001.png"},
        ],
        "number-of-frames": 2,
        "prefix": "s3://acme-media/us/case9/",
        "seq-no": 1,
    }
    assert check(tmp_path, json.dumps(sequence, indent=1), "seq1.json") == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", [("manifest.unreadable", "2:1")]),
        ("{", [("manifest.unreadable", "2:2")]),
        (f"{GOOD} x", [("manifest.unreadable", f"2:{len(GOOD) + 2}")]),
        ("[]", [("ground_truth.line", "2:1")]),
        ("null", [("ground_truth.line", "2:1")]),
        ("{}", [("ground_truth.line", "2:1")]),
        ('{"Source-Ref":"s3://a/b"}', [("ground_truth.line", "2:1")]),
        ('{"source-ref":"s3://a/b","source":"x"}', [("ground_truth.line", "2:1"), ("ground_truth.mixed", "")]),
        ('{"source-ref":1}', [("ground_truth.line", "2/source-ref")]),
        ('{"source-ref":""}', [("ground_truth.line", "2/source-ref")]),
        ('{"source":[]}', [("ground_truth.line", "2/source")]),
        ('{"source-ref":"https://a.s3.amazonaws.com/b"}', [("manifest.url_form", "2/source-ref")]),
        ('{"source-ref":"s3://bucket"}', [("manifest.url_form", "2/source-ref")]),
        ('{"source-ref":"s3://bucket/"}', [("manifest.url_form", "2/source-ref")]),
        ('{"source-ref":"s3:///x.png"}', [("manifest.url_form", "2/source-ref")]),
        ('{"source-ref":"s3://a/b\\nc"}', [("manifest.url_whitespace", "2/source-ref")]),
        ('{"source-ref":"s3://acme-media/img/0001.png"}', [("manifest.duplicate_url", "2/source-ref")]),
        ('{"source-ref":"s3://a/b","$x":1}', [("ground_truth.reserved_key", "2/$x")]),
        ('{"source-ref":"s3://a/b","a/b":1,"a/b":2}', [("ground_truth.duplicate_json_key", "2/a~1b")]),
        ('{"source-ref":"s3://a/b","x":{"y":[NaN]}}', [("manifest.unreadable", "2/x/y/0")]),
        ('{"source-ref":"s3://a/b","x":1e999}', [("manifest.unreadable", "2/x")]),
        ('{"source-ref":"s3://a/b","x":' + "9" * 5000 + "}", [("manifest.unreadable", "2:1")]),
        ('{"source-ref":"s3://a/b","x":' + "[" * 50_000, [("manifest.unreadable", "2:1")]),
        (
            '{"source-ref":"s3://a/b","x":"' + "x" * 20_001 + '"}',
            [("ground_truth.line_too_long", "2/x")],
        ),
        (
            '{"source-ref":"s3://a/b","x":[' + "1," * 15_000 + "1]}",
            [("ground_truth.line_too_long", "2/x")],
        ),
        ('{"source":"' + "é" * 100_000 + '"}', [("ground_truth.line_too_long", "2:1")]),
        ('{"source":"' + "🫀" * 200_000 + '"}', [("ground_truth.line_too_long", "2:1")]),
        ('{"source":"words"}', [("ground_truth.mixed", "")]),
        ('{"source-ref":"s3://a/seq.json"}', [("ground_truth.mixed", "")]),
    ],
)
def test_every_violation_has_its_place_and_the_lines_around_it_are_read(
    tmp_path: Path, line: str, found: list[tuple[str, str]]
) -> None:
    after = '{"source-ref":"s3://acme-media/img/0003.png","$y":1}'
    given = check(tmp_path, f"{GOOD}\n{line}\n{after}\n")
    assert sorted(places(given)) == sorted([*found, ("ground_truth.reserved_key", "3/$y")])
    assert all(f.hint and f.file.endswith("x.jsonl") for f in given)


def test_bytes_that_are_no_utf_8_and_a_byte_order_mark_are_told_with_their_place(tmp_path: Path) -> None:
    found = check(tmp_path, b"\xef\xbb\xbf" + GOOD.encode() + b'\n{"source":"\xe9"}\n')
    assert places(found) == [("manifest.unreadable", "1:1"), ("manifest.unreadable", "2:12")]


def test_an_empty_file_is_no_manifest(tmp_path: Path) -> None:
    assert places(check(tmp_path, b"")) == [("manifest.empty", "1:1")]


def test_more_lines_than_a_job_takes_are_a_warning(tmp_path: Path) -> None:
    found = check(tmp_path, '{"source":"x"}\n' * 100_001)
    assert [(f.code, f.severity) for f in found] == [("ground_truth.file_over_limit", "warning")]


def test_a_file_of_faults_only_has_a_bounded_list_of_them(tmp_path: Path) -> None:
    found = check(tmp_path, "{}\n" * 5000)
    assert len(found) == 1001
    assert sum(f.count for f in found) == 5000


SEQUENCE: dict[str, Any] = {
    "seq-no": 1,
    "prefix": "s3://a/b/",
    "number-of-frames": 2,
    "frames": [{"frame-no": 1, "frame": "1.png"}, {"frame-no": 2, "frame": "2.png"}],
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"seq-no": None}, ("ground_truth.sequence", "/seq-no")),
        ({"seq-no": True}, ("ground_truth.sequence", "/seq-no")),
        ({"seq-no": [1]}, ("ground_truth.sequence", "/seq-no")),
        ({"prefix": "s3://a/b"}, ("ground_truth.sequence", "/prefix")),
        ({"prefix": 1}, ("ground_truth.sequence", "/prefix")),
        ({"prefix": "https://a/b/"}, ("manifest.url_form", "/prefix")),
        ({"number-of-frames": 3}, ("ground_truth.sequence", "/number-of-frames")),
        ({"number-of-frames": "2"}, ("ground_truth.sequence", "/number-of-frames")),
        ({"frames": {}}, ("ground_truth.sequence", "/frames")),
        ({"Frames": []}, ("ground_truth.unknown_member", "/Frames")),
        ({"frames": [], "number-of-frames": 0}, ("manifest.empty", "/frames")),
        ({"frames": [1], "number-of-frames": 1}, ("ground_truth.sequence", "/frames/0")),
    ],
)
def test_every_violation_of_a_sequence_file_has_its_pointer(
    tmp_path: Path, change: dict[str, Any], found: tuple[str, str]
) -> None:
    assert found in places(check(tmp_path, json.dumps({**SEQUENCE, **change}), "seq.json"))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"frame-no": 1}, ("ground_truth.sequence", "/frames/1/frame-no")),
        ({"frame-no": "2"}, ("ground_truth.sequence", "/frames/1/frame-no")),
        ({"frame": "1.png"}, ("ground_truth.frame_order", "/frames/1/frame")),
        ({"frame": "10.png", "frame-no": 2}, ("ground_truth.frame_order", "/frames/1/frame")),
        ({"frame": ""}, ("ground_truth.sequence", "/frames/1/frame")),
        ({"frame": "2\n.png"}, ("manifest.url_whitespace", "/frames/1/frame")),
        ({"unix-timestamp": "now"}, ("ground_truth.sequence", "/frames/1/unix-timestamp")),
        ({"unix_timestamp": 1}, ("ground_truth.unknown_member", "/frames/1/unix_timestamp")),
    ],
)
def test_every_violation_of_a_frame_has_its_pointer(
    tmp_path: Path, change: dict[str, Any], found: tuple[str, str]
) -> None:
    first = {"frame-no": 1, "frame": "9.png" if change.get("frame") == "10.png" else "1.png"}
    given = {**SEQUENCE, "frames": [first, {**SEQUENCE["frames"][1], **change}]}
    assert places(check(tmp_path, json.dumps(given), "seq.json")) == [found]


def test_members_that_are_missing_or_doubled_are_named(tmp_path: Path) -> None:
    missing = check(tmp_path, '{"prefix":"s3://a/b/"}', "seq.json")
    assert [f.message for f in missing] == [
        f"the member {name} is missing" for name in ("seq-no", "number-of-frames", "frames")
    ]
    doubled = (
        json.dumps(SEQUENCE).replace("{", '{"seq-no": 2, ', 1).replace('"frame": "2.png"', '"frame":"x","frame":"2"')
    )
    assert places(check(tmp_path, doubled, "seq.json")) == [
        ("ground_truth.duplicate_json_key", "/seq-no"),
        ("ground_truth.duplicate_json_key", "/frames/1/frame"),
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xef\xbb\xbf{}", b'{"frames":[{"frame":"\xff"}]}', b"{}{}"])
def test_a_sequence_file_that_cannot_be_read_is_one_finding_more_than_what_was_read(
    tmp_path: Path, body: bytes
) -> None:
    assert "manifest.unreadable" in [f.code for f in check(tmp_path, body, "seq.json")]


def test_a_chunk_that_was_changed_makes_the_index_stale(tmp_path: Path) -> None:
    emit_to(tmp_path, GroundTruth(), GroundTruthOptions(max_entries=4), made_prefix())
    chunk = tmp_path / "ground_truth.0001.jsonl"
    chunk.write_bytes(chunk.read_bytes() + b'{"source-ref":"s3://a/new.png"}\n')
    found = GroundTruth().check([chunk, tmp_path / "ground_truth.index.json"])
    assert ("manifest.index_stale", "/chunks/0/entries") in places(found)


def test_an_address_in_two_chunks_of_one_manifest_is_a_double(tmp_path: Path) -> None:
    paths = [tmp_path / f"x.000{number}.jsonl" for number in (1, 2)]
    for path in paths:
        path.write_text(GOOD)
    assert places(GroundTruth().check(paths)) == [("manifest.duplicate_url", "1/source-ref")]
    other = tmp_path / "y.jsonl"
    other.write_text(GOOD)
    assert GroundTruth().check([paths[0], other]) == []


def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    assert places(GroundTruth().check([tmp_path / "none.jsonl"])) == [("manifest.unreadable", "")]


def test_findings_show_no_text_and_no_address(tmp_path: Path) -> None:
    found = check(tmp_path, '{"source":"Doe^Jane","source-ref":"https://u:secret@a/b?X-Amz-Signature=1"}\n')
    words = " ".join(f.message + f.pointer + str(f.value) for f in found)
    assert "Doe" not in words
    assert "secret" not in words


def test_what_is_written_of_odd_prefixes_is_accepted(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("root", [media_row("0.png"), media_row("a//b.png")], kind="frames")
    emit_to(tmp_path, GroundTruth(), GroundTruthOptions(), prefix)
    assert GroundTruth().check(sorted(p for p in tmp_path.rglob("*.json*"))) == []
