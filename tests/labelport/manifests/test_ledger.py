"""What waits on disk while the series go by."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.ledger import DueSeries, WrittenSeries
from labelport.manifests.reading import TableSeries
from labelport.testing.manifest import Prefix, media_row

PREFIX = Prefix()
IDS = [PREFIX.add(f"s{n}", [media_row(f"{n}.png")]) for n in range(8)]
SERIES = TableSeries(PREFIX.series, PREFIX.items, PREFIX.media)


@given(told=st.lists(st.sampled_from(IDS)))
def test_the_series_that_were_told_come_once_in_key_order(told: list[str], tmp_path_factory: object) -> None:
    written = WrittenSeries()
    for identity in told:
        written.tell(identity)
    folder = Path(tmp_path_factory.mktemp("written"))  # type: ignore[attr-defined]
    found = [one.row["series_id"] for one in written.of(SERIES, folder)]
    written.close()
    assert found == (sorted(set(told)) if told else sorted(IDS))


def test_a_reader_over_no_ids_is_empty(tmp_path: Path) -> None:
    (tmp_path / "ids").write_text("")
    assert list(DueSeries(SERIES, tmp_path / "ids")) == []
