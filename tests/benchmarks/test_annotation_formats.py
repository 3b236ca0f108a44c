import io
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks import annotation_formats, structure_sets
from benchmarks.annotation_formats import Job
from benchmarks.annotation_tables import TIMES_AS_FAST, goals_of, median_of, tables_of
from benchmarks.annotation_tools import FLOOR, OURS, PEERS, RUNNERS, SIZES_BY_NAME, TINY, Tool, made, version
from benchmarks.coco_made import write
from benchmarks.measuring import Measured, measured_command

VAL, TRAIN = SIZES_BY_NAME["val"], SIZES_BY_NAME["train"]


def cost(wall_s: float, *, mib: float = 100.0) -> Measured:
    return Measured(cpu_s=wall_s, wall_s=wall_s, worker_mib=0.0, load=0.0, output="", tree_mib=mib)


def missed(size: Any, **costs: Measured) -> list[str]:
    found = {tuple(name.split("_")): each for name, each in costs.items()}
    return [goal.what for goal in goals_of(size, found) if not goal.met]  # type: ignore[arg-type]


def test_a_goal_is_met_or_missed_and_what_was_not_measured_is_neither() -> None:
    assert missed(VAL, yolo_ours=cost(1.0), yolo_hotcoco=cost(1.8), yolo_globox=cost(7.0), yolo_datumaro=cost(6.9)) == [
        "to YOLO, folder, against datumaro"
    ]
    assert missed(VAL, read_ours=cost(1.0), read_hotcoco=cost(0.95)) == []
    assert missed(VAL, read_ours=cost(1.0), read_hotcoco=cost(0.85)) == ["read, against hotcoco"]
    assert missed(VAL, yolo_ours=cost(1.0), tar_ours=cost(1.1)) == ["to YOLO, tar"]
    assert missed(VAL, read_ours=cost(99.0, mib=9999.0)) == []
    assert missed(TRAIN, read_ours=cost(2.6, mib=1200.0)) == ["read, wall"]
    assert missed(TRAIN, read_ours=cost(2.4, mib=1300.0)) == ["read, peak"]


def test_tables_show_ratios_to_ours_and_say_what_was_missed() -> None:
    runs = {("yolo", "ours"): [cost(2.0)], ("yolo", "hotcoco"): [cost(3.0)], ("voc", "ours"): []}
    out = io.StringIO()
    for table in tables_of(VAL, runs):
        Console(file=out, width=160).print(table)
    assert "1.50 x" in out.getvalue()
    assert out.getvalue().count("MISSED") == 1
    assert "VOC" not in out.getvalue(), "nothing was measured of it"


def test_the_median_takes_the_highest_memory() -> None:
    found = median_of([cost(3.0, mib=1.0), cost(1.0, mib=7.0), cost(2.0, mib=3.0)])
    assert (found.wall_s, found.cpu_s, found.tree_mib) == (2.0, 2.0, 7.0)


def test_every_peer_has_a_runner_and_a_pinned_version() -> None:
    for peer in PEERS:
        assert Path(peer.command[1]).is_file()
        assert version(peer)[0].isdigit()
    others = (structure_sets.PEER, structure_sets.RASTERISERS)
    assert {f"{peer.name}.txt" for peer in (*PEERS, *others)} == {path.name for path in RUNNERS.glob("*.txt")}
    assert {name for peers in TIMES_AS_FAST.values() for name in peers} <= {peer.name for peer in PEERS}


def test_a_peer_that_fails_or_reads_too_little_is_told_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.annotation_tools.CACHE", tmp_path)
    monkeypatch.setattr("benchmarks.annotation_tools.ROOT", tmp_path)
    absent = Tool("absent", (str(tmp_path / "no-python"),), peer=True)
    broken = Tool("broken", (sys.executable, "-c", "raise SystemExit('it wants a newer system')"), peer=True)
    blind = Tool("blind", (sys.executable, "-c", "print(3)"), peer=True)
    good = Tool("good", (sys.executable, "-c", f"print({TINY.annotations})"), peer=True)
    said: list[str] = []
    job = Job((TINY,), ("read",), (absent, broken, blind, good), 1, said.append)
    assert annotation_formats._able(job, tmp_path) == {("read", "good")}
    told = "\n".join(said)
    assert "broken cannot do “read” and is left out of it: it wants a newer system" in told
    assert f"it read 3 of {TINY.annotations} annotations" in told
    assert "absent cannot do" in told
    runs = annotation_formats._rounds(job, TINY, {("read", "good")}, tmp_path)
    assert {tool: len(found) for (_, tool), found in runs.items()} == {"absent": 0, "broken": 0, "blind": 0, "good": 1}


def test_peers_that_open_images_get_one_of_the_right_size_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from PIL import Image

    monkeypatch.setattr("benchmarks.annotation_tools.CACHE", tmp_path)
    monkeypatch.setattr("benchmarks.annotation_tools.ROOT", tmp_path)
    files = made(TINY, with_images=True, say=lambda _: None)
    for image in json.loads(files.whole.read_bytes())["images"]:
        with Image.open(files.images / image["file_name"]) as picture:
            assert picture.size == (image["width"], image["height"])
    assert '"segmentation": [[' not in files.boxes.read_text(encoding="ascii")


def yolo_rows(folder: Path) -> dict[str, list[tuple[float, ...]]]:
    rows = {}
    for path in sorted(folder.rglob("0*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        rows[path.name] = sorted(tuple(map(float, line.split())) for line in lines)
    return rows


@pytest.mark.slow
def test_ours_and_the_floor_do_the_same(tmp_path: Path) -> None:
    source = tmp_path / "made.json"
    write(source, TINY.images, 300)
    for tool, tasks in ((OURS, ("yolo", "tar", "voc")), (FLOOR, ("yolo", "voc"))):
        for task in tasks:
            told = measured_command([*tool.command, task, str(source), str(tmp_path / f"{tool.name}-{task}")])
            assert told.output == "300\n"
    ours, floor = yolo_rows(tmp_path / "ours-yolo"), yolo_rows(tmp_path / "floor-yolo")
    assert len(floor) == TINY.images
    assert ours.keys() == floor.keys()
    for name, rows in floor.items():
        assert len(ours[name]) == len(rows)
        assert all(a == pytest.approx(b, abs=1e-9) for a, b in zip(ours[name], rows, strict=True))
    with tarfile.open(tmp_path / "ours-tar") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert bodies(tmp_path / "unpacked") == bodies(tmp_path / "ours-yolo")
    assert bodies(tmp_path / "ours-voc").keys() == bodies(tmp_path / "floor-voc").keys()


def bodies(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.*")}
