from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

from benchmarks.mediaset import write_clips, write_images


def test_an_image_depends_on_its_number_alone(tmp_path: Path) -> None:
    many = write_images(tmp_path / "a", 6)
    last = write_images(tmp_path / "b", 2, first=4)
    assert [path.read_bytes() for path in many[4:]] == [path.read_bytes() for path in last]
    assert [path.name for path in many[4:]] == [path.name for path in last]


def test_formats_and_sizes_are_those_of_the_specification(tmp_path: Path) -> None:
    paths = write_images(tmp_path, 120)
    kinds: Counter[str | None] = Counter()
    for path in paths:
        with Image.open(path) as picture:
            kinds[picture.format] += 1
            assert 64 <= min(picture.size) <= max(picture.size) <= 800
    assert 70 <= kinds["JPEG"] <= 98
    assert set(kinds) == {"JPEG", "PNG", "TIFF", "WEBP"}
    assert {path.parent.name for path in paths} == {"000", "001"}


def test_clips_are_small_h264(tmp_path: Path) -> None:
    write_clips(tmp_path, 1)
    with av.open(str(tmp_path / "clips/clip_000.mp4"), "r") as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height, stream.codec_context.name) == (320, 240, "h264")
        assert stream.average_rate == Fraction(24)
        assert 48 <= stream.frames <= 120
