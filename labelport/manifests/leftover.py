"""Objects of the prefix that are in no series for what they are: broken files and archives.

The series stage counts them; a manifest's list of skipped objects names them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labelport.findings import Finding, finding
from labelport.manifests.contract import EmitContext
from labelport.manifests.kinds import Counted
from labelport.manifests.selection import key_matcher
from labelport.options import ManifestOptions, as_list
from labelport.probing.sniff import extension_of
from labelport.tables import USABLE


def leftover_findings(
    context: EmitContext, options: ManifestOptions, stage: str, *, kinds: frozenset[str], extensions: frozenset[str]
) -> Iterator[Finding]:
    """Yield ``manifest.skipped`` for each broken object that was meant as media, and the count of archives.

    ``kinds``: what the platform takes; ``extensions``: lower-case, by which a file of no known kind was
    meant as such. Nothing where ``where`` or ``sample`` choose series by what only series have.
    """
    if context.media is None or not _chooses_by_object(options):
        return
    archives = Counted("manifest.archive_not_opened")
    wanted = _wanted(options)
    for row in context.media():
        if row["store"] != "raw" or not wanted(row):
            continue
        if row["kind"] == "archive":
            archives.add(row["format"] or "archive")
        elif row["status"] not in USABLE and _meant_as_media(row, kinds, extensions):
            error = row.get("error")
            yield finding(
                "manifest.skipped",
                stage=stage,
                file=row["key"],
                message=f"its status is {row['status']}" + (f": {error}" if error else ""),
            )
    yield from archives.findings(stage=stage, message="{count} archives are in the prefix, and none was opened")


def _meant_as_media(row: Mapping[str, Any], kinds: frozenset[str], extensions: frozenset[str]) -> bool:
    if row["kind"] in kinds:
        return True
    return row["kind"] in {"unknown", "text", None} and extension_of(row["key"]) in extensions


def _chooses_by_object(options: ManifestOptions) -> bool:
    where = options.where
    by_series = where is not None and (where.rule or where.attributes or where.flags or where.without_flags)
    return options.sample is None and not by_series


def _wanted(options: ManifestOptions) -> Callable[[Mapping[str, Any]], bool]:
    """Return the test of an object against ``where``, as far as it can be said of one that is in no series."""
    where = options.where
    kinds, formats = (as_list(where.kind), as_list(where.format)) if where else ([], [])
    matches = key_matcher(where)
    return lambda row: (
        (not kinds or row["kind"] in kinds) and (not formats or row["format"] in formats) and matches(row["key"])
    )
