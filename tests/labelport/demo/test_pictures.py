import io

import numpy as np
from PIL import Image, ImageOps

from labelport.demo.pictures import EXIF_ORIENTATION, numbered_frames, oriented_photos, window_versions
from labelport.demo.scenes import chest, windowed


def test_every_orientation_is_there_and_all_are_shown_upright() -> None:
    photos = [Image.open(io.BytesIO(body)) for _, body in oriented_photos()]
    assert [photo.getexif()[EXIF_ORIENTATION] for photo in photos] == [1, 2, 3, 4, 5, 6, 7, 8]
    for photo in photos:
        shown = ImageOps.exif_transpose(photo)
        assert shown.size == (480, 320)
        values = np.asarray(shown.convert("L"), float)
        assert values[:100].mean() > values[-60:].mean()  # the sky is above the hills


def test_one_frame_is_missing() -> None:
    keys = [key for key, _ in numbered_frames()]
    assert len(keys) == 23
    assert "ultrasound/heart/frame_0012.png" in keys
    assert "ultrasound/heart/frame_0013.png" not in keys


def test_the_windows_of_one_image_differ_and_agree_in_size() -> None:
    pictures = {key: Image.open(io.BytesIO(body)) for key, body in window_versions()}
    assert set(pictures) == {f"windows/case{n}_{name}.png" for n in (7, 8, 9) for name in ("lung", "bone")}
    lung, bone = np.asarray(pictures["windows/case7_lung.png"]), np.asarray(pictures["windows/case7_bone.png"])
    assert lung.shape == bone.shape
    assert lung.mean() > 1.5 * bone.mean()


def test_a_window_maps_its_ends_to_black_and_white() -> None:
    values = np.array([[-2000, -1350, -600, 150, 2000]], np.int16)
    assert windowed(values, center=-600, width=1500).tolist() == [[0, 0, 128, 255, 255]]


def test_a_drawn_chest_has_air_lungs_tissue_and_bone() -> None:
    slice_ = chest(128, level=0.5)
    assert slice_.dtype == np.int16
    for low, high in ((-1100, -950), (-930, -780), (-20, 120), (350, 700)):
        assert ((slice_ > low) & (slice_ < high)).mean() > 0.005
