"""The user's own notes as they go into entries: of the series, and of its single items (specification 1.12)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from labelport.findings import Finding, finding
from labelport.manifests.contract import Item, Series
from labelport.manifests.kinds import Counted
from labelport.privacy import key_may_identify
from labelport.series.notes import joined

LABEL_THIS = "label_this"
"""The note of an item of a series of which only some items are to be labeled: true or false."""


@dataclass(frozen=True)
class Notes:
    """The notes of one series."""

    of_series: dict[str, str]
    """By column, in the order of their names."""

    of_items: tuple[dict[str, str], ...]
    """Those of each item."""

    def of_item(self, number: int) -> dict[str, str]:
        """Return all that is said of one item: its own notes win over those of the series."""
        return {**self.of_series, **self.of_items[number]}

    def columns_of_items(self) -> list[str]:
        """Return the names of all columns that items have, in their order."""
        return sorted({name for notes in self.of_items for name in notes})


@dataclass
class NoteTaker:
    """Reads the notes of series, and counts what is wrong with them."""

    reserved: frozenset[str]
    """Names that the entries have already: a column of that name is left out."""

    taken: dict[str, Counted] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    """Names of all notes that were given out."""

    lost: Counted = field(default_factory=lambda: Counted("manifest.note_not_held"))
    suspect: Counted = field(default_factory=lambda: Counted("manifest.phi_suspect"))

    def notes(self, series: Series, items: Sequence[Item], *, company: Sequence[Item] = ()) -> Notes:
        """Return the notes of a series and of these items of it.

        ``company``: what is shown with them, whose own notes have no place.
        """
        name = series.row["series_id"]
        of_series = self._free(joined(series.row.get("metadata"), "notes"), name)
        some = any(not item.row.get("label_this", True) for item in items)
        of_items = []
        for item in items:
            notes = self._free(joined(item.row.get("notes"), "notes"), name)
            label = {LABEL_THIS: "true" if item.row.get("label_this", True) else "false"} if some else {}
            of_items.append({**notes, **label})
        if any(key_may_identify(text) for notes in (of_series, *of_items) for pair in notes.items() for text in pair):
            self.suspect.add(name)
        for column in sorted({column for item in company for column in joined(item.row.get("notes"), "notes")}):
            self.lose(series, column)
        self.columns.update(of_series, *of_items)
        return Notes(of_series, tuple(of_items))

    def lose(self, series: Series, column: str) -> None:
        """Count a note of single items that has no place in an entry."""
        self.lost.add(f"{column} of {series.row['series_id']}")

    def _free(self, notes: dict[str, str], series: str) -> dict[str, str]:
        for name in notes.keys() & (self.reserved | {LABEL_THIS}):
            self.taken.setdefault(name, Counted("manifest.note_name_taken")).add(series)
        return {name: text for name, text in notes.items() if name not in self.reserved and name != LABEL_THIS}

    def findings(self, stage: str) -> list[Finding]:
        """Return what was counted."""
        found = [
            finding(
                counted.code,
                stage=stage,
                pointer=f"column={name}",
                message=f"{counted.count} values of the column {name!r} were left out: the manifest holds something of that name",
                value=", ".join(counted.examples),
                count=counted.count,
            )
            for name, counted in sorted(self.taken.items())
        ]
        found += self.lost.findings(stage=stage, message="{count} notes of single items have no place in an entry")
        if self.suspect.count:
            words = f"the notes of {self.suspect.count} series look like a name, a date or a record number"
            examples, count = ", ".join(self.suspect.examples), self.suspect.count
            found.append(
                finding(self.suspect.code, stage=stage, pointer="notes", message=words, value=examples, count=count)
            )
        return found
