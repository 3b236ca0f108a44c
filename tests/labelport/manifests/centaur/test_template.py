import pytest

from labelport.manifests.centaur.template import Template, TemplateFault, TemplateRow


def rows(text: str) -> list[TemplateRow]:
    return list(Template(text.encode()))


def test_every_cell_is_a_string_as_it_stands_there() -> None:
    assert rows('origin,CONTENT_ID,Url\n"a, b.png",007,\n 1e5 ,0x1F,"x"\n') == [
        TemplateRow(2, "007", "a, b.png", "", ("",)),
        TemplateRow(3, "0x1F", " 1e5 ", "", ("x",)),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_blank_rows_mean_nothing(end: str) -> None:
    text = end.join(["content_id,origin", "", "1,a", " , ", "2,b"])
    assert [(row.line, row.origin) for row in rows(text)] == [(3, "a"), (5, "b")]


def test_rows_are_counted_from_where_they_start() -> None:
    assert [(row.line, row.fault) for row in rows('content_id,origin\n1,"a\n\nb"\n2\n,c\n')] == [
        (2, None),
        (5, "another number of cells than the header"),
        (6, "no content_id"),
    ]


def test_unknown_columns_keep_their_headings_and_their_order() -> None:
    template = Template(b"X,content_id,x,origin,Notes\n1,2,3,4,5\n")
    assert template.extra == ("X", "x")
    assert [row.extra for row in template] == [("1", "3")]


@pytest.mark.parametrize("head", ["content_id", "origin,series", "content_id,origin,notes,NOTES", "\n\n"])
def test_a_header_that_lacks_a_column_or_has_one_twice_is_refused(head: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        Template(head.encode())
    assert caught.value.code == "centaur.header"
