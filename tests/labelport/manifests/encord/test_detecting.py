import pytest

from labelport.manifests.encord.detecting import looks_like_encord


@pytest.mark.parametrize(
    ("name", "head", "sure"),
    [
        ("x.json", b'{"images": [{"objectUrl": "https://a/b.png"', 1.0),
        ("x.json", b'\n{"image_groups":[{"title":"a","createVideo":false,"objectUrl_0"', 0.9),
        ("x.json", b'{"skip_duplicate_urls": true}', 0.9),
        ("x.json", b'{"imageGroups":[{"title":"g"', 0.9),
        ("x.csv", b"ObjectUrl,Video title\n", 1.0),
        ("x.csv", b"\xef\xbb\xbfOBJECTURL\r\n", 1.0),
        ("encord.index.json", b'{"chunks":[{"file":"encord.json"', 0.9),
        ("encord.groups.json", b'{\n  "a": ["https://a/b.wav"', 0.9),
        ("coco.json", b'{"images": [{"id": 1, "file_name": "a.png"}], "annotations": []', 0.0),
        ("labelme.json", b'{"version": "5", "shapes": []', 0.0),
        ("manifest.jsonl", b'{"version":"1.1"}\n{"type":"images"}\n', 0.0),
        ("x.csv", b"content_id,origin,series,series_index,notes\n", 0.0),
        ("x.csv", b"ObjectUrls,Video title\n", 0.0),
        ("x.bin", b"\x00\x01\x02", 0.0),
        ("x.json", b"", 0.0),
    ],
)
def test_encords_files_are_told_from_all_others(name: str, head: bytes, sure: float) -> None:
    assert looks_like_encord(name, head) == sure
