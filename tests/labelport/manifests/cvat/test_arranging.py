from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.cvat.arranging import WithContexts, arranged
from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.ordering import SortedRows

NAMES = st.text("ab.", min_size=1, max_size=3)


@given(st.sets(NAMES), st.lists(st.tuples(NAMES, NAMES)), st.sampled_from(["lexicographical", "natural", "predefined"]))
def test_every_entry_gets_its_context_images_once_and_sorted(
    names: set[str], pairs: list[tuple[str, str]], sorting: str
) -> None:
    entries = SortedRows(lambda row: row[0], run_rows=2)
    contexts = SortedRows(tuple, run_rows=3)
    for place, name in enumerate(sorted(names, reverse=True)):
        entries.add([name, place])
    for main, image in pairs:
        contexts.add([main, image])
    rows = WithContexts(entries, contexts, lambda row: row[0])
    options = CvatOptions.model_validate({"sorting": sorting})
    with entries, contexts, arranged(rows, options, by_path=True) as found:
        expected = {name: sorted({image for main, image in pairs if main == name}) for name in names}
        assert {row[0]: row[-1] for row in found} == expected
        assert [row[0] for row in found] == [row[0] for row in found]
        if sorting != "natural":
            assert [row[0] for row in found] == sorted(names, reverse=sorting == "predefined")
