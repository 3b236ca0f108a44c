import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.annotations.formats.yolo_keras.lines import Line, lines_of

BOX = b"1,2,3,4,0"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"a.jpg 1,2,3,4,0", Line(1, b"a.jpg", [BOX])),
        (b"\xef\xbb\xbfa.jpg 1,2,3,4,0\r\n", Line(1, b"a.jpg", [BOX])),
        (b" a  b.jpg \t1,2,3,4,0  1,2,3,4,0 ", Line(1, b"a  b.jpg", [BOX, BOX])),
        (b"\n\na.jpg", Line(3, b"a.jpg")),
        (b"a 1,2.jpg", Line(1, b"a 1,2.jpg")),
        (b"a b c", Line(1, b"a b c")),
        (b"a.jpg 1,2,3,4", Line(1, b"a.jpg", [b"1,2,3,4"], [0])),
        (b"a.jpg 1,2,3,4,0 1,2,x,4,0 1,2,3,4,0", Line(1, b"a.jpg", [BOX, b"1,2,x,4,0", BOX], [1])),
        (b"a.jpg 1,2,3,4,0,0.9", Line(1, b"a.jpg", [b"1,2,3,4,0,0.9"], [0])),
        (b"a.jpg x,y", Line(1, b"a.jpg x,y")),
        (b"1,2,3,4,0", Line(1, b"", [])),
        (b"1,2,3,4,0 1,2,3,4,0", Line(1, b"", [BOX])),
        (b"1,2,3,4 1,2,3,4,0", Line(1, b"1,2,3,4", [BOX])),
        (b"a.jpg +1.5,-2,3e1,.4,0.0", Line(1, b"a.jpg", [b"+1.5,-2,3e1,.4,0.0"])),
    ],
)
def test_the_name_is_what_stands_before_the_boxes(text: bytes, line: Line) -> None:
    assert list(lines_of(text)) == [line]


@given(
    st.lists(st.text("ab .1-", min_size=1).map(str.strip).filter(bool).map(lambda name: f"{name}.jpg"), min_size=1),
    st.integers(0, 3),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_names_with_blanks_come_back_whole(names: list[str], boxes: int, end: str) -> None:
    text = end.join(name + " 1,2,3,4,0" * boxes for name in names)
    assert [(line.name.decode(), len(line.fields)) for line in lines_of(text.encode())] == [
        (name, boxes) for name in names
    ]
