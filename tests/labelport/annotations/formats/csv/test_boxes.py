import json

import pytest

from labelport.annotations.formats.csv import CSV_CORNERS, CSV_SIZE
from labelport.options import AnnotationOptions
from tests.labelport.annotations.formats.csv.reading import labels, only, places, read, rows, states

HEADER = "filename,xmin,ymin,xmax,ymax,label\n"
BOX = ("a.jpg", "cat", 10.0, 20.0, 30.0, 40.0)


@pytest.mark.parametrize(
    "header",
    [
        "filename,xmin,ymin,xmax,ymax,label",
        "image,x_min,y_min,x_max,y_max,class",
        "image_name, X1, Y1, X2, Y2, Class_Name",
        "ImageID,left,top,right,bottom,LabelName",
        "file,x,y,x2,y2,category",
        '"path","XMin","YMin","XMax","YMax","label name"',
    ],
)
def test_headers_in_many_spellings_say_four_corners(header: str) -> None:
    found, findings = read(CSV_CORNERS, f"{header}\na.jpg,10,20,30,40,cat\n")
    assert rows(found) == [BOX]
    assert not findings


@pytest.mark.parametrize("header", ["filename,xmin,ymin,width,height,label", "image,left,top,W,H,class"])
def test_width_and_height_in_the_header_are_not_corners(header: str) -> None:
    for told in (CSV_SIZE, CSV_CORNERS):
        assert rows(read(told, f"{header}\na.jpg,10,20,20,20,cat\n")[0]) == [BOX]


def test_columns_may_stand_in_any_order() -> None:
    assert rows(read(CSV_CORNERS, "label,ymax,ymin,xmax,xmin,image\ncat,40,20,30,10,a.jpg\n")[0]) == [BOX]


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + (HEADER + "a.jpg,10,20,30,40,cat").encode(),
        (HEADER + "a.jpg,10,20,30,40,cat\n").encode("utf-16"),
        b"\xfe\xff" + (HEADER + "a.jpg,10,20,30,40,cat\n").encode("utf-16-be"),
        (HEADER + "a.jpg,10,20,30,40,cat\n").replace("\n", "\r\n").encode(),
        (HEADER + "a.jpg,10,20,30,40,cat\n").replace("\n", "\r").encode(),
        (HEADER + "a.jpg,10,20,30,40,cat\n").replace(",", ";").encode(),
        (HEADER + "a.jpg,10,20,30,40,cat\n").replace(",", "\t").encode(),
        (HEADER + "a.jpg,10,20,30,40,cat\n").replace(",", ", ").encode(),
        (HEADER + '"a.jpg", "10","20",30 ,+40.0,"cat"\n\n\n').encode(),
        (HEADER + "a.jpg,1e1,.2e2,30.,4E+1,cat\n,,,,,\n").encode(),
    ],
    ids=["bom", "utf16", "utf16be", "crlf", "cr", "semicolons", "tabs", "blanks", "quotes", "numbers"],
)
def test_files_of_all_sorts_give_the_same_box(body: bytes) -> None:
    found, findings = read(CSV_CORNERS, body)
    assert rows(found) == [BOX]
    assert not findings


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_comma_is_a_decimal_point_where_it_is_no_delimiter(delimiter: str) -> None:
    text = "filename,xmin,ymin,xmax,ymax,label\n".replace(",", delimiter) + delimiter.join(
        ["a.jpg", "1,5", "2.5", "3", "4,25", "cat"]
    )
    assert rows(read(CSV_CORNERS, text)[0]) == [("a.jpg", "cat", 1.5, 2.5, 3.0, 4.25)]


def test_a_decimal_comma_in_quotes_is_no_number_where_commas_delimit() -> None:
    _, findings = read(CSV_CORNERS, HEADER + 'a.jpg,"1,5",2,3,4,cat\n')
    assert places(findings) == [("csv.bad_number", "2:2")]


@pytest.mark.parametrize("cell", ["[0, 1, 1, 2]", "0 1 1 2", "(0;1;1;2)", "0,1,1,2", "[0.0,1.0 1.0  2]"])
def test_a_box_may_stand_in_one_cell(cell: str) -> None:
    text = f'image_name,label_name,bbox\n1.jpg,dog,"{cell}"\n'
    assert rows(read(CSV_CORNERS, text)[0]) == [("1.jpg", "dog", 0, 1, 1, 2)]


def test_a_cell_is_a_size_only_where_somebody_says_so() -> None:
    text = 'image_id,width,height,bbox,label\nb6.jpg,1024,1024,"[834.0, 222.0, 56.0, 36.0]",wheat\n'
    found, findings = read(CSV_SIZE, text)
    assert rows(found) == [("b6.jpg", "wheat", 834, 222, 890, 258)]
    assert found.images.column("width").to_pylist() == [1024]
    assert not findings
    assert places(read(CSV_CORNERS, text)[1]) == [("box.negative_size", "2:4")]


@pytest.mark.parametrize("cell", ["[1, 2, 3]", "1 2 3 4 5", "[a, 1, 2, 3]", "[nan, 1, 2, 3]", "[[1],[2],[3],[4]]x"])
def test_a_cell_that_has_not_four_numbers_is_told(cell: str) -> None:
    found, findings = read(CSV_CORNERS, f'image,label,bbox\n1.jpg,dog,"{cell}"\n')
    assert places(findings) == [("csv.bad_number", "2:3")]
    assert states(found) == {"1.jpg": "unlabelled"}


@pytest.mark.parametrize(
    "cell", ["x", "1_0", "0x10", "nan", "inf", "-Infinity", "1e999", "--1", "1,2", "١", "1 2", "1e", "."]
)
def test_a_cell_that_is_no_number_is_told_at_its_place(cell: str) -> None:
    found, findings = read(CSV_CORNERS, HEADER + f'a.jpg,1,2,3,4,cat\na.jpg,1,"{cell}",3,4,cat\n')
    assert places(findings) == [("csv.bad_number", "3:3")]
    assert findings[0].value == cell
    assert len(rows(found)) == 1


def test_every_bad_cell_of_a_file_is_told() -> None:
    text = HEADER + "a.jpg,x,2,y,4,cat\n,1,2,3,4,\nb.jpg,1,2,3\nc.jpg,1,,3,z,dog\n"
    found, findings = read(CSV_CORNERS, text)
    assert sorted(places(findings)) == [
        ("csv.bad_number", "2:2"),
        ("csv.bad_number", "2:4"),
        ("csv.bad_number", "5:5"),
        ("csv.empty_cell", "3:1"),
        ("csv.empty_cell", "3:6"),
        ("csv.empty_cell", "5:3"),
        ("csv.field_count", "4:5"),
    ]
    assert found.annotations.num_rows == 0
    assert states(found) == {"a.jpg": "unlabelled", "c.jpg": "unlabelled"}


def test_twenty_places_are_listed_and_the_rest_counted() -> None:
    _, findings = read(CSV_CORNERS, HEADER + "a.jpg,x,2,3,4,cat\n" * 1000 + "a.jpg,1\n" * 500)
    counts = {
        code: [each.count for each in findings if each.code == code] for code in ("csv.bad_number", "csv.field_count")
    }
    assert counts == {"csv.bad_number": [1] * 20 + [980], "csv.field_count": [1] * 20 + [480]}


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = '\n\nfilename,xmin,ymin,xmax,ymax,label\n"a\r\nb.jpg",1,2,3,4,cat\n\n"c\nd.jpg",1,2,x,4,cat\ne.jpg,1,2,y,4,cat\n'
    found, findings = read(CSV_CORNERS, text)
    assert places(findings) == [("csv.bad_number", "7:4"), ("csv.bad_number", "9:4")]
    assert found.annotations.column("pointer").to_pylist() == ["4:2"]
    assert found.images.column("pointer").to_pylist() == ["4:1", "7:1", "9:1"]


def test_a_quote_that_is_not_closed_costs_its_row_only() -> None:
    good = "".join(f"{number}.jpg,1,2,3,4,cat\n" for number in range(1000))
    found, findings = read(CSV_CORNERS, HEADER + 'x.jpg,1,2,3,4,"cat\n' + good)
    assert places(findings) == [("csv.field_count", "2:6")]
    assert "goes on to line 1,002" in findings[0].message
    assert found.annotations.num_rows == 1000


def test_quotes_inside_of_a_line_are_taken_as_they_stand() -> None:
    text = HEADER + 'a"1".jpg,1,2,3,4,"ca"t"\n"b.jpg" ,1,2,3,4,cat\n' + '"c\nd.jpg",1,2,3,4,cat\n'
    found, findings = read(CSV_CORNERS, text)
    assert labels(found) == [('a"1".jpg', 'cat"'), ("b.jpg ", "cat"), ("c\nd.jpg", "cat")]
    assert not findings


def test_lines_swallowed_by_open_quotes_are_read_again_as_long_as_that_is_cheap() -> None:
    found, findings = read(CSV_CORNERS, HEADER + 'x.jpg,1,2,3,4,"cat\n' * 3000 + "y.jpg,1,2,3,4,cat\n")
    assert sum(each.count for each in findings) == 3000
    assert rows(found) == [("y.jpg", "cat", 1, 2, 3, 4)]
    huge = HEADER + ('"' + "x" * 200_000 + "\n") * 3 + "y.jpg,1,2,3,4,cat\n"
    found, findings = read(CSV_CORNERS, huge)
    assert places(findings) == [("csv.field_count", f"{line}:1") for line in (2, 3, 4)]
    assert len(rows(found)) == 1


def test_a_row_with_only_a_name_is_a_negative_image() -> None:
    found, findings = read(CSV_CORNERS, HEADER + "a.jpg,,,,,\nb.jpg,1,2,3,4,cat\nb.jpg,,,,,\n")
    assert states(found) == {"a.jpg": "negative", "b.jpg": "labelled"}
    assert found.images.column("pointer").to_pylist() == ["2:1", "3:1"]
    assert not findings


def test_an_image_whose_rows_were_refused_is_no_negative_one() -> None:
    found, _ = read(CSV_CORNERS, HEADER + "a.jpg,,,,,\na.jpg,1,2,x,4,cat\n")
    assert states(found) == {"a.jpg": "unlabelled"}


def test_other_columns_are_kept_as_text() -> None:
    text = 'filename,xmin,ymin,xmax,ymax,label,conf,"no ""te",,conf\na.jpg,1,2,3,4,cat,0.90,"x ""y""\n",,z\nb.jpg,1,2,3,4,cat,,,,\nc.jpg,,,,,,1.0,,,\n'
    found, _ = read(CSV_CORNERS, text)
    first, second = found.annotations.column("extras").to_pylist()
    assert json.loads(first) == {"conf": "0.90", 'no "te': 'x "y"\n', "conf (10)": "z"}
    assert second is None
    assert found.images.column("extras").to_pylist() == [None, None, b'{"conf": "1.0"}']


def test_the_size_of_the_image_may_stand_beside_the_corners() -> None:
    text = "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,640,480,cat,1,2,3,4\nb.jpg,100,80,cat,1,2,300,4\n"
    found, findings = read(CSV_CORNERS, text)
    assert found.images.select(["width", "height"]).to_pylist() == [
        {"width": 640, "height": 480},
        {"width": 100, "height": 80},
    ]
    assert places(findings) == [("box.outside_image", "3:5")]
    assert found.annotations.column("extras").null_count == 2


@pytest.mark.parametrize("more", ["a.jpg,2,3,cat,1,2,3,5", "a.jpg,,,cat,1,2,3,5", "b.jpg,2.5,1,cat,1,2,3,4"])
def test_columns_called_like_sizes_that_are_none_are_kept_as_text(more: str) -> None:
    found, _ = read(CSV_CORNERS, f"filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,2,2,cat,1,2,3,4\n{more}\n")
    assert found.images.column("width").null_count == found.images.num_rows
    assert found.annotations.column("extras").to_pylist()[0] == b'{"width": "2", "height": "2"}'


def test_coordinates_from_0_to_1_are_shares_and_that_is_told() -> None:
    found, findings = read(CSV_CORNERS, HEADER + "a.jpg,0.1,0.2,0.5,1,cat\n", sizes={"a.jpg": (100, 80)})
    assert places(findings) == [("unit.inferred", "2:2")]
    assert "0.1 to 1" in findings[0].message
    assert found.annotations.column("unit").to_pylist() == ["normalised"]
    assert rows(found) == [("a.jpg", "cat", 0.1, 0.2, 0.5, 1.0)]


def test_a_file_that_may_be_both_is_refused_until_somebody_says_it() -> None:
    text = HEADER + "a.jpg,0,0,1,1,cat\n"
    found, findings = read(CSV_CORNERS, text)
    assert places(findings) == [("csv.unit_ambiguous", "2:2")]
    assert states(found) == {"a.jpg": "unlabelled"}
    assert found.annotations.num_rows == 0
    for told, unit in (("yes", "normalised"), ("no", "pixel")):
        found, findings = read(CSV_CORNERS, text, normalised=told)
        assert found.annotations.column("unit").to_pylist() == [unit]
        assert not findings


def test_a_file_that_may_be_both_goes_with_the_other_files() -> None:
    whole, shares, pixels = (HEADER + f"a.jpg,{box},cat\n" for box in ("0,0,1,1", "0,0,1,0.5", "0,0,9,9"))
    found, findings = read(CSV_CORNERS, whole, pixels)
    assert found.annotations.column("unit").to_pylist() == ["pixel", "pixel"]
    assert places(findings) == [("unit.inferred", "2:2")]
    assert read(CSV_CORNERS, shares, whole)[0].annotations.column("unit").to_pylist() == ["normalised"] * 2
    found, findings = read(CSV_CORNERS, shares, whole, pixels)
    assert found.annotations.column("unit").to_pylist() == ["normalised", "pixel"]
    assert ("csv.unit_ambiguous", "2:2") in places(findings)


def test_what_all_files_of_a_claim_say_binds_one_that_is_read_alone() -> None:
    whole, shares = (HEADER + f"a.jpg,{box},cat\n" for box in ("0,0,1,1", "0,0,1,0.5"))
    options = AnnotationOptions()
    assert CSV_CORNERS.decide({"normalised": 2, "undecided": 1}, options) == {"normalised": "yes"}
    assert CSV_CORNERS.decide({"normalised": 2, "pixel": 1, "undecided": 1}, options) == {}
    assert CSV_CORNERS.decide({"normalised": 2}, options) == CSV_CORNERS.decide({}, options) == {}
    found, _ = read(CSV_CORNERS, whole, decided={"normalised": "yes"})
    assert found.annotations.column("unit").to_pylist() == ["normalised"]
    found, _ = read(CSV_CORNERS, shares, decided={"normalised": "no"})
    assert found.annotations.column("unit").to_pylist() == ["normalised"]


def test_widths_that_reach_outside_of_most_images_may_be_corners() -> None:
    text = "filename,xmin,ymin,width,height,label\n{}a.jpg,1,1,2,2,cat\n"
    two = "a.jpg,60,50,90,70,cat\n" * 2
    assert ("csv.maybe_corners", "2:2") in places(read(CSV_SIZE, text.format(two), sizes={"a.jpg": (100, 80)})[1])
    one = "a.jpg,60,50,90,70,cat\n"
    assert "csv.maybe_corners" not in dict(places(read(CSV_SIZE, text.format(one), sizes={"a.jpg": (100, 80)})[1]))
    assert "csv.maybe_corners" not in dict(places(read(CSV_SIZE, text.format(two))[1]))


def test_widths_of_an_image_of_another_size_are_not_taken_for_corners() -> None:
    text = "filename,xmin,ymin,width,height,label\na.jpg,90,70,20,20,cat\n"
    found, findings = read(CSV_SIZE, text, sizes={"a.jpg": (100, 80)})
    assert places(findings) == [("box.outside_image", "2:2")]
    assert len(rows(found)) == 1


def test_a_corner_before_the_first_is_told_and_left_out() -> None:
    found, findings = read(CSV_CORNERS, HEADER + "a.jpg,9,2,3,4,cat\n")
    assert places(findings) == [("box.negative_size", "2:2")]
    assert states(found) == {"a.jpg": "unlabelled"}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("a.jpg,10,20,30,40,cat", "a.jpg, 10, 20, 30, 40, cat"),
        ("filename,xmin,ymin,xmax,label", "filename, xmin, ymin, xmax, label"),
        ("filename,xmin,ymin,xmax,ymax", "filename, xmin, ymin, xmax, ymax"),
        ("xmin,ymin,xmax,ymax,label", "xmin, ymin, xmax, ymax, label"),
    ],
)
def test_a_header_without_a_column_that_is_needed_is_told_with_what_it_has(header: str, words: str) -> None:
    found, findings = read(CSV_CORNERS, header + "\na.jpg,1,2,3,4,cat\n")
    assert only(findings, "csv.no_header") == ["1:1"]
    assert f"the columns {words};" in findings[0].message
    assert found.images.num_rows == 0


@pytest.mark.parametrize("body", [b"", b"\n\n", b" \r\n"])
def test_a_file_without_text_has_no_header(body: bytes) -> None:
    assert only(read(CSV_CORNERS, body)[1], "csv.no_header") == ["1:1"]


def test_a_file_that_is_no_text_is_told_at_its_first_bad_byte() -> None:
    body = HEADER.encode() + b"a.jpg,1,2,3,4,cat\nb.jpg,1,2,3,4,caf\xe9\n"
    found, findings = read(CSV_CORNERS, body)
    assert places(findings) == [("csv.not_text", "3:18")]
    assert found.annotations.num_rows == 0


def test_images_and_classes_stand_in_the_order_of_their_first_rows() -> None:
    text = HEADER + "b.jpg,1,2,3,4,dog\na.jpg,1,2,3,4,cat\nb.jpg,1,2,3,4,cat\n"
    found, _ = read(CSV_CORNERS, text, HEADER + "c.jpg,1,2,3,4,eel\nb.jpg,1,2,3,4,cat\n")
    assert found.images.column("name_given").to_pylist() == ["b.jpg", "a.jpg", "c.jpg", "b.jpg"]
    assert found.categories.select(["name", "source_file"]).to_pylist() == [
        {"name": "dog", "source_file": "0.csv"},
        {"name": "cat", "source_file": "0.csv"},
        {"name": "eel", "source_file": "1.csv"},
    ]
    assert [label for _, label in labels(found)] == ["dog", "cat", "cat", "eel", "cat"]
    assert found.annotations.column("source_file").to_pylist() == ["0.csv"] * 3 + ["1.csv"] * 2
