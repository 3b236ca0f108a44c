"""From DICOM files to what the rule makes of them, without a bucket."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydicom.dataset import Dataset

from labelport.findings import Finding
from labelport.probing.shard import media_batch
from labelport.series.contract import RuleContext
from labelport.series.dicom import DicomOptions, DicomRule
from labelport.tables import ITEMS, MEDIA, SERIES, USABLE
from tests.labelport.probing.dicom_files import probed, saved


@dataclass(frozen=True)
class Made:
    """All that the rule made."""

    series: list[dict[str, Any]]
    items: list[dict[str, Any]]
    findings: list[Finding]

    def of(self, series: Mapping[str, Any], role: str = "image") -> list[str]:
        """Return the items of a series as ``key``, ``key#frame``."""
        rows = [row for row in self.items if row["series_id"] == series["series_id"] and row["role"] == role]
        assert [row["index"] for row in rows] == list(range(len(rows)))
        return [row["key"] + ("" if row["frame"] is None else f"#{row['frame']}") for row in rows]

    def roles(self, role: str) -> list[str]:
        """Return the keys of a role over all series."""
        return sorted(row["key"] for row in self.items if row["role"] == role)

    @property
    def orders(self) -> list[list[str]]:
        """Return the items of all series, sorted."""
        return sorted(self.of(series) for series in self.series)

    @property
    def only(self) -> dict[str, Any]:
        """Return the one series."""
        (series,) = self.series
        return series

    @property
    def codes(self) -> list[str]:
        """Return the codes of the findings, sorted."""
        return sorted(found.code for found in self.findings)


def media(files: Mapping[str, bytes], *, tokens: Mapping[str, str] | None = None, **context: Any) -> pa.Table:
    """Return the media rows of some files."""
    given = tokens or {}
    rows = [
        {
            "store": "raw", "key": key, "token": given.get(key, f"token {key}"), "size": len(content),
            "probe_version": "v", "extension": "", "kind": "unknown", **probed(content, **context),
        }
        for key, content in sorted(files.items())
    ]  # fmt: skip
    return pa.Table.from_batches([media_batch(rows)], schema=MEDIA.schema)


def grouped(rows: pa.Table, *, hmac_key: bytes | None = None, one_study: bool = False, **options: Any) -> Made:
    """Return what the rule makes of media rows; ``one_study``: whatever they say, they are one group."""
    rule = DicomRule(DicomOptions(**options), RuleContext("d", hmac_key))
    usable = rows.filter(pa.array([status in USABLE for status in rows["status"].to_pylist()]))
    groups: dict[str, list[int]] = defaultdict(list)
    keys = [key for batch in usable.to_batches() for key in rule.group(batch).to_pylist()]
    for place, key in enumerate(keys):
        if key is not None:
            groups["study" if one_study else key].append(place)
    made = Made([], [], [])
    for key, places in sorted(groups.items()):
        members = usable.take(pa.array(places)).select(["store", "key", "token", *rule.columns])
        built = rule.build(key, members, rows[:0]).in_rows()
        made.series.extend(built.series)
        made.items.extend(built.items)
        made.findings.extend(built.findings)
    assert pa.Table.from_pylist(made.series, schema=SERIES.schema).num_rows == len(made.series)
    assert pa.Table.from_pylist(made.items, schema=ITEMS.schema).num_rows == len(made.items)
    return made


def series_of(images: Mapping[str, Dataset] | Iterable[Dataset], **options: Any) -> Made:
    """Return what the rule makes of images; by name, or ``0``, ``1`` … in their order."""
    named = dict(images) if isinstance(images, Mapping) else {str(n): image for n, image in enumerate(images)}
    return grouped(media({key: saved(image) for key, image in named.items()}), **options)


def folder_media(folder: Path) -> pa.Table:
    """Return the media rows of the files of a folder."""
    return media(
        {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    )
