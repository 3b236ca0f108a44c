"""Point clouds. The judges are numpy, and the sizes that CVAT's own tool wrote for the shared fixtures."""

import io
import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.probing.pointcloud import POINTS_FLAG, PROBE
from labelport.probing.sniff import sniff
from labelport.probing.sniff_clouds import HEADER_BYTES
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import FIELDS, kitti, pcd, points
from tests.needs import fixtures

COLOURED = (*FIELDS[:3], ("rgb", 4, "U", 1), ("normal", 8, "F", 3), ("_", 1, "U", 4))


@pytest.mark.parametrize("encoding", ["ascii", "binary", "binary_compressed"])
@pytest.mark.parametrize("fields", [FIELDS, COLOURED], ids=["plain", "coloured"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_header_gives_points_grid_and_fields(
    encoding: str, fields: Sequence[tuple[str, int, str, int]], line_end: str
) -> None:
    row, asked = probed(PROBE, pcd(24, encoding=encoding, grid=(6, 4), fields=fields, line_end=line_end))
    assert fits_the_table(row)
    assert (row["status"], row["points"], row["width"], row["height"], row["flags"]) == ("ok", 24, 6, 4, None)
    names, sizes, types, counts = map(list, zip(*fields, strict=True))
    assert row["pointcloud"] == {
        "fields": names,
        "sizes": sizes,
        "types": types,
        "counts": counts,
        "encoding": encoding,
        "estimated": False,
    }
    assert not asked.ranges


@given(st.integers(0, 50), st.sampled_from([FIELDS, COLOURED]), st.integers(0, 40))
def test_a_binary_cloud_is_cut_where_numpy_misses_points(
    count: int, fields: Sequence[tuple[str, int, str, int]], lost: int
) -> None:
    whole = pcd(count, fields=fields)
    body = whole.index(b"binary\n") + 7
    content = whole[: max(body, len(whole) - lost)]
    record = np.dtype([(name, f"<{kind.lower()}{size}", (times,)) for name, size, kind, times in fields])
    there = (len(content) - body) // record.itemsize
    row, _ = probed(PROBE, content)
    assert row["status"] == ("ok" if there == count else "truncated")
    assert row["points"] == count


@pytest.mark.parametrize(
    ("encoding", "kept", "status"),
    [
        ("ascii", 1.0, "ok"),
        ("ascii", 0.4, "truncated"),
        ("binary_compressed", 1.0, "ok"),
        ("binary_compressed", 0.9, "truncated"),
    ],
)
def test_other_encodings_are_cut_where_the_least_length_says_so(encoding: str, kept: float, status: str) -> None:
    content = pcd(1000, encoding=encoding)
    row, _ = probed(PROBE, content[: int(len(content) * kept)])
    assert row["status"] == status


def test_points_that_are_not_the_grid_are_flagged_and_the_number_stays() -> None:
    row, _ = probed(PROBE, pcd(20, grid=(6, 3)))
    assert (row["status"], row["points"], row["width"], row["height"], row["flags"]) == ("ok", 20, 6, 3, [POINTS_FLAG])


def test_a_header_without_points_has_those_of_its_grid() -> None:
    row, _ = probed(PROBE, pcd(20, version=".5").replace(b"POINTS 20\n", b""))
    assert (row["status"], row["points"], row["flags"]) == ("ok", 20, None)


@pytest.mark.parametrize("version", [f"{zero}.{digit}" for zero in ("0", "") for digit in range(1, 8)])
def test_every_version_of_the_format_is_read(version: str) -> None:
    assert probed(PROBE, pcd(version=version))[0]["status"] == "ok"


GOOD = pcd(20)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (GOOD.replace(b"VERSION 0.7", b"VERSION 0.8"), "unsupported"),
        (GOOD.replace(b"VERSION 0.7\n", b""), "unsupported"),
        (GOOD.replace(b"DATA binary", b"DATA zipped"), "unsupported"),
        (GOOD.replace(b"WIDTH 20", b"WIDTH twenty"), "unreadable"),
        (GOOD.replace(b"WIDTH 20", b"WIDTH -20"), "unreadable"),
        (GOOD.replace(b"HEIGHT 1\n", b""), "unreadable"),
        (GOOD.replace(b"WIDTH 20", b"WIDTH\t20"), "unreadable"),
        (GOOD.replace(b"WIDTH 20", b"\nWIDTH 20"), "unreadable"),
        (GOOD.replace(b"VIEWPOINT 0", b"VIEWPOINT \xff"), "unreadable"),
        (GOOD.replace(b"WIDTH 20", b"WIDTH 99999999999"), "too_large"),
        (GOOD.replace(b"WIDTH 20", b"WIDTH " + b"9" * 1000), "unreadable"),
        (GOOD.replace(b"SIZE 4 4 4 4", b"SIZE 4 4 4"), "partial"),
        (GOOD.replace(b"SIZE 4 4 4 4", b"SIZE 4 4 4 3"), "partial"),
        (GOOD.replace(b"TYPE F F F F", b"TYPE F F F X"), "partial"),
        (GOOD.replace(b"COUNT 1 1 1 1", b"COUNT 1 1 1 0"), "partial"),
        (GOOD.replace(b"COUNT 1 1 1 1\n", b""), "ok"),
        (GOOD.replace(b"POINTS 20", b"POINTS 999999999999999999"), "truncated"),
        (GOOD.replace(b"# .PCD", b"#" * HEADER_BYTES + b"\n# .PCD"), "too_large"),
        (GOOD[: GOOD.index(b"POINTS")], "truncated"),
        (GOOD.replace(b"FIELDS x", b"FIELDS DATA"), "unreadable"),
        (GOOD.replace(b"WIDTH 20", b"width 20"), "ok"),
        (GOOD.replace(b"WIDTH 20", b"# DATA \xc3\xa9\nWIDTH 20"), "ok"),
        (b"", "empty"),
    ],
)
def test_what_the_reader_of_cvat_refuses_is_no_cloud(content: bytes, status: str) -> None:
    row, _ = probed(PROBE, content)
    assert fits_the_table(row)
    assert row["status"] == status
    if status == "partial":
        assert (row["points"], row["width"]) == (20, 20)


def test_the_header_ends_within_four_kilobytes_whatever_was_fetched() -> None:
    long = pcd(500, comment="# .PCD v0.7\n" + "# word\n" * 540)
    row, asked = probed(PROBE, long, head=100)
    assert (row["status"], asked.ranges) == ("ok", [(100, HEADER_BYTES - 100)])
    row, asked = probed(PROBE, pcd(5, comment="#" * HEADER_BYTES + "\n"), head=16 << 10)
    assert (row["status"], asked.ranges) == ("too_large", [])


def test_names_of_fields_are_made_plain() -> None:
    row, _ = probed(PROBE, GOOD.replace(b"intensity", b"a\x1b[31m" + b"x" * 500))
    (name,) = row["pointcloud"]["fields"][3:]
    assert name.startswith("a\\x1b[31mx")
    assert len(name) == 64


def test_the_sizes_are_those_that_cvats_tool_writes() -> None:
    seen = 0
    for case in sorted(fixtures("cvat", "out", "pcd").iterdir()):
        entries = [json.loads(line) for line in (case / "manifest.jsonl").read_text().splitlines()]
        for entry in entries[2:]:
            name = entry["meta"].get("original_name", entry["name"] + entry["extension"])
            content = (fixtures("cvat", "in", "pcd") / case.name / name).read_bytes()
            row, asked = probed(PROBE, content, key=name)
            assert sniff(content, len(content), name).kind == "pointcloud"
            assert (row["status"], row["width"], row["height"]) == ("ok", entry["width"], entry["height"])
            assert not asked.ranges
            seen += 1
    assert seen >= 9


def test_a_cloud_of_kitti_is_as_long_as_its_file_and_says_that_it_is_a_guess() -> None:
    row, asked = probed(PROBE, kitti(1000), key="velodyne/1.bin")
    assert fits_the_table(row)
    assert (row["status"], row["points"], row["width"], row["height"]) == ("ok", 1000, 1000, 1)
    assert (row["pointcloud"]["encoding"], row["pointcloud"]["estimated"]) == ("kitti", True)
    assert row["points"] == len(np.frombuffer(kitti(1000), "<f4").reshape(-1, 4))
    assert not asked.ranges, "no more than the head is read"


@given(st.data())
def test_flipped_and_cut_headers_are_rows(data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from([GOOD, pcd(3, encoding="ascii"), pcd(9, grid=(3, 3), fields=COLOURED), kitti(9)]))
    content = bytearray(seed)
    for place in data.draw(st.lists(st.integers(0, len(seed) - 1), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    key = data.draw(st.sampled_from(["a.pcd", "a.bin", "a"]))
    row, asked = probed(PROBE, bytes(content[: data.draw(st.integers(0, len(seed)))]), key=key, head=128)
    assert fits_the_table(row)
    assert asked.bytes <= HEADER_BYTES


def test_our_generator_writes_what_numpy_reads() -> None:
    cloud = points(7)
    assert np.array_equal(np.load(_saved(cloud)), cloud)
    assert np.frombuffer(kitti(7), "<f4").reshape(-1, 4).tolist() == cloud.tolist()


def _saved(cloud: np.ndarray) -> io.BytesIO:
    sink = io.BytesIO()
    np.save(sink, cloud)
    sink.seek(0)
    return sink
