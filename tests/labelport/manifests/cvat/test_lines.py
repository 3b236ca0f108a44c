import json

from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.cvat.lines import header, image_entry, line, name_and_extension, video_header, write_manifest
from labelport.manifests.sink import FolderSink


def test_names_split_as_cvat_splits_them() -> None:
    assert name_and_extension("x..png") == ("x.", ".png")
    assert name_and_extension("tar.gz.png") == ("tar.gz", ".png")
    assert name_and_extension("noext") == ("noext", "")
    assert name_and_extension("back\\slash.png") == ("back/slash", ".png")
    assert name_and_extension("back\\slash.png", version="1.0") == ("back\\slash", ".png")


def test_the_first_form_is_that_of_the_tool_and_the_other_that_of_the_page() -> None:
    new = image_entry("a/1.png", 60, 40, checksum="ab", related=["r.png"])
    old = image_entry("a/1.png", 60, 40, checksum="ab", version="1.0")
    assert line(new) == (
        b'{"name":"a/1","extension":".png","width":60,"height":40,"checksum":"ab","meta":{"related_images":["r.png"]}}\n'
    )
    assert line(old) == (
        b'{"name":"a/1","extension":".png","width":60,"height":40,"meta":{"related_images":[]},"checksum":"ab"}\n'
    )
    assert b"chapters" not in video_header("a.mp4", (4, 2), 3, [], version="1.0")
    assert video_header("a.mp4", (4, 2), 3, []).endswith(
        b'{"properties":{"name":"a.mp4","resolution":[4,2],"length":3,"chapters":[]}}\n'
    )


@given(st.lists(st.text(min_size=1), min_size=1, max_size=20))
def test_every_offset_of_the_index_leads_to_its_line(tmp_path_factory, paths):  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("index")
    entries = [image_entry(path, 1, 1) for path in paths]
    count = write_manifest(
        FolderSink(folder), "manifest.jsonl", header("images"), map(line, entries), index="index.json"
    )
    body = (folder / "manifest.jsonl").read_bytes()
    offsets = json.loads((folder / "index.json").read_bytes())
    assert count == len(paths)
    assert body.isascii()
    assert [json.loads(body[offsets[str(n)] :].splitlines()[0]) for n in range(count)] == entries


def test_without_entries_there_is_no_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert write_manifest(FolderSink(tmp_path), "manifest.jsonl", header("images"), [], index="index.json") == 0
    assert list(tmp_path.iterdir()) == []
