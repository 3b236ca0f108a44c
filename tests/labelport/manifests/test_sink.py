from pathlib import Path

import pytest

from labelport.manifests.sink import FolderSink, PartSink, copy_outputs, lazily, unsafe_because


@pytest.mark.parametrize(
    "name", ["../a", "a/../b", "/a", "a//b", "a/", "", ".", "./a", "a\0b", "a\nb", "x" * 2000, "é" * 200]
)
def test_a_name_that_could_leave_its_folder_is_refused(name: str, tmp_path: Path) -> None:
    assert unsafe_because(name)
    with pytest.raises(ValueError, match="output name"):
        FolderSink(tmp_path).open(name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_opens_once(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path)
    with sink.open("a.csv") as file:
        file.write(b"1")
    with pytest.raises(ValueError, match="twice"):
        sink.open("a.csv")


def test_outputs_are_copied_in_the_order_of_opening_and_parts_lie_apart(tmp_path: Path) -> None:
    source, target = FolderSink(tmp_path / "source"), FolderSink(tmp_path / "target")
    for name in ("z.csv", "a.csv"):
        with PartSink(source, "train").open(name) as file:
            file.write(name.encode())
    copy_outputs(source, target)
    assert target.names == ["train/z.csv", "train/a.csv"]
    assert (tmp_path / "target/train/z.csv").read_bytes() == b"z.csv"


def test_an_output_without_bytes_is_no_file(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path)
    with lazily(sink, "empty.csv"), lazily(sink, "full.csv") as full:
        full.write(b"ab")
        assert full.offset == 2
    assert sink.names == ["full.csv"]
