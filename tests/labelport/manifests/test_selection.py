from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.reading import TableSeries
from labelport.manifests.selection import SelectedSeries, part_of
from labelport.options import Sample, SeriesWhere
from labelport.testing.manifest import Prefix, made_prefix, media_row


def names(prefix: Prefix, **given_: Any) -> set[str]:
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    keys = {row["series_id"]: row["group_key"] for row in prefix.series}
    return {keys[one.row["series_id"]] for one in SelectedSeries(series, **given_)}


def test_where_takes_series_for_which_all_that_is_given_holds() -> None:
    prefix = made_prefix()
    assert names(prefix, where=SeriesWhere(kind="frames")) == {"us/case9", "us/case10"}
    assert names(prefix, where=SeriesWhere(kind="dicom")) == {"ct/s"}
    assert names(prefix, where=SeriesWhere(kind=["stack", "versions"])) == {"ct/s", "ct/7"}
    assert names(prefix, where=SeriesWhere(format="jpeg")) == {"b/z.jpg", "b/A.jpg"}
    assert names(prefix, where=SeriesWhere(key="us/case1*/*")) == {"us/case10"}
    assert names(prefix, where=SeriesWhere(rule="single", key="b/**")) == {"b/z.jpg", "b/A.jpg"}
    assert names(prefix, where=SeriesWhere(kind="sound")) == set()


def test_flags_and_attributes_select() -> None:
    prefix = Prefix()
    prefix.add("a", [media_row("a.png")], flags=["index_gap"], attributes=[("modality", "CT")])
    prefix.add("b", [media_row("b.png")], attributes=[("modality", "MR")])
    assert names(prefix, where=SeriesWhere(flags=["index_gap"])) == {"a"}
    assert names(prefix, where=SeriesWhere(without_flags=["index_gap"])) == {"b"}
    assert names(prefix, where=SeriesWhere(attributes={"modality": "MR"})) == {"b"}


def test_a_sample_stays_when_other_series_come() -> None:
    prefix = Prefix()
    for number in range(40):
        prefix.add(f"{number}", [media_row(f"{number}.png")])
    ten = names(prefix, sample=Sample(n=10))
    assert len(ten) == 10
    assert ten != names(prefix, sample=Sample(n=10, random_state=1))
    prefix.add("late", [media_row("late.png")])
    assert len(ten - names(prefix, sample=Sample(n=10))) <= 1


@given(st.text(), st.floats(0.01, 0.99))
def test_a_part_depends_on_the_series_alone_and_not_on_the_order_in_the_settings(identity: str, share: float) -> None:
    train_first = {"train": share, "val": 1 - share}
    val_first = {"val": 1 - share, "train": share}
    assert part_of(identity, train_first) == part_of(identity, val_first)


def test_shares_are_about_kept() -> None:
    parts = [part_of(f"series-{number}", {"train": 0.8, "val": 0.2}) for number in range(5000)]
    assert 0.78 < parts.count("train") / 5000 < 0.82
