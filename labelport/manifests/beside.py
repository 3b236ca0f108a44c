"""What lies beside every manifest: a README for people, and the list of what was left out."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from labelport.findings import Finding
from labelport.manifests.contract import Sink
from labelport.privacy import plain

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that starts with one of these (OWASP, CSV injection)."""


def toolchain(*packages: str) -> dict[str, str]:
    """Return the installed versions of packages, without importing them."""
    found: dict[str, str] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def is_left_out(found: Finding) -> bool:
    """Return whether a finding says that an item or series was left out (what ``strict`` forbids)."""
    return found.severity == "error" or found.code in {
        "manifest.kind_not_taken",
        "encord.csv_unsupported",
        "encord.unconfirmed_key",
        "cvat.no_extension",
        "cvat.extension_unlisted",
        "cvat.related_depth",
        "cvat.orphan_context",
    }


def skipped_csv(findings: Iterable[Finding]) -> bytes:
    """Return ``key,code,message`` of the objects that were left out, sorted; empty where there are none.

    Keys stand as they are, since the list serves to find them; one that a spreadsheet would run as a
    formula gets a quote mark in front.
    """
    rows = sorted({(f.file, f.code, f.message) for f in findings if f.file and is_left_out(f)})
    if not rows:
        return b""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["key", "code", "message"])
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in row])
    return text.getvalue().encode("utf-8", "backslashreplace")


def readme(
    title: str,
    paragraphs: Sequence[str],
    *,
    options: Mapping[str, Any],
    counts: Mapping[str, int],
    tools: Mapping[str, str],
    findings: Sequence[Finding] = (),
) -> bytes:
    """Return the README beside a manifest: no clock, no host, equal for equal input."""
    lines = [title, "=" * len(title), ""]
    for paragraph in paragraphs:
        lines += [paragraph, ""]
    lines += ["Counts", "------", *[f"{name}: {number}" for name, number in counts.items()], ""]
    lines += ["Options", "-------", *[f"{name}: {plain(str(options[name]))}" for name in sorted(options)], ""]
    lines += ["Made with", "---------", *[f"{name} {number}" for name, number in tools.items()]]
    by_code: dict[str, int] = {}
    for found in findings:
        by_code[found.code] = by_code.get(found.code, 0) + found.count
    if by_code:
        lines += ["", "Findings", "--------", *[f"{code}: {by_code[code]}" for code in sorted(by_code)]]
    return ("\n".join(lines) + "\n").encode()


def write_beside(sink: Sink, base: str, readme_bytes: bytes, findings: Sequence[Finding]) -> None:
    """Write ``<base>.skipped.csv`` (where anything was left out) and ``<base>.README.txt``."""
    skipped = skipped_csv(findings)
    if skipped:
        with sink.open(f"{base}.skipped.csv") as output:
            output.write(skipped)
    with sink.open(f"{base}.README.txt") as output:
        output.write(readme_bytes)
