"""The guards of the inventory: a listing that lost too much must not empty the manifests."""

from collections.abc import Sequence

from labelport.catalogue.outcome import Verdict


def removed_share(
    *, before: int, listed: int, removed: int, limit: float, place: str, examples: Sequence[str], lifted: bool = False
) -> Verdict:
    """Judge how many of the objects that were there are gone. Blocking.

    ``before``, ``listed``, ``removed``: objects in the live generation, in the new listing, and of the former
    those that are not in the latter. ``limit``: share that may go in one run. ``place``: URI of the
    bucket. ``examples``: a few removed keys, redacted as the settings say. ``lifted``: this run may.
    """
    share = removed / before if before else 0.0
    emptied = listed == 0 and before > 0
    passed = lifted or not (emptied or share > limit)
    numbers = f"{removed:,} of {before:,} objects ({share:.0%}) are gone from {place}"
    if passed:
        words = f"{numbers}; lifted for this run by allow_removed." if lifted and removed else f"{numbers}."
    else:
        words = (
            f"{numbers}; at most {limit:.0%} may go in one run (limits.removed_share). "
            f"{_question(place)} If that is right, launch once with config `allow_removed: true`."
        )
    return Verdict(
        name="removed_share",
        passed=passed,
        blocking=True,
        message=words,
        evidence={
            "share": share,
            "limit": limit,
            "before": before,
            "listed": listed,
            "removed": removed,
            "lifted": lifted,
            "examples": list(examples),
        },
    )


def not_empty(*, before: int | None, listed: int, place: str, globs: str, lifted: bool = False) -> Verdict:
    """Judge whether there is anything at all. Blocking.

    ``before``: objects in the live generation, null where there is none. A bucket whose emptiness was
    allowed once stays allowed: its live generation is empty too.
    """
    passed = listed > 0 or lifted or before == 0
    words = f"{listed:,} objects in {place}."
    if not passed:
        words = (
            f"There is no object in {place} that the settings take ({globs}). "
            f"{_question(place)} Check the globs, too. If it is empty for good, launch once with config `allow_removed: true`."
        )
    return Verdict(
        name="not_empty", passed=passed, blocking=True, message=words, evidence={"listed": listed, "lifted": lifted}
    )


def _question(place: str) -> str:
    """Return what is mostly wrong where objects are gone."""
    return "Is it the right bucket and prefix?" if place.startswith("s3://") else "Is the right folder mounted?"
