"""The contact sheet of real buckets: what is on it, and above all what is not."""

import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset as Tags

from labelport.dataset import Dataset
from labelport.runners.contract import Shard, ShardResult, Work
from labelport.runners.local import LocalRunner
from labelport.tiles.contact_sheet import ContactSheet, contact_sheet
from labelport.tiles.picture import Picture
from labelport.tiles.sheet import MOST_PNG_BYTES, large_sheet_png, small_sheet_png
from tests.labelport.probing.dicom_files import CLIP, data_set, saved
from tests.labelport.tiles.buckets import grouped, live
from tests.labelport.tiles.volumes import bomb, halves, volume
from tests.media import clip, photo, png_bomb, recording

RED, GREEN = (250, 10, 20), (10, 240, 30)
ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"


class Seen(LocalRunner):
    """The runner, and the keys that it was given."""

    keys: list[str] = []  # noqa: RUF012 -- emptied by each test

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        given = list(shards)
        Seen.keys += [key for shard in given for key in shard.rows.column("key").to_pylist()]
        return super().map(work, given)


@pytest.fixture(autouse=True)
def _unseen() -> None:
    Seen.keys = []


def sheet_of(dataset: Dataset, **words: Any) -> ContactSheet:
    return contact_sheet(dataset, live(dataset, "series"), live(dataset, "media_metadata"), runner=Seen, **words)


def coloured(number: int, colour: tuple[int, int, int], **tags: Any) -> bytes:
    """Return a DICOM object of one colour, a series of its own."""
    made: Tags = data_set(number, at=None, StudyInstanceUID=f"2.25.{number}", SeriesInstanceUID=f"2.25.{number}.1")
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    made.Rows = made.Columns = 64
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "RGB", 0
    made.PixelData = np.full((64, 64, 3), colour, np.uint8).tobytes()
    return saved(made)


def pixels_of(png: bytes, colour: tuple[int, int, int]) -> int:
    values = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    return int((np.abs(values - colour).max(axis=2) < 40).sum())


HELD_BACK: dict[str, dict[str, Any]] = {
    "ultrasound": {"SOPClassUID": ULTRASOUND, "Modality": "US"},
    "burned in": {"BurnedInAnnotation": "YES"},
    "screen": {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
    "capture": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
    "endoscope": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.1", "Modality": "ES"},
}


@pytest.fixture(scope="module")
def risky(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    files = {f"{number}.dcm": coloured(number, RED, **tags) for number, tags in enumerate(HELD_BACK.values())}
    files["good.dcm"] = coloured(99, GREEN)
    made = grouped(tmp_path_factory.mktemp("risky"), files)
    return {word: with_previews(made, word) for word in ("auto", "all", "none")}


def with_previews(dataset: Dataset, word: str) -> Dataset:
    privacy = dataset.settings.privacy.model_copy(update={"previews": word})
    return replace(dataset, settings=dataset.settings.model_copy(update={"privacy": privacy}))


def test_no_pixel_of_an_object_that_may_name_a_person_is_on_the_sheet(risky: dict[str, Dataset]) -> None:
    sheet = sheet_of(risky["auto"])
    for png in (small_sheet_png(sheet.strips), large_sheet_png(sheet.strips)):
        assert pixels_of(png, RED) == 0
        assert pixels_of(png, GREEN) > 5000
    assert sheet.withheld == {"may show a name": 4, "burned-in text": 1}
    assert Seen.keys == ["good.dcm"], "what may not be shown is not even read"
    assert "5 withheld" in sheet.said()
    assert "privacy.previews" in sheet.said()


def test_all_shows_all(risky: dict[str, Dataset]) -> None:
    sheet = sheet_of(risky["all"])
    assert pixels_of(large_sheet_png(sheet.strips), RED) > 5 * 5000
    assert not sheet.withheld


def test_none_draws_and_reads_nothing(risky: dict[str, Dataset]) -> None:
    sheet = sheet_of(risky["none"])
    assert small_sheet_png(sheet.strips) == large_sheet_png(sheet.strips) == b""
    assert Seen.keys == []
    assert "none" in sheet.said()


def test_of_a_series_the_first_the_middle_and_the_last_item_are_shown(tmp_path: Path) -> None:
    stack = []
    for number in range(1, 6):
        made = data_set(number, at=(0, 0, -3 * number), WindowCenter=128, WindowWidth=256)
        made.PixelData = bytes([40 * number]) * 24
        stack.append(saved(made))
    dataset = grouped(tmp_path, {f"{number}.dcm": body for number, body in enumerate(stack)})
    [strip] = sheet_of(dataset).strips
    assert strip.series["kind"] == "stack"
    greys = [tile.pixels.mean() for tile in strip.tiles if isinstance(tile, Picture)]
    assert greys == pytest.approx([200, 120, 40], abs=1), "ascending along the normal: the last file is the first slice"


@pytest.mark.slow
def test_of_one_object_of_many_frames_three_are_shown(tmp_path: Path) -> None:
    cine = data_set(1, at=None, sop_class=CLIP, frames=9, WindowCenter=128, WindowWidth=256)
    cine.BurnedInAnnotation = "NO"
    cine.PixelData = b"".join(bytes([20 * number]) * 24 for number in range(9))
    ramp = np.zeros((8, 8, 11), np.uint8) + np.arange(11, dtype=np.uint8)
    ramp[0] = 255
    files = {
        "a.dcm": saved(cine),
        "a.mp4": clip("mp4", frames=25),
        "a.nii.gz": gzip.compress(volume(ramp)),
        **dict(zip(("b.hdr", "b.img"), halves(), strict=True)),
        "a.gif": photo("GIF", 40, 30, frames=3),
        "a.png": photo("PNG"),
        "a.wav": recording(samples=2000),
        "a.txt": b"some words\n" * 9,
    }
    sheet = sheet_of(grouped(tmp_path, files, privacy={"previews": "all"}))
    strips = {strip.series["kind"]: strip for strip in sheet.strips if strip.series["rule"] != "single"}
    strips |= {f"{len(strip.tiles)} {strip.series['kind']}": strip for strip in sheet.strips}
    assert [len(strip.tiles) for strip in (strips["cine"], strips["frames"])] == [3, 3]
    assert {"3 volume", "3 single", "1 single"} <= strips.keys()
    assert len(sheet.strips) == 8, "a pair of files is one series"
    greys = [tile.pixels.mean() for tile in strips["cine"].tiles if isinstance(tile, Picture)]
    assert greys == pytest.approx([0, 80, 160], abs=1)
    assert sheet.blank == {"audio": 1, "text": 1}, "what has no picture says what it is"
    assert not sheet.withheld


def test_a_recording_is_shown_by_its_picture(tmp_path: Path) -> None:
    files = {"a.wav": recording(samples=2000), "a.png": photo("PNG"), "b.wav": recording(samples=2000)}
    sheet = sheet_of(grouped(tmp_path, files, series=[{"rule": "audio_image"}]))
    assert sorted(isinstance(strip.tiles[0], Picture) for strip in sheet.strips) == [False, True]
    assert sheet.blank == {"audio": 1}, "the one without a picture"


@pytest.mark.slow
def test_hostile_files_are_grey_tiles_and_the_others_are_drawn(tmp_path: Path) -> None:
    noise = np.random.default_rng(4).integers(0, 255, (64, 64), np.uint8)
    sink = io.BytesIO()
    Image.fromarray(noise).save(sink, "PNG")
    wide = data_set(5)
    wide.Rows = wide.Columns = 40_000
    files = {
        "a.png": photo("PNG"),
        "bomb.png": png_bomb(20_000, 12_000),
        "cut.png": sink.getvalue()[:2000],
        "wide.dcm": saved(wide),
        "zeros.nii.gz": bomb((2000, 2000, 400), megabytes=2),
        "cut.mp4": clip("matroska", frames=25)[:900],
    }
    sheet = sheet_of(grouped(tmp_path, files, series=[{"rule": "single"}]))
    words = [tile for strip in sheet.strips for tile in strip.tiles if isinstance(tile, str)]
    assert sum(isinstance(tile, Picture) for strip in sheet.strips for tile in strip.tiles) >= 1
    assert set(words) <= {"too many pixels", "is cut short", "cannot be decoded", "too many bytes", "took too long"}
    assert len(words) >= 4
    assert 0 < len(small_sheet_png(sheet.strips)) <= MOST_PNG_BYTES


@pytest.mark.slow
def test_an_object_that_changed_since_is_grey(tmp_path: Path) -> None:
    dataset = grouped(tmp_path, {"a.png": photo("PNG"), "b.png": photo("PNG", 50, 50)})
    (tmp_path / "raw/a.png").write_bytes(photo("PNG", 60, 60))
    assert sheet_of(dataset).blank == {"changed or vanished": 1}


@pytest.mark.slow
def test_equal_buckets_give_equal_sheets_and_no_key_is_in_them(tmp_path: Path) -> None:
    files = {f"DOE^JANE/{number}.png": photo("PNG", 40 + number, 30) for number in range(4)}
    one, other = (sheet_of(grouped(tmp_path / name, files)) for name in ("one", "other"))
    assert large_sheet_png(one.strips) == large_sheet_png(other.strips)
    assert "JANE" not in repr([strip.series for strip in one.strips])
    assert "JANE" not in one.said()


def test_a_bucket_without_series_has_no_sheet(tmp_path: Path) -> None:
    sheet = sheet_of(grouped(tmp_path, {}))
    assert sheet.strips == []
    assert small_sheet_png(sheet.strips) == b""
