"""What is said of a template and of what was joined with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from labelport.findings import Finding, Severity, finding
from labelport.manifests.centaur.filling import Filling
from labelport.manifests.centaur.options import CentaurOptions
from labelport.manifests.centaur.outputs import dicom_name, draft_name, side_name
from labelport.manifests.centaur.rows import SERIES
from labelport.manifests.centaur.template import TemplateFault, TemplateRow
from labelport.manifests.emission import stage_name
from labelport.manifests.kinds import Counted


@dataclass
class TemplateRemarks:
    """Counts what is wrong with the rows of a template while they go by."""

    options: CentaurOptions
    faults: dict[str, Counted] = field(default_factory=dict)
    odd: Counted = field(default_factory=lambda: Counted("manifest.csv_unsafe"))

    def usable(self, rows: Iterable[TemplateRow]) -> Iterator[TemplateRow]:
        """Yield the rows that can be written back."""
        for row in rows:
            if row.fault is not None:
                self.faults.setdefault(row.fault, Counted("centaur.row")).add(f"line {row.line}")
                continue
            if row.is_odd:
                self.odd.add(f"line {row.line}")
            yield row

    def findings(self) -> Iterator[Finding]:
        """Yield what was counted; the values are the first few lines."""
        for fault, counted in sorted(self.faults.items()):
            words = f"{counted.count} rows of the template {self.options.template} are left out: they have {fault}"
            yield self._finding(counted, fault, words, "Correct these rows, or download the template again.")
        if self.odd.count:
            words = (
                f"{self.odd.count} rows of the template hold a cell that needs quotes, or that a spreadsheet would run:"
                " they are written back as the portal wrote them, and none whose origin is so gets a series"
            )
            hint = "Nothing to do where the portal takes its own template back; else rename these objects there."
            yield self._finding(self.odd, "template", words, hint, "warning")

    def _finding(
        self, counted: Counted, pointer: str, words: str, hint: str, severity: Severity | None = None
    ) -> Finding:
        return finding(
            counted.code,
            stage=stage_name(self.options.manifest_name),
            pointer=pointer,
            message=words,
            hint=hint,
            severity=severity,
            value=", ".join(counted.examples),
            count=counted.count,
        )


def said_of_fault(fault: TemplateFault, options: CentaurOptions) -> Finding:
    """Return why the file is no template."""
    return finding(
        fault.code,
        stage=stage_name(options.manifest_name),
        pointer=f"{fault.line}:1",
        message=f"the template {options.template} cannot be used: {fault}",
        hint="Download the template from the portal again.",
    )


def no_template(options: CentaurOptions, why: str) -> Finding:
    """Return the warning that a draft was written."""
    return finding(
        "centaur.no_template",
        stage=stage_name(options.manifest_name),
        message=f"a draft with empty content_id was written ({why}): it is for review and cannot be uploaded as it is",
    )


def said_of_filling(filling: Filling, rules: Mapping[str, int], options: CentaurOptions) -> Iterator[Finding]:
    """Yield what came of the join; ``rules``: rows of ours by the rule that matched them."""
    stage = stage_name(options.manifest_name)
    lost: Severity | None = "warning" if options.partial else None

    def said(code: str, count: int, words: str, severity: Severity | None = None) -> Iterator[Finding]:
        if count:
            yield finding(code, stage=stage, message=words, count=count, severity=severity)

    ours, ambiguous, theirs = (filling.side[name] for name in ("only_in_ours", "ambiguous", "only_in_template"))
    words = f"{ours} rows of ours are not written, {filling.absent} of them because the template has no such origin: "
    words += (
        "what it has of their series is written with gaps"
        if options.partial
        else "a series is written whole or not at all (`partial: true` writes it with gaps), and never renumbered"
    )
    yield from said("centaur.only_in_ours", ours, f"{words}. See {side_name(filling.base, 'only_in_ours')}", lost)
    words = f"{ambiguous} rows fit several rows of the other side, and were not matched"
    yield from said("centaur.ambiguous", ambiguous, f"{words}. See {side_name(filling.base, 'ambiguous')}", lost)
    tails, bases = rules.get("tail", 0), rules.get("base name", 0)
    words = f"{tails + bases} rows were matched by a guess: {tails} by the tail of the path, {bases} by base name alone"
    yield from said("centaur.fuzzy_match", tails + bases, words)
    words = f"{theirs} rows of the template are of no series here"
    if filling.emptied:
        words += f"; {filling.emptied} rows are of a series in the template, and of none in what was written"
    yield from said("centaur.only_in_template", theirs or filling.emptied, words)
    if filling.drafts:
        names = [draft_name(filling.base) if file == SERIES else dicom_name(filling.base) for file in filling.drafts]
        yield no_template(
            options, f"{' and '.join(names)}: the template {options.template} has no series of them whole"
        )
