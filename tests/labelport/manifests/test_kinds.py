import pytest

from labelport.manifests.kinds import Counted, NotTaken, rendition_for


@pytest.mark.parametrize(
    ("holds", "rendition"),
    [
        ("video", "frames"),
        ("avi video", "frames"),
        ("ogg audio", "spectrogram"),
        ("single frames of a file", "frames"),
        ("stack", "window"),
        ("gif image", None),
        ("pointcloud", None),
    ],
)
def test_a_rendition_helps_by_what_a_series_holds_whatever_its_format(holds: str, rendition: str | None) -> None:
    assert rendition_for(holds) == rendition


def test_series_that_are_not_taken_are_one_finding_a_kind() -> None:
    refused = NotTaken("encord", "mine", "mine_manifest")
    for number in range(7):
        refused.add({"series_id": f"s{number}"}, "avi video")
    refused.add({"series_id": "p"}, "pointcloud")
    found = {f.pointer: f for f in refused.findings()}
    assert found["kind=avi video"].code == "manifest.needs_rendition"
    assert found["kind=avi video"].message.startswith('encord takes no avi video: add "renditions: {frames:')
    assert (found["kind=avi video"].count, found["kind=avi video"].value) == (7, "s0, s1, s2, s3, s4")
    assert found["kind=pointcloud"].code == "manifest.kind_not_taken"


def test_an_example_stands_once_and_every_case_counts() -> None:
    counted = Counted("manifest.ungrouped")
    for example in ("a", "b", "a", "a"):
        counted.add(example)
    (found,) = counted.findings(stage="s", message="{count} series")
    assert (found.message, found.value, found.count) == ("4 series", "a, b", 4)
