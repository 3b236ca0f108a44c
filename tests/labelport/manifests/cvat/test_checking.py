import json
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.findings import findings_table
from labelport.manifests.collecting import MOST_PLACES
from labelport.manifests.cvat.checking import check_cvat, looks_like_cvat
from labelport.manifests.cvat.jsonl import MOST_LINE

IMAGES = '{"version":"1.1"}\n{"type":"images"}\n'
VIDEO = '{"version":"1.1"}\n{"type":"video"}\n{"properties":{"name":"a.mp4","resolution":[4,2],"length":9}}\n'
MD5 = "0" * 32
CLOUD = (
    '{"name":"c","extension":".pcd","width":2,"height":1,"meta":{"related_images":[]},"checksum":"' + "0" * 32 + '"}\n'
)
GOOD = '{"name":"a","extension":".png","width":2,"height":1}\n'


def found(folder: Path, text: str | bytes, level: str = "full") -> list[tuple[str, str]]:
    path = folder / "manifest.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(f.code, f.pointer) for f in check_cvat([path], level=level)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (IMAGES + GOOD, []),
        (IMAGES + GOOD.rstrip("\n"), []),
        ('{"version":"1.2"}\n{"type":"images"}\n' + GOOD, [("cvat.not_readable", "1/version")]),
        ('{"version":1.1}\n{"type":"images"}\n' + GOOD, [("cvat.not_readable", "1/version")]),
        ('{"version":"1.1"}\n{"type":"points"}\n' + GOOD, [("cvat.not_readable", "2/type")]),
        (IMAGES + "\n" + GOOD, [("cvat.not_readable", "3")]),
        (IMAGES + GOOD + "not json\n", [("cvat.not_readable", "4:1")]),
        (IMAGES + "[1]\n" + GOOD, [("cvat.not_readable", "3")]),
        (IMAGES, [("manifest.empty", "")]),
        (IMAGES.replace('"1.1"}', '"1.1","by":"hand"}'), [("cvat.unknown_key", "1/by"), ("manifest.empty", "")]),
        (IMAGES + GOOD.replace(":2", ":NaN"), [("cvat.not_readable", "3:1")]),
        (IMAGES + GOOD.replace("}", ',"meta":{"original_name":7}}'), [("cvat.invalid", "3/meta/original_name")]),
        (IMAGES + GOOD.replace("}", ',"a/b~c":7}'), [("cvat.unknown_key", "3/a~1b~0c")]),
        (IMAGES + CLOUD, []),
        (IMAGES + CLOUD + GOOD, [("cvat.mixed_media", "")]),
        (IMAGES.replace("1.1", "1.0") + CLOUD.replace(',"width":2,"height":1', ""), []),
        (IMAGES + CLOUD.replace(',"width":2,"height":1', ""), [("cvat.not_readable", "3/width"), ("cvat.not_readable", "3/height")]),
        (IMAGES.replace("1.1", "1.0") + GOOD.replace(',"width":2,"height":1', ""), [("cvat.not_readable", "3/width"), ("cvat.not_readable", "3/height")]),
        ("", [("cvat.not_readable", "")]),
        (IMAGES + GOOD + GOOD, [("cvat.invalid", "4/name")]),
        (IMAGES + GOOD.replace('"a"', '"../a"'), [("cvat.invalid", "3/name")]),
        (IMAGES + GOOD.replace('"a"', '"/a"'), [("cvat.invalid", "3/name")]),
        (IMAGES + GOOD.replace('"width":2', '"width":0'), [("cvat.invalid", "3/width")]),
        (IMAGES + GOOD.replace('"width":2', '"width":true'), [("cvat.not_readable", "3/width")]),
        (IMAGES + GOOD + GOOD.replace('"a"', '"b"').replace(":2", ':"2"'), [("cvat.invalid", "4/width")]),
        (IMAGES + GOOD.replace("}", ',"checksum":"ABC"}'), [("cvat.invalid", "3/checksum")]),
        (IMAGES + GOOD.replace("}", ',"size":3}'), [("cvat.unknown_key", "3/size")]),
        (IMAGES + GOOD.replace("}", ',"meta":{"site":"north"}}'), [("cvat.unknown_meta", "3/meta/site")]),
        (IMAGES + GOOD.replace("}", ',"meta":{"related_images":[1]}}'), [("cvat.invalid", "3/meta/related_images")]),
        (IMAGES + GOOD.replace("}", ',"width":3}'), [("cvat.invalid", "3/width")]),
        (IMAGES + '{"width":2,"height":1,"extension":".png","name":"a"}\n', [("cvat.member_order", "3")]),
        (b"\xef\xbb\xbf" + (IMAGES + GOOD).encode(), [("manifest.unreadable", "1:1")]),
        (IMAGES.encode() + b'{"name":"\xff"}\n' + GOOD.encode(), [("manifest.unreadable", "3:10")]),
        (VIDEO + f'{{"number":0,"pts":0,"checksum":"{MD5}"}}\n', []),
        (VIDEO + f'{{"number":1,"pts":0,"checksum":"{MD5}"}}\n', [("cvat.invalid", "4/number")]),
        (VIDEO + f'{{"number":0,"pts":0,"checksum":"{MD5}"}}\n' * 2, [("cvat.invalid", "5/number"), ("cvat.invalid", "5/pts")]),
        (VIDEO.replace(":9", ":0") + f'{{"number":0,"pts":0,"checksum":"{MD5}"}}\n', [("cvat.not_readable", "3/properties/length"), ("cvat.invalid", "4/number")]),
        (VIDEO.replace("[4,2]", '"4x2"') + f'{{"number":0,"pts":0,"checksum":"{MD5}"}}\n', [("cvat.not_readable", "3/properties/resolution")]),
        (VIDEO + '{"number":0,"pts":0}\n', [("cvat.invalid", "4/checksum")]),
        (VIDEO.splitlines()[0] + "\n" + VIDEO.splitlines()[1] + "\n", [("cvat.not_readable", "3/properties")]),
    ],
)  # fmt: skip
def test_every_violation_is_told_with_its_line(
    text: str | bytes, findings: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert found(tmp_path, text) == findings


def test_the_readers_level_looks_at_the_first_entry_alone(tmp_path: Path) -> None:
    second = GOOD.replace('"a"', '"b"').replace(":2", ':"2"')
    assert found(tmp_path, IMAGES + GOOD + second, "reader") == []
    assert found(tmp_path, IMAGES + second + GOOD, "reader") == [("cvat.not_readable", "3/width")]


@pytest.mark.parametrize(
    ("index", "stale"),
    [
        ('{"0":36}', False),
        ('{"0": 36}\n', False),
        ('{"0":35}', True),
        ("{}", True),
        ('{"0":36,"1":90}', True),
        ("x", True),
        ("[36]", True),
        ('{"0":36,"0":36}', True),
        ('{"0":36,}', True),
        ('{"00":36}', True),
        ('{"0":36.0}', True),
        ('{"0":36} {}', True),
        ('{"0":"36"}', True),
        ('\ufeff{"0":36}', True),
    ],
)
def test_an_index_must_agree_with_the_manifest_beside_it(index: str, stale: bool, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text(index)
    assert found(tmp_path, IMAGES + GOOD) == (
        [("cvat.index_stale", f.pointer) for f in check_cvat([tmp_path / "index.json"])] if stale else []
    )
    assert bool(check_cvat([tmp_path / "index.json"])) is stale


def test_an_index_alone_is_of_no_use(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text("{}")
    assert [f.code for f in check_cvat([tmp_path / "index.json"])] == ["cvat.index_stale"]


def test_a_manifest_is_recognised_by_its_first_lines_even_where_they_are_wrong() -> None:
    assert looks_like_cvat("x.txt", IMAGES.encode()) == 1.0
    assert looks_like_cvat("manifest.jsonl", b'{ "version": "7" }\n') > 0.3
    assert looks_like_cvat("manifest.jsonl", b"\xef\xbb\xbf" + IMAGES.encode()) == 1.0
    assert looks_like_cvat("manifest.jsonl", b'{"source-ref":"s3://b/k"}\n') == 0.0
    assert looks_like_cvat("index.json", b'{"0":36') > 0.3
    assert looks_like_cvat("cut.jsonl", b'{"type":"video"}\n') > 0.3


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("data.json", b'{"images":[]}'),
        ("tasks.jsonl", b'{"id":1,"type":"images"}\n{"id":2,"type":"images"}\n'),
        ("any.json", b'{"version":"5.0","shapes":[]}'),
        ("any.json", b'{"version":2,"type":"video","items":[]}'),
        ("any.jsonl", b'{"label":"x","meta":{"type":"video"}}\n'),
        ("index.json", b'{"chunks":[]}'),
        ("index.json", b'{"0":{"name":"a"}}'),
        ("encord.index.json", b'{"0":36}'),
    ],
)
def test_files_of_others_are_not_taken_for_cvats(name: str, head: bytes) -> None:
    assert looks_like_cvat(name, head) <= 0.2


def test_faults_are_listed_up_to_a_bound_and_then_counted(tmp_path: Path) -> None:
    lines = "".join(GOOD.replace('"a"', f'"{number}"').replace(":2", ":0") for number in range(MOST_PLACES + 7))
    (tmp_path / "manifest.jsonl").write_text(IMAGES + lines)
    faults = check_cvat([tmp_path / "manifest.jsonl"])
    assert len(faults) == MOST_PLACES + 1
    assert (faults[-1].code, faults[-1].count) == ("cvat.invalid", 7)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b'{"name":' + b"9" * 10_000 + b"}\n",
        b"\x00" * (MOST_LINE + 10),
        b'{"version":"' + b"1" * MOST_LINE + b'"}\n' + IMAGES.encode() + GOOD.encode(),
        b"{" + b",".join(b'"k":1' for _ in range(20_000)) + b"}\n",
        b"\n" * 5000,
        b'{"version":"\\ud800"}\n{"type":"images"}\n{"name":"\\ud800","extension":"","width":1,"height":1,"\\ud800":1}\n',
    ],
)
def test_hostile_files_are_findings_and_take_no_more_memory_than_a_line(body: bytes, tmp_path: Path) -> None:
    for name in ("manifest.jsonl", "index.json"):
        (tmp_path / name).write_bytes(body)
    tracemalloc.start()
    faults = check_cvat([tmp_path / "manifest.jsonl", tmp_path / "index.json"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert any(f.severity == "error" for f in faults)
    assert peak < 20 * MOST_LINE
    assert all(len(f.message) + len(f.pointer) < 1000 for f in faults)
    findings_table(faults)


@given(
    st.binary(max_size=400)
    | st.lists(st.sampled_from([IMAGES, VIDEO, GOOD, CLOUD, "{}", "[", '"', "\n", "\x00"])).map(
        lambda parts: "".join(parts).encode()
    )
)
def test_no_bytes_make_the_check_fail(body: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.jsonl"
        path.write_bytes(body)
        path.with_name("index.json").write_bytes(body[::-1])
        for level in ("reader", "full"):
            check_cvat([path], level=level)
        assert 0 <= looks_like_cvat("manifest.jsonl", body) <= 1


@given(st.permutations(["name", "extension", "width", "height", "meta", "checksum"]))
def test_any_order_of_members_is_accepted(members: list[str]) -> None:
    entry = {**json.loads(GOOD), "meta": {"related_images": []}, "checksum": MD5}
    line = json.dumps({name: entry[name] for name in members}, indent=None)
    with TemporaryDirectory() as folder:
        assert set(severities(Path(folder), IMAGES + line)) <= {"info"}


def severities(folder: Path, text: str) -> list[str]:
    (folder / "manifest.jsonl").write_text(text)
    return [f.severity for f in check_cvat([folder / "manifest.jsonl"])]
