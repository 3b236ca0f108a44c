from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.cvat.unique import UniquePaths
from labelport.manifests.ordering import SortedRows


def unique_of(pairs: list[tuple[str, str]]) -> UniquePaths:
    """Return entries of (path, name in the manifest), spilled after three."""
    found = UniquePaths(SortedRows(lambda row: (row[0], row[1]), run_rows=3))
    for place, (path, written) in enumerate(pairs):
        found.add([path, place], written)
    return found


PATHS = st.text("ab/\\\\.", min_size=1, max_size=4)


@given(st.lists(PATHS, max_size=20))
def test_every_name_stands_once_and_the_object_that_is_called_so_keeps_it(paths: list[str]) -> None:
    pairs = [(path, path.replace("\\", "/")) for path in paths]
    entries = unique_of(pairs)
    rows = list(entries)
    names = [path.replace("\\", "/") for path, *_ in rows]
    assert sorted(names) == sorted({written for _, written in pairs})
    for path, name in zip((row[0] for row in rows), names, strict=True):
        assert path == name or name not in paths
    assert len(rows) + len(entries.left_out()) == len(paths)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert list(entries) == rows
    entries.close()


def test_the_same_object_once_more_is_told_from_another_of_its_name() -> None:
    entries = unique_of([("a", "a"), ("a", "a"), ("b\\c", "b/c"), ("b/c", "b/c")])
    assert entries.left_out() == [("a", True), ("b\\c", False)]
    assert [row[0] for row in entries] == ["a", "b/c"]
