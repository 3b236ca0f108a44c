"""Labels of the drawn pictures, true to the pixel because the pictures were drawn; and two of the usual mistakes."""

import json
import math
from collections.abc import Iterator
from typing import Any

from PIL import ImageFont

from labelport.demo.pictures import ABSENT_FRAME, FRAMES

FOLDER = "labels"

_PHOTO = (480, 320)
_CATEGORIES = ("sun", "number")


def labels() -> Iterator[tuple[str, bytes]]:
    """Yield a COCO file of the photos, and YOLO files of the drawn heart."""
    yield f"{FOLDER}/photos.json", (json.dumps(_photos(), indent=2) + "\n").encode()
    yield f"{FOLDER}/heart/label.labels", b"chamber\n"
    for number in range(1, FRAMES + 1):
        if number != ABSENT_FRAME:
            yield f"{FOLDER}/heart/frame_{number:04d}.txt", _chamber((number - 1) / 12)


def sun_of(moment: float) -> tuple[float, float, float, float]:
    """Return the box of the sun of ``scenes.landscape`` at a moment, on a photo of 480 x 320: x, y, width, height."""
    width, height = _PHOTO
    radius = 0.045 * height
    x = (0.15 + 0.7 * moment) * width
    y = (0.3 - 0.12 * math.sin(math.pi * moment)) * height
    return tuple(round(value, 2) for value in (x - radius, y - radius, 2 * radius, 2 * radius))  # type: ignore[return-value]


def _photos() -> dict[str, Any]:
    width, height = _PHOTO
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for orientation in range(1, 9):
        images.append(
            {"id": orientation, "file_name": f"photos/orientation_{orientation}.jpg", "width": width, "height": height}
        )
        left, top, right, bottom = ImageFont.load_default(56).getbbox(str(orientation))
        digit = (18 + left, 4 + top, right - left, bottom - top)
        for category, box in enumerate((sun_of(orientation / 9), digit)):
            annotations.append(_annotation(len(annotations) + 1, orientation, category, box))
    annotations.append(_annotation(len(annotations) + 1, 8, 7, (10, 10, 20, 20)))  # of a category that is not there
    annotations.append(_annotation(len(annotations) + 1, 8, 1, (450, 300, 60, 30)))  # reaches outside of its image
    return {
        "info": {"description": "Labels of the demo's photos", "year": 2026},
        "categories": [{"id": number, "name": name} for number, name in enumerate(_CATEGORIES)],
        "images": images,
        "annotations": annotations,
    }


def _annotation(number: int, image: int, category: int, box: tuple[float, ...]) -> dict[str, Any]:
    return {"id": number, "image_id": image, "category_id": category, "bbox": list(box), "iscrowd": 0}


def _chamber(phase: float) -> bytes:
    """Return the YOLO row of the chamber of ``scenes.ultrasound``: class, centre, width and height as shares."""
    beat = 1 + 0.22 * math.cos(2 * math.pi * phase)
    return f"0 0.5 0.55 {0.24 * beat:.10f} {0.44 * beat:.10f}\n".encode()
