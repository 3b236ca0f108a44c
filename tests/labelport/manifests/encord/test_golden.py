"""The worked examples of the specification (3.6 and 4): our bytes, and that they say what the example says.

The files in ``golden`` are what we write of the same objects, series by series. Entries stand in the order of
the series' ids, and each says in ``clientMetadata`` where it comes from; for the rest they are the examples.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.encord import Encord, EncordOptions
from labelport.testing.manifest import Prefix, emit_to
from tests.labelport.manifests.encord.prefixes import dicom, image, nifti, pdf, sound, text, video

GOLDEN = Path(__file__).parent / "golden"
BASE = "https://acme-media.s3.eu-west-2.amazonaws.com"
SITE = [("client_metadata:site", '"north"')]


def videos() -> Prefix:
    prefix = Prefix()
    one(prefix, "v-9c1e", video("clips/a01.mp4", duration_exact=False))
    one(prefix, "v-77b0", video("clips/a02.mp4"), metadata=SITE)
    return prefix


def images() -> Prefix:
    prefix = Prefix()
    one(prefix, "i-0001", image("img/0001.png"), metadata=[("client_metadata:lens", '"wide"')])
    return prefix


def audio() -> Prefix:
    prefix = Prefix()
    one(prefix, "r2", sound("a/r2.wav"))
    return prefix


def image_groups() -> Prefix:
    prefix = Prefix()
    case = [("client_metadata:case", '"7"')]
    several(prefix, "case-7/group", image("g/0.jpg"), image("g/1.jpg"), kind="versions", metadata=case)
    several(prefix, "case-7/sequence", image("s/0.jpg"), image("s/1.jpg"), kind="frames")
    return prefix


def dicom_series() -> Prefix:
    prefix = Prefix()
    several(prefix, "st3.se1", dicom("dcm/1/1.dcm"), dicom("dcm/1/2.dcm"), kind="stack")
    several(prefix, "st3.se2", dicom("dcm/2/1.dcm"), kind="stack")
    return prefix


def documents() -> Prefix:
    prefix = Prefix()
    one(prefix, "n1", text("t/n1.txt"))
    one(prefix, "n1p", pdf("p/n1.pdf"))
    one(prefix, "v1", nifti("n/v1.nii.gz"), metadata=[("client_metadata:seq", '"T1"')])
    return prefix


def access_point() -> Prefix:
    prefix = Prefix()
    one(prefix, "v-9c1e", video("clips/a01.mp4"))
    return prefix


def mixed() -> Prefix:
    prefix = Prefix()
    one(prefix, "v1", video("clips/a01.mp4"))
    one(prefix, "v2", video("clips/a02.mp4"))
    one(prefix, "i1", image("img/0001.png"))
    several(prefix, "s1", image("s/0.jpg"), image("s/1.jpg"), kind="frames")
    several(prefix, "s2", image("s/2.jpg"), image("s/3.jpg"), kind="frames")
    several(prefix, "g1", image("g/0.jpg"), image("g/1.jpg"), kind="versions")
    return prefix


def table() -> Prefix:
    prefix = Prefix()
    several(prefix, "s1", image("s/0.jpg"), image("s/1.jpg"), kind="frames")
    several(prefix, "g1", image("g/0.jpg"), kind="versions")
    one(prefix, "i1", image("img/0001.png"))
    one(prefix, "v1", video("clips/a01.mp4"))
    return prefix


def one(prefix: Prefix, title: str, row: Any, **given: Any) -> None:
    several(prefix, title, row, kind="single", **given)


def several(prefix: Prefix, title: str, *rows: Any, **given: Any) -> None:
    """Add a series whose id is the title of the example."""
    identity = prefix.add(title, rows, **given)
    for row in (*prefix.series, *prefix.items):
        row["series_id"] = title if row["series_id"] == identity else row["series_id"]


ARN = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"
EXAMPLES: dict[str, tuple[Callable[[], Prefix], dict[str, Any]]] = {
    "videos.json": (videos, {"media_metadata": True}),
    "images.json": (images, {"media_metadata": True}),
    "audio.json": (audio, {"media_metadata": True}),
    "image_groups.json": (image_groups, {"sequences": True}),
    "dicom_series.json": (dicom_series, {}),
    "documents.json": (documents, {"unconfirmed": True, "media_metadata": True}),
    "access_point.json": (access_point, {"url_form": "mrap", "mrap": ARN}),
    "mixed.json": (mixed, {"sequences": True}),
    "table.csv": (table, {"format": "csv", "sequences": True}),
}


def written(name: str, folder: Path) -> bytes:
    made, options = EXAMPLES[name]
    emit_to(folder, Encord(), EncordOptions(**options), made(), url_base=BASE)
    return (folder / f"encord{Path(name).suffix}").read_bytes()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_bytes_are_those_of_the_golden_file(name: str, tmp_path: Path) -> None:
    assert written(name, tmp_path) == (GOLDEN / name).read_bytes()


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.endswith(".json")])
def test_a_golden_file_says_what_the_worked_example_says(name: str) -> None:
    ours, theirs = json.loads((GOLDEN / name).read_bytes()), json.loads(WORKED[name])
    assert without_origin(ours) == by_title(theirs)
    assert [section for section in ours if section in theirs] == list(ours)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_worked_example_passes_our_check(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(WORKED[name])
    assert [f for f in Encord().check([path]) if f.severity == "error"] == []


def test_the_golden_csv_is_the_worked_example_with_groups_in_the_order_of_their_ids() -> None:
    ours, theirs = (GOLDEN / "table.csv").read_text().splitlines(), WORKED["table.csv"].splitlines()
    assert sorted(ours) == sorted(theirs)
    assert (ours[0], ours[4:]) == (theirs[0], theirs[4:])


def without_origin(file: dict[str, Any]) -> dict[str, Any]:
    for section in file.values():
        for entry in section if isinstance(section, list) else ():
            origin = entry["clientMetadata"]
            assert origin.pop("labelport.dataset") == "made"
            assert origin.pop("labelport.series") == entry["title"]
            if not origin:
                del entry["clientMetadata"]
    return by_title(file)


def by_title(file: dict[str, Any]) -> dict[str, Any]:
    return {
        name: sorted(value, key=lambda entry: str(entry["title"])) if isinstance(value, list) else value
        for name, value in file.items()
    }


WORKED = {
    "videos.json": """{"videos":[{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/clips/a01.mp4","title":"v-9c1e"},
 {"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/clips/a02.mp4","title":"v-77b0",
  "videoMetadata":{"fps":29.97,"duration":12.5,"width":1280,"height":720,"file_size":1048576,"mime_type":"video/mp4"},
  "clientMetadata":{"site":"north"}}],"skip_duplicate_urls":true}""",
    "images.json": """{"images":[{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/img/0001.png","title":"i-0001",
 "imageMetadata":{"mime_type":"image/png","file_size":20480,"width":640,"height":480},"clientMetadata":{"lens":"wide"}}],"skip_duplicate_urls":true}""",
    "audio.json": """{"audio":[{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/a/r2.wav","title":"r2",
 "audioMetadata":{"duration":3.25,"file_size":624044,"mime_type":"audio/wav","sample_rate":48000,"bit_depth":16,"codec":"pcm","num_channels":2}}],"skip_duplicate_urls":true}""",
    "image_groups.json": """{"image_groups":[
 {"title":"case-7/group","createVideo":false,"objectUrl_0":"https://acme-media.s3.eu-west-2.amazonaws.com/g/0.jpg","objectUrl_1":"https://acme-media.s3.eu-west-2.amazonaws.com/g/1.jpg","clientMetadata":{"case":"7"}},
 {"title":"case-7/sequence","createVideo":true,"objectUrl_0":"https://acme-media.s3.eu-west-2.amazonaws.com/s/0.jpg","objectUrl_1":"https://acme-media.s3.eu-west-2.amazonaws.com/s/1.jpg"}],"skip_duplicate_urls":true}""",
    "dicom_series.json": """{"dicom_series":[{"title":"st3.se1","objectUrl_0":"https://acme-media.s3.eu-west-2.amazonaws.com/dcm/1/1.dcm","objectUrl_1":"https://acme-media.s3.eu-west-2.amazonaws.com/dcm/1/2.dcm"},
 {"title":"st3.se2","objectUrl_0":"https://acme-media.s3.eu-west-2.amazonaws.com/dcm/2/1.dcm"}],"skip_duplicate_urls":true}""",
    "documents.json": """{"text":[{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/t/n1.txt","title":"n1","textMetadata":{"file_size":812,"mime_type":"text/plain"}}],
 "pdfs":[{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/p/n1.pdf","title":"n1p","pdfMetadata":{"file_size":81200,"num_pages":3}}],
 "nifti":[{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/n/v1.nii.gz","title":"v1","clientMetadata":{"seq":"T1"}}],"skip_duplicate_urls":true}""",
    "access_point.json": """{"videos":[{"objectUrl":"arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap/clips/a01.mp4","title":"v-9c1e"}],"skip_duplicate_urls":true}""",
    "mixed.json": """{"videos":[{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/clips/a01.mp4","title":"v1"},{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/clips/a02.mp4","title":"v2"}],
 "images":[{"objectUrl":"https://acme-media.s3.eu-west-2.amazonaws.com/img/0001.png","title":"i1"}],
 "image_groups":[
  {"title":"s1","createVideo":true,"objectUrl_0":"https://acme-media.s3.eu-west-2.amazonaws.com/s/0.jpg","objectUrl_1":"https://acme-media.s3.eu-west-2.amazonaws.com/s/1.jpg"},
  {"title":"s2","createVideo":true,"objectUrl_0":"https://acme-media.s3.eu-west-2.amazonaws.com/s/2.jpg","objectUrl_1":"https://acme-media.s3.eu-west-2.amazonaws.com/s/3.jpg"},
  {"title":"g1","createVideo":false,"objectUrl_0":"https://acme-media.s3.eu-west-2.amazonaws.com/g/0.jpg","objectUrl_1":"https://acme-media.s3.eu-west-2.amazonaws.com/g/1.jpg"}],
 "skip_duplicate_urls":true}""",
    "table.csv": """ObjectUrl,Image group title,Create video
https://acme-media.s3.eu-west-2.amazonaws.com/s/0.jpg,s1,true
https://acme-media.s3.eu-west-2.amazonaws.com/s/1.jpg,s1,true
https://acme-media.s3.eu-west-2.amazonaws.com/g/0.jpg,g1,false
ObjectUrl,Image title,Create video
https://acme-media.s3.eu-west-2.amazonaws.com/img/0001.png,i1,false
ObjectUrl,Video title,Create video
https://acme-media.s3.eu-west-2.amazonaws.com/clips/a01.mp4,v1,false
""",
}
