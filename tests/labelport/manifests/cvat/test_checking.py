from pathlib import Path

import pytest

from labelport.manifests.cvat.checking import check_cvat, looks_like_cvat

IMAGES = '{"version":"1.1"}\n{"type":"images"}\n'
VIDEO = '{"version":"1.1"}\n{"type":"video"}\n{"properties":{"name":"a.mp4","resolution":[4,2],"length":9}}\n'
MD5 = "0" * 32
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
    assert looks_like_cvat("data.json", b'{"images":[]}') == 0.0
