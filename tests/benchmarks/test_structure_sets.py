"""The made structure set, by pydicom, and how the benchmark tells what differs."""

from pathlib import Path

import pydicom
import pytest

from benchmarks import structure_sets, structures_made
from benchmarks.annotation_tools import version
from benchmarks.structures_made import ORGANS, SLICES, Holes, outlines, structure_set
from benchmarks.structures_ours import series_of


def test_the_made_set_is_as_large_as_it_claims_and_always_the_same() -> None:
    rings = [ring for organ in ORGANS for _, several in outlines(organ, SLICES) for ring in several]
    assert (len(ORGANS), len(rings), sum(map(len, rings))) == (10, 441, 88_140)
    again = [ring for organ in ORGANS for _, several in outlines(organ, SLICES) for ring in several]
    assert all((one == other).all() for one, other in zip(rings, again, strict=True))


@pytest.mark.parametrize(("holes", "contours"), [("nested", 8), ("xor", 8), ("keyhole", 5)])
def test_holes_are_said_in_three_ways(holes: Holes, contours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    few = [organ for organ in ORGANS if organ.hole or organ.name == "Kidney"]
    monkeypatch.setattr(structures_made, "ORGANS", few)
    made = structure_set(3, holes)  # two of the kidney, three of the bladder, with its holes
    assert len(made.ROIContourSequence) == 3
    drawn = [contour for roi in made.ROIContourSequence for contour in roi.ContourSequence]
    kinds = {str(contour.ContourGeometricType) for contour in drawn}
    assert kinds == ({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"} if holes == "xor" else {"CLOSED_PLANAR"})
    assert len(drawn) == contours
    assert all(len(each.ContourData) == 3 * int(each.NumberOfContourPoints) for each in drawn)


def test_headers_of_the_made_slices_give_the_volume_that_pydicom_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structures_made, "SIZE", 8)
    structures_made.write_series(tmp_path, 3)
    image = series_of(tmp_path)
    slices = [pydicom.dcmread(path) for path in sorted(tmp_path.iterdir())]
    assert image.shape == (8, 8, 3)
    assert image.stack.origins.tolist() == [[float(each) for each in one.ImagePositionPatient] for one in slices]
    assert list(image.sop_uids) == [one.SOPInstanceUID for one in slices]
    assert [one.pixel_array.shape for one in slices] == [(8, 8)] * 3
    assert (image.study_uid, image.series_uid) == (structures_made.STUDY, structures_made.SERIES)


def test_structures_that_differ_are_named() -> None:
    same = {organ.name: "ab" for organ in ORGANS}
    assert structure_sets._unequal(same, same) == {}
    assert list(structure_sets._unequal(same, same | {"Liver": "cd"})) == ["Liver"]
    assert len(structure_sets._unequal({}, {})) == len(ORGANS), "nothing at all is no agreement"


def test_the_peer_has_a_runner_and_a_pinned_version() -> None:
    for peer in (structure_sets.PEER, structure_sets.RASTERISERS):
        assert Path(peer.command[1]).is_file()
    assert version(structure_sets.PEER) == "5"
