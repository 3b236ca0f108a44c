"""One task from a series, or one from each of its objects where nothing shows them together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelport.manifests.chunks import Unit
from labelport.manifests.contract import Item, Series
from labelport.manifests.holding import Holding, held
from labelport.manifests.intake import Intake
from labelport.manifests.json_array import array_entry
from labelport.manifests.kinds import Counted
from labelport.manifests.label_studio.addresses import cannot_stand_in_a_list
from labelport.manifests.label_studio.options import LabelStudioOptions
from labelport.manifests.user_notes import Notes, NoteTaker

TAKEN = frozenset({"image", "video", "audio", "text"})
"""Kinds of media that a task can hold."""

_LISTED = {
    "image": frozenset({"bmp", "gif", "jpeg", "png", "webp"}),
    "video": frozenset({"mp4", "webm"}),
    "audio": frozenset({"flac", "mp3", "mp4", "ogg", "wav"}),
}
"""Formats that Label Studio lists [vendor's documentation]: a browser shows them."""

_ONE_IMAGE = frozenset({"single", "table", "audio_image"})
"""Series whose only image is no list of one."""

Shape = tuple[str, ...]
"""What a task holds: ``image``, ``images`` (a list), ``video``, ``audio``, ``text``; a labeling config fits one.
Joined by blanks it is the section of an entry."""

Task = tuple[Shape, dict[str, Any], dict[str, Any]]
"""What it holds, its objects by key, and its notes."""


@dataclass
class TaskMaker:
    """Makes tasks in the order of the series."""

    options: LabelStudioOptions
    intake: Intake
    taker: NoteTaker
    unlisted: Counted = field(default_factory=lambda: Counted("label_studio.format_unlisted"))

    def unit(self, series: Series) -> Unit | None:
        """Return the tasks of a series, or null where it is left out, which the intake was told."""
        holding = held(series, self.intake, TAKEN)
        if holding is None:
            return None
        pictures = self.intake.addresses(series, holding.pictures, shared=True)
        addresses = None if pictures is None else self.intake.addresses(series, holding.items)
        if pictures is None or addresses is None:
            return None
        if any(cannot_stand_in_a_list(found) for found in self._lists(series, holding, addresses, pictures)):
            words = "Label Studio does not find lists whose addresses all hold '='; `address: url` calls them otherwise"
            self.intake.say("manifest.url_form", series, words, key=holding.items[0].row["key"])
            return None
        notes = self.taker.notes(series, holding.items, company=holding.pictures)
        name = series.row["series_id"]
        tasks: list[Task]
        if _is_list(series, holding):
            tasks = [(("images",), {self.options.image_key: addresses}, _joined(notes))]
        else:
            tasks = list(self._singles(holding, addresses, pictures, notes))
        if len(tasks) > 1 or holding.context:
            self.intake.ungrouped.add(name)
        odd = sum(_is_unlisted(item) for item in (*holding.items, *holding.pictures))
        if odd:
            self.unlisted.add(name, odd)
        entries = []
        for shape, members, more in tasks:
            urls = sum(len(value) if isinstance(value, list) else 1 for value in members.values())
            entries.append(
                array_entry({"data": {**members, self.options.series_key: name, **more}}, urls, section=" ".join(shape))
            )
        return Unit(name, tuple(entries))

    @staticmethod
    def _lists(
        series: Series, holding: Holding, addresses: Sequence[str], pictures: Sequence[str]
    ) -> Iterator[Sequence[str]]:
        """Yield the lists of addresses that the tasks of a series hold."""
        if _is_list(series, holding):
            yield addresses
        for number in range(len(holding.items)):
            own = holding.shown_with(number)
            if len(own) > 1:
                yield [pictures[n] for n in own]

    def _singles(
        self, holding: Holding, addresses: Sequence[str], pictures: Sequence[str], notes: Notes
    ) -> Iterator[Task]:
        """Yield a task for each object; the pictures of a recording stand in its own."""
        key = self.options.key_of_kind[holding.kind]
        for number, address in enumerate(addresses):
            own = [pictures[n] for n in holding.shown_with(number)]
            members: dict[str, Any] = {key: address}
            shape: Shape = (holding.kind,)
            if own:
                members[self.options.image_key] = own[0] if len(own) == 1 else own
                shape = (holding.kind, "image" if len(own) == 1 else "images")
            yield shape, members, dict(sorted(notes.of_item(number).items()))


def _is_list(series: Series, holding: Holding) -> bool:
    return holding.kind == "image" and (len(holding.items) > 1 or series.row["kind"] not in _ONE_IMAGE)


def _is_unlisted(item: Item) -> bool:
    listed = _LISTED.get(str(item.media.get("kind")))
    return listed is not None and item.media.get("format") not in listed


def _joined(notes: Notes) -> dict[str, Any]:
    """Return notes of a task of several images: those of single items as a list, in the order of the images."""
    lists = {
        name: [one.get(name, notes.of_series.get(name)) for one in notes.of_items] for name in notes.columns_of_items()
    }
    return dict(sorted({**notes.of_series, **lists}.items()))
