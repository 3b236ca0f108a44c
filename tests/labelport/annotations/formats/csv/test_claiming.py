from collections.abc import Sequence

import pytest

from labelport.annotations.detecting import SURE
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.csv import CSV_CLASSES, CSV_CORNERS, CSV_SIZE
from labelport.errors import ObjectAbsent

ALL = (CSV_CORNERS, CSV_SIZE, CSV_CLASSES)


def claimed(head: str | bytes, name: str = "a.csv", *, told: bool = False) -> dict[str, float]:
    file = in_memory(name, head.encode() if isinstance(head, str) else head)
    return {each.id: claim.confidence for each in ALL for claim in each.claims([file], told=told)}


@pytest.mark.parametrize(
    ("head", "format_id"),
    [
        ("filename,xmin,ymin,xmax,ymax,label\n", "csv_corners"),
        ("\ufefffilename;xmin;ymin;xmax;ymax;label\n", "csv_corners"),
        ("image\tx1\ty1\tx2\ty2\tclass\r\n", "csv_corners"),
        ("filename,width,height,class,xmin,ymin,xmax,ymax\n", "csv_corners"),
        ("image_name,label_name,bbox\n", "csv_corners"),
        ("filename,xmin,ymin,width,height,label", "csv_size"),
        ("filename,xmin,ymin,xmax,ymax,label,origin\n", "csv_corners"),
        ("filename,label\na.jpg,cat\n", "csv_classes"),
        ("filename, dog, cat\na.jpg, 1, 0\n", "csv_classes"),
        ("image_id,dog,cat\na.jpg,1,0\nb.jpg,-1,", "csv_classes"),
        ("a.jpg,1,2,3,4,cat\n", "csv_corners"),
        ("a.jpg,cat\nb.jpg,dog\n", "csv_classes"),
    ],
)
def test_the_header_says_which_of_the_three_it_is(head: str, format_id: str) -> None:
    found = claimed(head)
    assert list(found) == [format_id]
    assert found[format_id] >= SURE
    assert claimed(head.removeprefix("\ufeff").encode("utf-16")) == found


@pytest.mark.parametrize(
    "head",
    [
        "ObjectUrl,Image title,Create video\ns3://b/a.jpg,a.jpg,false\n",
        "ObjectUrl,Video title\nhttps://h/a.mp4,a\n",
        "content_id,origin,series,series_index,notes\n1,a.jpg,s,0,\n",
        "origin,image_id,notes\na.wav,b.jpg,\n",
        "template_line,content_id,origin,series\n1,2,a.jpg,s\n",
        "Case ID,Origin,Content ID,Labeling State,Correct Label\n1,a.jpg,3,Done,cat\n",
        "Origin,Image,Label\na.jpg,a.jpg,cat\n",
        "url;tag\nhttps://h/a.jpg;cat\n",
        "path;tag\na.jpg;cat\n",
        "content,external_id\nhttps://h/a.jpg,a.jpg\n",
        "attachment_url\nhttps://h/a.jpg\n",
        "text\nhello\n",
        "series_id,title,batch,last_state\n1,a,b,c\n",
        "name,r,g,b\nbackground,0,0,0\n",
        "key,frame,time\na,0,1\n",
        "filename,score\na.jpg,0.93\n",
        "x,y\n1,2\n",
        "0 0.5 0.5 0.1 0.1\n",
        "a.jpg 1,2,3,4,0\n",
        "cat\ndog\n",
        "a.jpg\nb.jpg\n",
        '{"images": []}',
        "<annotation/>",
        "[]",
        "",
        "\n\n",
    ],
)
def test_manifests_results_and_other_files_are_not_claimed(head: str) -> None:
    assert claimed(head) == {}
    assert claimed(head, "a.txt") == {}


def test_flags_in_some_columns_only_are_not_taken_without_being_told() -> None:
    assert claimed("path,age,smoker\na.jpg,77,1\n")["csv_classes"] < SURE


def test_what_is_told_is_claimed_even_where_it_is_broken() -> None:
    assert set(claimed("hello\n", told=True)) == {"csv_corners", "csv_size", "csv_classes"}
    assert set(claimed("filename,label\n", "a.txt", told=True)) == {"csv_corners", "csv_size", "csv_classes"}
    assert claimed("hello\n", "readme.txt", told=True) == {}
    assert claimed(b"\xff\xfe\x00", told=True) == {"csv_corners": 0.9, "csv_size": 0.9, "csv_classes": 0.9}


def test_all_files_of_a_format_are_one_claim_and_media_are_not_looked_into() -> None:
    def no_read(start: int, length: int) -> bytes:
        raise AssertionError("read")

    def gone(start: int, length: int) -> bytes:
        raise ObjectAbsent("c.csv")

    text = b"filename,xmin,ymin,xmax,ymax,label\n"
    files: Sequence[AnnotationFile] = [
        in_memory("b.csv", text),
        AnnotationFile("a.JPG", 10, "", no_read),
        AnnotationFile("a.json", 10, "", no_read),
        AnnotationFile("c.csv", 10, "", gone),
        in_memory("a.txt", text),
        in_memory("d.csv", b"a.jpg,1,2,3,4,cat"),
    ]
    [claim] = CSV_CORNERS.claims(files, told=False)
    assert claim.parts == ("b.csv", "a.txt", "d.csv")
    assert not claim.shared
    assert claim.why == "columns filename, label, xmin, ymin, xmax, ymax"
