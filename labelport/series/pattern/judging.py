"""What is odd about the names of a series: findings, of which none stops anything."""

from collections.abc import Sequence

from labelport.findings import Finding, finding
from labelport.privacy import plain, shown_key
from labelport.series.members import common_size
from labelport.series.pattern.numbers import MOST, gaps_of, mixes_padding
from labelport.series.pattern.ordering import Member

STAGE = "series"


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
        *_sizes(kept),
    ]


def _bad_index(bad: Sequence[Member]) -> list[Finding]:
    return [
        finding(
            "pattern.bad_index",
            stage=STAGE,
            file=member.key,
            message="The index is empty." if member.name.index is None else "The index is no number.",
            value=member.name.index,
        )
        for member in bad
    ]


def tracks_of(members: Sequence[Member]) -> dict[tuple[str | None, str | None], list[int]]:
    """Return the numbers of each camera and version, in the order in which these come."""
    tracks: dict[tuple[str | None, str | None], list[int]] = {}
    for member in members:
        if member.number is not None:
            tracks.setdefault((member.name.camera, member.name.version), []).append(member.number)
    return tracks


def gaps(members: Sequence[Member]) -> list[Finding]:
    """Return what numbers are missing, of each camera and version."""
    found = []
    for (camera, version), numbers in tracks_of(members).items():
        missing = gaps_of(numbers)
        if missing.count:
            words = f"Missing between {min(numbers)} and {max(numbers)}: {missing} ({missing.count:,} in all)."
            found.append(
                finding(
                    "series.index_gap", stage=STAGE, pointer=_track(camera, version), message=words, value=str(missing)
                )
            )
    return found


def twice(members: Sequence[Member], doubles: Sequence[Member]) -> list[Finding]:
    """Return what stands at one number of one camera and version; ``doubles`` as in ``judged``."""
    first: dict[object, Member] = {}
    for member in members:
        first.setdefault(member.place, member)
    found = []
    for member in doubles:
        value = member.name.version if member.number is None else str(member.number)
        other = plain(shown_key(first[member.place].key, "auto"))
        words = f"{value} is there twice: {other} has it as well."
        found.append(finding("series.index_duplicate", stage=STAGE, file=member.key, message=words, value=value))
    return found


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
    pairs = [
        ":".join(str(part) for part in (number, camera, version) if part is not None)
        for (number, camera), there in images.items()
        for version in expected
        if version not in there
    ]
    if not pairs:
        return []
    listed = ", ".join(pairs[:MOST]) + (", …" if len(pairs) > MOST else "")
    words = f"Missing versions: {listed} ({len(pairs):,} in all)."
    return [finding("series.version_missing", stage=STAGE, message=words, value=listed)]


def _padding(members: Sequence[Member]) -> list[Finding]:
    texts = [member.name.index for member in members if member.name.index is not None]
    if not texts or not mixes_padding(texts):
        return []
    shortest, longest = min(texts, key=len), max((t for t in texts if t.lstrip("+-").startswith("0")), key=len)
    words = f"Numbers are written as {shortest} and as {longest}."
    return [finding("pattern.mixed_padding", stage=STAGE, message=words, value=f"{shortest}, {longest}")]


def _folders(members: Sequence[Member]) -> list[Finding]:
    folders = len({member.name.folder for member in members})
    if folders < 2:
        return []
    words = f"{len(members):,} objects of {folders:,} folders are one series."
    return [finding("pattern.folders_joined", stage=STAGE, message=words, value=str(folders))]


def _sizes(kept: Sequence[Member]) -> list[Finding]:
    if not common_size(member.row for member in kept)[2]:
        return []
    sizes = sorted(
        {(m.row["width"], m.row["height"]) for m in kept if m.row["width"] is not None and m.row["height"] is not None}
    )
    listed = ", ".join(f"{width}x{height}" for width, height in sizes[:MOST])
    words = f"Members have {len(sizes):,} sizes: {listed}{', …' if len(sizes) > MOST else ''}."
    return [finding("series.mixed_size", stage=STAGE, message=words, value=listed)]


def _track(camera: str | None, version: str | None) -> str:
    named = (("camera", camera), ("version", version))
    return " ".join(f"{name}={value}" for name, value in named if value is not None)
