"""Previews stay in the event log for ever: small, escaped, and without what may name a person."""

import base64

import dagster as dg
from hypothesis import given
from hypothesis import strategies as st

from assets.previews import MOST_PNG_BYTES, bar_plot, cell, extension_of, histogram, markdown_table, picture


def test_a_table_has_at_most_five_rows_and_eight_columns() -> None:
    rows = [{f"column {n}": n for n in range(12)} for _ in range(50)]
    lines = str(markdown_table(rows).md_str).splitlines()
    assert len(lines) == 2 + 5
    assert lines[0].count("|") == 8 + 1


def test_no_rows_are_said_in_words() -> None:
    assert markdown_table([]).md_str == "*nothing*"


@given(st.text())
def test_a_cell_breaks_neither_the_table_nor_the_page(text: str) -> None:
    shown = cell(text)
    assert "\n" not in shown
    assert "<" not in shown
    assert "|" not in shown.replace("\\|", "")
    assert len(shown) <= 80 * 5


def test_plots_are_small_pngs() -> None:
    for png in (bar_plot({f"kind {n}": 10**n for n in range(10)}, x="objects"), histogram(range(1, 500), x="items")):
        assert png.startswith(b"\x89PNG")
        assert len(png) < MOST_PNG_BYTES
        [shown] = picture("a plot", png).values()
        assert isinstance(shown, dg.MarkdownMetadataValue)
        assert base64.b64encode(png).decode() in str(shown.md_str)


def test_a_picture_beyond_the_budget_is_left_out() -> None:
    assert picture("huge", b"x" * (MOST_PNG_BYTES + 1)) == {}
    assert histogram([], x="items") == b""


def test_extensions_are_lower_case_and_hidden_files_have_none() -> None:
    assert [extension_of(key) for key in ("a/b.JPG", "a.b/c", ".hidden", "x.nii.gz")] == [".jpg", "", "", ".gz"]
