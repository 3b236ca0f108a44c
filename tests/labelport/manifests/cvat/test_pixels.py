import hashlib
import io
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image

from labelport.manifests.cvat.pixels import checksums, image_facts
from labelport.storage.opening import open_bucket


def encoded(image: Image.Image, media_format: str, *, orientation: int | None = None) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    if orientation is not None:
        exif[274] = orientation
    image.save(file, media_format, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_the_checksum_is_of_the_pixels_in_the_files_own_mode(mode: str) -> None:
    image = Image.new(mode, (9, 5))
    assert image_facts(encoded(image, "PNG")) == (9, 5, hashlib.md5(image.tobytes()).hexdigest())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_turns_the_size_and_never_the_pixels(orientation: int) -> None:
    upright = image_facts(encoded(Image.new("L", (9, 5)), "PNG"))
    turned = image_facts(encoded(Image.new("L", (9, 5)), "PNG", orientation=orientation))
    assert turned[:2] == ((5, 9) if orientation > 4 else (9, 5))
    assert turned[2] == upright[2]


def test_a_turned_tiff_keeps_its_stored_size_and_hashes_the_turned_pixels() -> None:
    image = Image.new("L", (9, 5))
    image.putpixel((0, 0), 255)
    width, height, checksum = image_facts(encoded(image, "TIFF", orientation=6))
    assert (width, height) == (9, 5)
    assert checksum == hashlib.md5(image.transpose(Image.Transpose.ROTATE_270).tobytes()).hexdigest()


def test_a_postscript_file_is_never_opened_by_pillow() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        image_facts(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")


def test_a_bad_object_is_a_row_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(encoded(Image.new("L", (2, 2)), "PNG"))
    (tmp_path / "cut.png").write_bytes(encoded(Image.effect_noise((50, 50), 9), "PNG")[:200])
    (tmp_path / "new.png").write_bytes(b"x")
    bucket = open_bucket(str(tmp_path))
    rows = [
        {"key": key, "size": bucket.head(key).size, "token": bucket.head(key).token}
        for key in ("cut.png", "good.png", "new.png")
    ]
    rows[2]["token"] = "another"
    rows.append({"key": "absent.png", "size": 9, "token": "t"})
    begun: list[int] = []
    found = checksums(pa.RecordBatch.from_pylist(rows), {"bucket": str(tmp_path)}, begun.append).to_pylist()
    assert begun == [0, 1, 2, 3]
    assert [row["error"] is None for row in found] == [False, True, False, False]
    assert "decoded" in found[0]["error"]
    assert all("changed or vanished" in found[number]["error"] for number in (2, 3))
