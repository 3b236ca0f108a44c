"""Reading only the label volumes that changed gives what reading all of them gives."""

import json
from collections.abc import Sequence

import nibabel as nib
import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.annotations.gathering import Source
from labelport.annotations.kept import Before
from labelport.annotations.places import PLACE_SCHEMA
from labelport.annotations.refreshing import Listing, Refreshed, refreshed
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.known_volumes import KnownVolumes, known_volumes
from labelport.geometry.stacks import Stack
from labelport.options import AnnotationOptions
from labelport.progress import silent
from tests.labelport.annotations.test_refreshing import Folder, as_before

SHAPE = (4, 3, 2)


def image(name: str, *, shift: float = 0.0) -> ImageVolume:
    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    affine[0, 3] = shift
    planes = list(range(SHAPE[2]))
    stack = Stack.of_affine(affine, SHAPE)
    keys = [f"img/{name}.nii"] * len(planes)
    return ImageVolume(f"single-{name}", "nifti", stack, affine, keys, planes, [0] * len(planes))


def index_of(images: Sequence[ImageVolume]) -> pa.Table:
    rows = [
        {"store": "raw", "key": each.keys[0], "series_id": each.series_id, "item_index": 0, "width": 4, "height": 3}
        for each in images
    ]
    return pa.Table.from_pylist(rows, schema=PLACE_SCHEMA)


IMAGES = [image(name) for name in "abc"]


def run(folder: Folder, before: Before, images: Sequence[ImageVolume] = IMAGES) -> Refreshed:
    listing = Listing(Source("annotations", "memory", "auto", AnnotationOptions()), folder.files())
    volumes: KnownVolumes = known_volumes(images)
    return refreshed([listing], before, index_of(images), silent, lambda: volumes)


def index(*values: int) -> bytes:
    voxels = np.zeros(SHAPE, np.uint8)
    voxels.reshape(-1)[: len(values)] = values
    return saved(voxels)


def onehot(*values: int) -> bytes:
    voxels = np.zeros((*SHAPE, 2), np.uint8)
    voxels.reshape(-1)[: len(values)] = values
    return saved(voxels)


def saved(voxels: np.ndarray) -> bytes:
    made: bytes = nib.Nifti1Image(voxels, np.diag([2.0, 2.0, 3.0, 1.0])).to_bytes()  # type: ignore[no-untyped-call]
    return made


def labels(*names: str) -> bytes:
    return json.dumps([{"id": number, "name": name} for number, name in enumerate(names, start=1)]).encode()


BITS = st.lists(st.integers(0, 1), max_size=8)
VOLUMES = BITS.map(lambda bits: index(*bits)) | BITS.map(lambda bits: onehot(*bits)) | st.just(index(2, 1, 2))
CHANGES = st.one_of(
    st.tuples(st.sampled_from(["n/a_seg.nii", "n/b_seg.nii", "n/s/c_seg.nii", "n/s/lost.nii"]), VOLUMES),
    st.tuples(st.sampled_from(["n/labels.json", "n/s/labels.json"]), st.just(labels("p", "q"))),
    st.tuples(st.sampled_from(["n/labels.json", "n/s/labels.json"]), st.just(labels("q", "r"))),
)
STEPS = st.lists(
    st.lists(CHANGES, min_size=1, max_size=3).map(dict) | st.sets(st.integers(0, 5), min_size=1, max_size=2), max_size=3
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=st.lists(CHANGES, max_size=7).map(dict), steps=STEPS)
def test_any_sequence_of_changes_gives_what_a_full_reading_gives(
    first: dict[str, bytes], steps: list[dict[str, bytes] | set[int]]
) -> None:
    folder = Folder()
    folder.bodies |= first
    before = as_before(run(folder, Before()), Before())
    for step in steps:
        if isinstance(step, dict):
            folder.bodies |= step
        else:
            for name in [name for number, name in enumerate(sorted(folder.bodies)) if number in step]:
                del folder.bodies[name]
        done, full = run(folder, before), run(folder, Before())
        for table in ("images", "categories", "annotations"):
            ours, theirs = getattr(done.rows, table), getattr(full.rows, table)
            assert ours.to_pylist() == theirs.to_pylist(), table
        assert done.sources == full.sources
        assert dict(done.rows.documents) == dict(full.rows.documents)
        before, expected = as_before(done, before), as_before(full, Before())
        assert before.findings is not None
        assert expected.findings is not None
        assert before.findings.to_pylist() == expected.findings.to_pylist()


def test_volumes_of_two_layouts_share_one_list() -> None:
    folder = Folder()
    folder.bodies = {"n/labels.json": labels("p", "q"), "n/a_seg.nii": index(1, 2), "n/b_seg.nii": onehot(1, 1)}
    done = run(folder, Before())
    rows = {row["source_file"]: row for row in done.sources}
    assert rows["n/labels.json"]["claim"].count("labels.json") == 2
    assert {rows[name]["format"] for name in ("n/a_seg.nii", "n/b_seg.nii")} == {"nifti_index", "nifti_onehot"}
    before = as_before(done, Before())
    folder.bodies["n/b_seg.nii"] = onehot(1, 0)
    again = run(folder, before)
    assert again.read == {"n/b_seg.nii"}


def test_an_image_that_lies_elsewhere_has_its_labels_read_again_and_no_others() -> None:
    folder = Folder()
    folder.bodies = {"n/labels.json": labels("p", "q"), "n/a_seg.nii": index(1), "n/b_seg.nii": index(2)}
    before = as_before(run(folder, Before()), Before())
    assert run(folder, before).read == frozenset()
    moved = run(folder, before, [image("a", shift=40.0), *IMAGES[1:]])
    assert moved.read == {"n/a_seg.nii"}
    assert {found.code for found in moved.said.findings()} == {"nifti.geometry_mismatch"}
    back = run(folder, as_before(moved, before))
    assert back.read == {"n/a_seg.nii"}
    assert back.rows.annotations.num_rows == 2
