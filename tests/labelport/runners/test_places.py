"""The places of workers."""

from pathlib import Path

from labelport.runners.places import NOT_BEGUN, Places


def test_what_one_process_writes_another_reads(tmp_path: Path) -> None:
    host = Places(tmp_path / "places", slots=3, create=True)
    worker = Places(tmp_path / "places", slots=3)
    assert host.read(1).pid == 0
    worker.write(1, 4711, 12)
    assert host.read(1)[:2] == (4711, 12)
    assert host.read(2).pid == 0
    later = worker.read(1).since
    worker.write(1, 4711, 13)
    assert host.read(1).since >= later
    host.clear(1)
    assert worker.read(1)[:2] == (0, NOT_BEGUN)
