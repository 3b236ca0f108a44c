"""What is said of series while they are written: one by one where an object is at fault, else counted."""

from dataclasses import dataclass, field
from typing import Literal

from labelport.codes import Severity
from labelport.findings import Finding, finding
from labelport.manifests.contract import Series
from labelport.manifests.kinds import Counted

About = Literal[
    "csv_unsupported",
    "unconfirmed",
    "groups_client_only",
    "dicom_client_only",
    "incomplete",
    "ungrouped",
    "mixed_size",
    "large",
    "suspect",
    "reserved",
    "odd",
    "deep",
    "lost",
    "no_columns",
]
"""What is counted."""

_WORDS: dict[About, tuple[str, str]] = {
    "csv_unsupported": (
        "encord.csv_unsupported",
        "{count} series are left out: a CSV has no column for what they hold",
    ),
    "unconfirmed": (
        "encord.unconfirmed_key",
        "{count} series of PDF or NIfTI are left out: no document of the vendor shows their key",
    ),
    "groups_client_only": (
        "encord.client_only_incomplete",
        "{count} groups and DICOM series are left out: an entry of several files has no place for media metadata",
    ),
    "dicom_client_only": (
        "encord.client_only_incomplete",
        "{count} DICOM series are left out: strict access needs 22 tags of each file, and not all of them are probed",
    ),
    "incomplete": (
        "encord.media_metadata_incomplete",
        "{count} entries have no media metadata: a member is unknown or a guess",
    ),
    "ungrouped": ("manifest.ungrouped", "{count} series have items that Encord does not show together"),
    "mixed_size": (
        "encord.sequence_mixed_size",
        "{count} series hold pictures of several sizes: each size is a sequence of its own",
    ),
    "large": (
        "encord.media_over_limit",
        "{count} objects are over 1 GB, over 3840 x 2160, or sound outside 8 to 96 kHz or 16 to 32 bits",
    ),
    "suspect": (
        "manifest.phi_suspect",
        "{count} objects have a key or value that looks like a name, a date or a record number",
    ),
    "reserved": (
        "encord.metadata_key_reserved",
        "{count} values are left out: Encord reserves the names of their columns",
    ),
    "odd": ("encord.metadata_key", "{count} values have a name that cannot be declared in Encord's metadata schema"),
    "deep": ("encord.metadata_not_held", "{count} values are left out: they are nested deeper than 32 levels"),
    "lost": (
        "encord.metadata_not_held",
        "{count} series have values of single images: an entry of several files has no place for them",
    ),
    "no_columns": (
        "encord.metadata_not_held",
        "{count} series have values of your own, and a CSV has no column for them",
    ),
}


@dataclass
class Remarks:
    """Collects findings about series."""

    stage: str
    """Name of the stage."""

    said: list[Finding] = field(default_factory=list)
    """Findings about one object or series."""

    counts: dict[About, Counted] = field(default_factory=dict)

    def say(self, code: str, series: Series, message: str, *, key: str = "", severity: Severity | None = None) -> None:
        """Add a finding about a series or one of its objects."""
        name = series.row["series_id"]
        self.said.append(finding(code, stage=self.stage, file=key, message=message, series_id=name, severity=severity))

    def count(self, about: About, example: str, number: int = 1) -> None:
        """Count; the examples are ids of series, or names of columns."""
        self.counts.setdefault(about, Counted(_WORDS[about][0])).add(example, number)

    def findings(self) -> list[Finding]:
        """Return all findings: those about objects first."""
        counted = ((self.counts[about], words) for about, (_, words) in _WORDS.items() if about in self.counts)
        return [*self.said, *(each for one, words in counted for each in one.findings(stage=self.stage, message=words))]
