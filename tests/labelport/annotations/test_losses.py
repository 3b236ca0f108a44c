"""What an export loses is told from what the format declares to hold."""

import numpy as np

from labelport.annotations.holds import KEPT, Holds
from labelport.annotations.losses import tell_losses
from labelport.annotations.said import Said
from tests.labelport.annotations.made import a_set


def told(holds: Holds, **columns: object) -> dict[str, int]:
    said = Said()
    tell_losses(a_set([[1, 1, 9, 9]] * 3, names=("a", "b"), **columns), holds, said)  # type: ignore[arg-type]
    return {found.code: found.count for found in said.findings()}


BOXES = Holds(shapes={"box": KEPT, "polygon": "its box"}, sizes=KEPT, negatives=KEPT, unlabelled=KEPT)


def test_a_format_that_holds_all_there_is_loses_nothing() -> None:
    assert told(BOXES) == {}


def test_kinds_that_are_simplified_and_kinds_that_are_left_out_are_told_apart() -> None:
    rings = [b"[[1,1,9,1,9,9]]", b"[[1,1,9,1,9,9], [2,2,3,2,3,3]]", None]
    found = told(
        BOXES,
        kind=["polygon", "polygon", "keypoints"],
        segmentation=rings,
        segmentation_kind=["polygons", "polygons", "none"],
    )
    assert found == {"loss.geometry": 2, "loss.kind": 1, "loss.rings": 1}


def test_members_of_rows_that_are_written_are_counted() -> None:
    found = told(BOXES, score=[0.5, None, 1.0], iscrowd=[True, False, None], extras=[b"{}", None, None])
    assert found == {"loss.scores": 2, "loss.crowd": 1, "loss.extras": 1}


def test_what_is_lost_of_images_is_told() -> None:
    assert told(Holds(shapes={"box": KEPT}, negatives="left out")) == {"loss.negative_images": 1, "loss.sizes": 2}


def test_the_first_ids_stand_in_the_finding() -> None:
    said = Said()
    given = a_set([[1, 1, 9, 9]] * 3, kind="line", source_id=["7", None, "9"], score=np.array([1.0, 2.0, 3.0]))
    tell_losses(given, BOXES, said)
    assert [found.value for found in said.findings()] == ["7, 1, 9"]
