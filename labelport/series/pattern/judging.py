"""What is odd about the names of a series: findings, of which none stops anything.

One wrong expression can make a finding of every object of a bucket: each series names some of a code and counts
the rest of it.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from labelport.findings import Finding, finding
from labelport.privacy import plain, shown_key
from labelport.series.members import common_size, folder_of
from labelport.series.pattern.numbers import MOST, gaps_of, mixes_padding, shown_number
from labelport.series.pattern.ordering import Member

STAGE = "series"
MOST_FOLDERS = 3
"""Most folders that a finding names."""


def judged(
    members: Sequence[Member],
    bad: Sequence[Member],
    doubles: Sequence[Member],
    *,
    kept: Sequence[Member],
    versions: Sequence[str],
) -> list[Finding]:
    """Return the findings of one series; those without a file are about the series as a whole.

    ``members``: in order. ``bad``: without a number. ``doubles``: those of the members whose number, camera
    and version came before. ``kept``: what is shown. ``versions``: those that the settings name.
    """
    everyone = [*members, *bad]
    return [
        *_bad_index(bad),
        *gaps(members),
        *twice(members, doubles),
        *_missing_versions(members, versions),
        *_padding(members),
        *_folders(everyone),
        *sizes(kept),
    ]


def _bad_index(bad: Sequence[Member]) -> list[Finding]:
    found = []
    for member in bad[:MOST]:
        text = member.name.index
        words = f"The index is no number: {plain(shown_key(text, 'auto'))}." if text else "The index is empty."
        found.append(finding("pattern.bad_index", stage=STAGE, file=member.key, message=words, value=text))
    return [*found, *_rest("pattern.bad_index", len(bad) - MOST, "objects of the series have no number")]


def tracks_of(members: Sequence[Member]) -> dict[tuple[str | None, str | None], list[int]]:
    """Return the numbers of each camera and version, in the order in which these come."""
    tracks: dict[tuple[str | None, str | None], list[int]] = {}
    for member in members:
        if member.number is not None:
            tracks.setdefault((member.name.camera, member.name.version), []).append(member.number)
    return tracks


def gaps(members: Sequence[Member]) -> list[Finding]:
    """Return what numbers are missing, of each camera and version."""
    found: list[Finding] = []
    more = 0
    for (camera, version), numbers in tracks_of(members).items():
        missing = gaps_of(numbers)
        if missing.count and len(found) == MOST:
            more += 1
        elif missing.count:
            ends = f"{shown_number(min(numbers))} and {shown_number(max(numbers))}"
            count = f"{missing.count:,}" if missing.count < 10**12 else shown_number(missing.count)
            words = f"Missing between {ends}: {missing} ({count} in all)."
            found.append(
                finding(
                    "series.index_gap", stage=STAGE, pointer=_track(camera, version), message=words, value=str(missing)
                )
            )
    return [*found, *_rest("series.index_gap", more, "cameras and versions of the series have gaps")]


def twice(members: Sequence[Member], doubles: Sequence[Member]) -> list[Finding]:
    """Return what stands at one number of one camera and version; ``doubles`` as in ``judged``."""
    first: dict[object, Member] = {}
    for member in members:
        first.setdefault(member.place, member)
    found = []
    for member in doubles[:MOST]:
        value = member.name.version if member.number is None else shown_number(member.number)
        other = plain(shown_key(first[member.place].key, "auto"))
        words = f"{value or 'The image without a version'} is there twice: {other} has it as well."
        found.append(finding("series.index_duplicate", stage=STAGE, file=member.key, message=words, value=value))
    return [*found, *_rest("series.index_duplicate", len(doubles) - MOST, "objects of the series are there twice")]


def _rest(code: str, count: int, words: str) -> Iterator[Finding]:
    if count > 0:
        yield finding(code, stage=STAGE, pointer="others", message=f"{count:,} more {words}.", count=count)


def _missing_versions(members: Sequence[Member], versions: Sequence[str]) -> list[Finding]:
    """Judge each image against the versions of its series, and a series of one image against the settings."""
    images: dict[tuple[int | None, str | None], set[str]] = {}
    seen: dict[str, None] = {}
    for member in members:
        if member.name.version is not None:
            images.setdefault(member.image, set()).add(member.name.version)
            seen.setdefault(member.name.version)
        elif member.number is not None:
            images.setdefault(member.image, set())
    if not seen:
        return []
    has_index = any(number is not None for number, _ in images)
    expected = [v for v in versions if v in seen or not has_index] + [v for v in seen if v not in versions]
    # Counted and not listed: a version that is another one in each name makes a pair of each name and each other.
    count = sum(len(expected) - len(there) for there in images.values())
    if not count:
        return []
    lacking = (
        (None if number is None else shown_number(number), camera, version)
        for (number, camera), there in images.items()
        if len(there) < len(expected)
        for version in expected
        if version not in there
    )
    shown = list(islice(lacking, MOST))
    more = ", …" if count > MOST else ""
    pairs = ", ".join(":".join(part for part in parts if part is not None) for parts in shown)
    words = f"Missing versions: {', '.join(_place(*parts) for parts in shown)}{more} ({count:,} in all)."
    return [finding("series.version_missing", stage=STAGE, message=words, value=f"{pairs}{more}")]


def _place(number: str | None, camera: str | None, version: str) -> str:
    """Return a version with the image that lacks it, for people: ``bone at 2 of left``."""
    return f"{version}{'' if number is None else f' at {number}'}{'' if camera is None else f' of {camera}'}"


def _padding(members: Sequence[Member]) -> list[Finding]:
    texts = [member.name.index for member in members if member.name.index is not None]
    if not texts or not mixes_padding(texts):
        return []
    shortest, longest = min(texts, key=len), max((t for t in texts if t.lstrip("+-").startswith("0")), key=len)
    words = f"Numbers are written as {shortest} and as {longest}."
    return [finding("pattern.mixed_padding", stage=STAGE, message=words, value=f"{shortest}, {longest}")]


def _folders(members: Sequence[Member]) -> list[Finding]:
    folders: dict[str, str] = {}
    for member in members:
        folders.setdefault(member.name.folder, folder_of(member.key))
    if len(folders) < 2:
        return []
    shown = [plain(shown_key(folder, "auto")) or "the top" for folder in list(folders.values())[:MOST_FOLDERS]]
    more = ["…"] if len(folders) > MOST_FOLDERS else []
    words = f"{len(members):,} objects of {len(folders):,} folders are one series: {', '.join([*shown, *more])}."
    return [finding("pattern.folders_joined", stage=STAGE, message=words, value=str(len(folders)))]


def sizes(kept: Sequence[Member]) -> list[Finding]:
    """Return what sizes the members have, where these are several."""
    if not common_size(member.row for member in kept)[2]:
        return []
    known = sorted(
        {(m.row["width"], m.row["height"]) for m in kept if m.row["width"] is not None and m.row["height"] is not None}
    )
    listed = ", ".join(f"{width}x{height}" for width, height in known[:MOST])
    words = f"Members have {len(known):,} sizes: {listed}{', …' if len(known) > MOST else ''}."
    return [finding("series.mixed_size", stage=STAGE, message=words, value=listed)]


def _track(camera: str | None, version: str | None) -> str:
    named = (("camera", camera), ("version", version))
    return " ".join(f"{name}={value}" for name, value in named if value is not None)
