"""The contact sheet of a dataset's series: what to look at, in one picture, as privacy allows."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelport.catalogue.generation import Generation
from labelport.runners.contract import Runner
from labelport.tiles.choosing import Spot, chosen_tiles
from labelport.tiles.making import made_pictures
from labelport.tiles.picture import CUT_SHORT, Picture
from labelport.tiles.sheet import LARGE, Strip

if TYPE_CHECKING:
    from labelport.dataset import Dataset


@dataclass(frozen=True)
class ContactSheet:
    """Strips of tiles, not drawn yet (``sheet.py`` draws them), and what is not on them."""

    strips: Sequence[Strip]
    withheld: Mapping[str, int]
    """Tiles that privacy keeps back, by the words that stand in them."""

    blank: Mapping[str, int]
    """Tiles of which there is no picture for another reason, by words."""

    off: bool = False
    """The settings want no pictures at all."""

    def said(self) -> str:
        """Return in words how many tiles there are, how many were kept back and why."""
        if self.off:
            return "No picture: privacy.previews is none."
        tiles = sum(len(strip.tiles) for strip in self.strips)
        words = [f"{tiles} tiles of {len(self.strips)} series"]
        if self.withheld:
            words.append(
                f"{sum(self.withheld.values())} withheld ({_counted(self.withheld)}; "
                "privacy.previews: all would show them)"
            )
        if self.blank:
            words.append(f"{sum(self.blank.values())} without a picture ({_counted(self.blank)})")
        return "; ".join(words) + "."


def contact_sheet(
    dataset: "Dataset",
    series: Generation,
    media: Generation,
    *,
    side: int = LARGE,
    runner: Callable[[], Runner] | None = None,
) -> ContactSheet:
    """Return the sheet of at most twelve series; ``series`` and ``media`` are generations of the two stages.

    ``side``: pixels of the longer side of a picture. What may not be shown is never read. Raises
    ``RunnerUnavailable``, ``BucketError``.
    """
    previews = dataset.settings.privacy.previews
    if previews == "none":
        return ContactSheet((), {}, {}, off=True)
    chosen = chosen_tiles(series, media, previews=previews)
    spots = [spot for each in chosen for spot in each.spots]
    wanted = [spot.wanted for spot in spots if spot.wanted is not None]
    made = iter(made_pictures(dataset.bucket, wanted, side=side, runner=runner))
    tiles: list[Picture | str] = [spot.words if spot.wanted is None else _tile(spot, next(made)) for spot in spots]
    withheld = Counter(spot.words for spot in spots if spot.kept_back)
    blank = Counter(
        tile for spot, tile in zip(spots, tiles, strict=True) if isinstance(tile, str) and not spot.kept_back
    )
    strips: list[Strip] = []
    at = 0
    for each in chosen:
        strips.append(Strip(each.series, each.why, tiles[at : at + len(each.spots)]))
        at += len(each.spots)
    return ContactSheet(strips, withheld, blank)


def _tile(spot: Spot, made: Picture | str) -> Picture | str:
    return CUT_SHORT if spot.cut_short and isinstance(made, str) else made


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{words}: {count}" for words, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )
