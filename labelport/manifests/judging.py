"""The verdicts on a manifest before it is published: valid for its platform, or not; and one a group of rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labelport.catalogue.outcome import Verdict
from labelport.findings import Finding
from labelport.manifests.beside import is_left_out
from labelport.manifests.rule_groups import GROUPS, WHAT, counts_by_group
from labelport.options import ManifestOptions
from labelport.privacy import shown_key

CHECK = "valid_for_platform"
EXAMPLES = 5


@dataclass(frozen=True)
class Judgement:
    """The numbers that the verdict rests on; kept with the generation."""

    entries: int
    """Entries over all files."""

    errors: int
    """Errors that the platform's check found in what was written."""

    warnings: int
    """Warnings of that check."""

    skipped: int
    """Items and series left out."""

    empty: bool
    """There is nothing to write."""

    examples: Sequence[str] = ()
    """The first few codes with their messages."""

    groups: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How often each code was said, by group of rules; what only informs is left out."""


def judged(entries: int, said: Sequence[Finding], checked: Sequence[Finding], *, redact: str | bool) -> Judgement:
    """Return the numbers from the findings of the emission, and of the platform's check on what was written.

    ``redact``: how keys of objects are shown in the examples (``privacy.redact_keys``).
    """
    errors = [f for f in checked if f.severity == "error"]
    left_out = [f for f in said if is_left_out(f)]
    return Judgement(
        entries=entries,
        errors=len(errors),
        warnings=sum(f.severity == "warning" for f in checked),
        skipped=sum(f.count for f in left_out if f.code != "manifest.empty"),
        empty=entries == 0,
        examples=[_words(f, redact) for f in (errors or left_out)[:EXAMPLES]],
        groups=counts_by_group([*said, *checked]),
    )


def _words(found: Finding, redact: str | bool) -> str:
    place = shown_key(found.file, redact) if found.file else ""
    return " ".join(part for part in (found.code, place, found.pointer, found.message) if part)


def verdicts_on(options: ManifestOptions, numbers: Judgement) -> tuple[Verdict, ...]:
    """Return the blocking verdict, then one a group of rules; they can be made again from a generation's numbers."""
    return verdict_on(options, numbers), *(_group_verdict(group, numbers) for group in GROUPS)


def _group_verdict(group: str, numbers: Judgement) -> Verdict:
    codes = numbers.groups.get(group, {})
    said = ", ".join(f"{code} {count:,}" for code, count in codes.items())
    return Verdict(
        name=group,
        passed=not codes,
        blocking=False,
        message=f"Look at {said}: see the findings." if codes else f"{WHAT[group].capitalize()}.",
        evidence=dict(codes),
    )


def verdict_on(options: ManifestOptions, numbers: Judgement) -> Verdict:
    """Return the blocking verdict."""
    name = options.manifest_name
    passed = not numbers.empty and not numbers.errors and not (options.strict and numbers.skipped)
    if numbers.empty:
        message = f"{name}: there is nothing to write (manifest.empty). Check `where` and `include`"
    elif numbers.errors:
        message = f"{name}: {numbers.errors} errors in what would have been published for {options.platform}"
    elif not passed:
        message = f"{name}: {numbers.skipped} items were left out, and `strict: true` forbids that"
    else:
        message = f"{numbers.entries} entries, valid for {options.platform}; {numbers.skipped} items left out"
    if not passed and numbers.examples:
        message += f": {numbers.examples[0]}"
    return Verdict(
        name=CHECK,
        passed=passed,
        blocking=True,
        message=f"{message}.",
        evidence={
            "entries": numbers.entries,
            "errors": numbers.errors,
            "warnings": numbers.warnings,
            "skipped": numbers.skipped,
            "strict": options.strict,
            "examples": list(numbers.examples),
        },
    )
