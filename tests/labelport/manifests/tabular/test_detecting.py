import pytest

from labelport.manifests.tabular import Kili, Scale, Supervisely

HEADERS = {
    b"url;tag\n": "supervisely",
    b"path;tag\r\nx": "supervisely",
    b'"tag";"url"\n': "supervisely",
    b"external_id,content\n": "kili",
    b"\xef\xbb\xbfcontent,external_id\n": "kili",
    b"external_id,content,extra\n": "kili",
    b"attachment_url\n": "scale",
    b"text\nwords": "scale",
    b"ObjectUrl,Image title\n": None,
    b"content_id,origin,series,series_index,notes\n": None,
    b"origin,image_id,notes\n": None,
    b"url\n": None,
    b"path\n": None,
    b"path,xmin,ymin,xmax,ymax\n": None,
    b"url,tag\n": None,
    b"image,text\n": None,
    b"id;text\n": None,
    b'{"source-ref":"s3://a/b"}\n': None,
    b"[]": None,
    b"": None,
    b"\xff\xfe": None,
}


@pytest.mark.parametrize(("head", "owner"), HEADERS.items())
def test_a_header_is_that_of_one_platform_or_of_none(head: bytes, owner: str | None) -> None:
    for platform in (Supervisely(), Kili(), Scale()):
        sure = platform.detect("x.csv", head)
        assert sure >= 0.8 if platform.name == owner else sure <= 0.2
