"""Whether skeletons and COCO categories of one name say the same."""

import pyarrow as pa

from labelport.annotations.said import Said


def differences(skeletons: pa.Table, categories: pa.Table, said: Said) -> None:
    """Say which skeletons have other keypoints than the category of their name, or another order.

    ``tables.SKELETONS`` and ``tables.CATEGORIES``; a category without keypoints is not compared. Each skeleton is
    said once. Finding: ``skeleton.coco_differs`` at the skeleton's file.
    """
    named: dict[str, list[tuple[list[str], str]]] = {}
    names, keypoints, files = (categories.column(name).to_pylist() for name in ("name", "keypoints", "source_file"))
    for name, points, file in zip(names, keypoints, files, strict=True):
        if points:
            named.setdefault(name, []).append((points, file))
    names, keypoints, files = (skeletons.column(name).to_pylist() for name in ("name", "keypoints", "source_file"))
    for name, points, file in zip(names, keypoints, files, strict=True):
        other = next(((theirs, where) for theirs, where in named.get(name, ()) if theirs != points), None)
        if other is None:
            continue
        theirs, where = other
        same = sorted(theirs) == sorted(points)
        words = "in another order" if same else f"others: {len(points):,} here, {len(theirs):,} there"
        said.say(
            "skeleton.coco_differs",
            file,
            "/skeletons",
            f"the keypoints and those of the category of this name in {where} are {words}",
            value=name,
        )
