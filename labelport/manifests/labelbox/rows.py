"""Data rows from a series: one an object, with attachments where others belong to it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labelport.manifests.chunks import Entry, Unit
from labelport.manifests.contract import Item, Series
from labelport.manifests.holding import Holding, held
from labelport.manifests.intake import Intake
from labelport.manifests.json_array import array_entry
from labelport.manifests.labelbox.options import LabelboxOptions
from labelport.manifests.user_notes import Notes, NoteTaker

MEDIA_TYPES = {"image": "IMAGE", "video": "VIDEO", "audio": "AUDIO", "text": "TEXT", "pdf": "PDF"}
"""What Labelbox calls the kinds of media that it takes [vendor's SDK]."""

TAKEN = frozenset(MEDIA_TYPES)
"""Kinds of media that a data row can hold."""


def global_key(url: str) -> str:
    """Return the global key of an object: SHA-256 of its URL, in hex. Frozen: Labelbox knows rows by it.

    >>> global_key("https://a/b")[:8]
    '4148a87e'
    """
    return hashlib.sha256(url.encode()).hexdigest()


@dataclass
class RowMaker:
    """Makes data rows in the order of the series."""

    options: LabelboxOptions
    intake: Intake
    taker: NoteTaker

    def unit(self, series: Series) -> Unit | None:
        """Return the data rows of a series, or null where it is left out, which the intake was told."""
        holding = held(series, self.intake, TAKEN)
        if holding is None:
            return None
        pictures = self.intake.addresses(series, holding.pictures, shared=True)
        urls = None if pictures is None else self.intake.addresses(series, holding.items)
        if pictures is None or urls is None:
            return None
        notes = self.taker.notes(series, holding.items, company=holding.pictures)
        name = series.row["series_id"]
        if _are_versions(series, holding):
            attached = [_attachment(url, item) for url, item in zip(urls[1:], holding.items[1:], strict=True)]
            entries = [self._row(name, urls[0], series=name, kind="image", notes=notes.of_item(0), attached=attached)]
            self._lose_notes(series, notes)
        else:
            entries = self._rows(name, holding, urls, pictures, notes)
        if len(entries) > 1 or holding.context:
            self.intake.ungrouped.add(name)
        return Unit(name, tuple(entries))

    def _rows(
        self, name: str, holding: Holding, urls: Sequence[str], pictures: Sequence[str], notes: Notes
    ) -> list[Entry]:
        entries = []
        for number, (item, url) in enumerate(zip(holding.items, urls, strict=True)):
            attached = [_attachment(pictures[n], holding.pictures[n]) for n in holding.shown_with(number)]
            title = name if len(urls) == 1 else f"{name}/{item.row['index']:04d}"
            own = notes.of_item(number)
            entries.append(self._row(title, url, series=name, kind=holding.kind, notes=own, attached=attached))
        return entries

    def _row(
        self,
        title: str,
        url: str,
        *,
        series: str,
        kind: str,
        notes: dict[str, str],
        attached: Sequence[dict[str, str]],
    ) -> Entry:
        fields = [(self.options.series_field, series), *sorted(notes.items())]
        members: dict[str, Any] = {
            "row_data": url,
            "global_key": global_key(url),
            "external_id": title,
            "media_type": MEDIA_TYPES[kind],
            "metadata_fields": [{"name": name, "value": value} for name, value in fields],
        }
        if attached:
            members["attachments"] = list(attached)
        return array_entry(members, 1 + len(attached), section=MEDIA_TYPES[kind])

    def _lose_notes(self, series: Series, notes: Notes) -> None:
        """Count the notes of attachments that are not those of the row: attachments have none."""
        row = notes.of_item(0)
        for column in notes.columns_of_items():
            if any(one.get(column) not in (None, row.get(column)) for one in notes.of_items[1:]):
                self.taker.lose(series, column)


def _are_versions(series: Series, holding: Holding) -> bool:
    """Return whether a series is one picture in several versions: one is the row, the others are attached.

    Several windows of one slice are versions, too; of several slices they are not.
    """
    if holding.kind != "image" or len(holding.items) == 1:
        return False
    versions = {item.row.get("version") for item in holding.items if item.row["store"] == "publish"} - {None}
    return series.row["kind"] == "versions" or len(versions) == len(holding.items)


def _attachment(url: str, item: Item) -> dict[str, str]:
    version = item.row.get("version")
    return {"type": "IMAGE", "value": url, **({"name": version} if version else {})}
