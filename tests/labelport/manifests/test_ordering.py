from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.ordering import SortedRows


@given(st.lists(st.tuples(st.text(), st.integers())), st.integers(1, 5))
def test_rows_come_sorted_as_often_as_asked_however_small_the_runs(rows: list[tuple[str, int]], run: int) -> None:
    with SortedRows(lambda row: (row[0], row[1]), run_rows=run) as ordered:
        for row in rows:
            ordered.add(list(row))
        wanted = [list(row) for row in sorted(rows)]
        assert list(ordered) == wanted
        assert list(ordered) == wanted
        assert ordered.count == len(rows)
