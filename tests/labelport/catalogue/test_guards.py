import pytest

from labelport.catalogue.guards import not_empty, removed_share
from labelport.catalogue.outcome import Verdict


def share(before: int, listed: int, removed: int, *, limit: float = 0.2, lifted: bool = False) -> Verdict:
    return removed_share(
        before=before, listed=listed, removed=removed, limit=limit, place="/data", examples=["x.jpg"], lifted=lifted
    )


@pytest.mark.parametrize(
    ("before", "listed", "removed", "passes"),
    [
        (0, 0, 0, True),
        (0, 10, 0, True),
        (10, 10, 0, True),
        (10, 8, 2, True),
        (10, 7, 3, False),
        (10, 12, 3, False),  # as many new ones do not bring back the old
        (10, 0, 10, False),
        (1, 0, 1, False),
    ],
)
def test_what_may_go_in_one_run(before: int, listed: int, removed: int, passes: bool) -> None:
    assert share(before, listed, removed).passed is passes


def test_an_empty_listing_is_refused_whatever_the_limit() -> None:
    assert not share(10, 0, 10, limit=1.0).passed
    assert share(10, 1, 9, limit=1.0).passed


def test_a_refusal_says_the_numbers_the_place_and_what_lifts_it() -> None:
    verdict = share(1000, 100, 900)
    assert verdict.blocking
    assert "900 of 1,000 objects (90%) are gone from /data" in verdict.message
    assert "`allow_removed: true`" in verdict.message
    assert verdict.evidence["share"] == 0.9
    assert verdict.evidence["examples"] == ["x.jpg"]


def test_a_lifted_guard_passes_and_says_that_it_was_lifted() -> None:
    verdict = share(10, 0, 10, lifted=True)
    assert verdict.passed
    assert verdict.evidence["lifted"] is True
    assert "lifted for this run" in verdict.message
    assert "lifted" not in share(10, 10, 0, lifted=True).message


@pytest.mark.parametrize(
    ("before", "listed", "lifted", "passes"),
    [
        (None, 1, False, True),
        (None, 0, False, False),
        (None, 0, True, True),
        (5, 0, False, False),
        (5, 0, True, True),
        (0, 0, False, True),  # its emptiness was allowed once
    ],
)
def test_a_bucket_with_nothing_in_it(before: int | None, listed: int, lifted: bool, passes: bool) -> None:
    verdict = not_empty(before=before, listed=listed, place="/data/typo", globs="**/*", lifted=lifted)
    assert verdict.passed is passes
    assert verdict.blocking
    assert "/data/typo" in verdict.message
