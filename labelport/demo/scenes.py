"""Drawn pictures: a landscape in changing light, an ultrasound sector, a chest in Hounsfield units.

Pure functions of their arguments: equal arguments give equal pixels on one toolchain.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
Colour = npt.NDArray[np.uint8]
Hounsfield = npt.NDArray[np.int16]

_LIGHTS = (
    # zenith, horizon, sun, nearest hill
    ((58, 96, 160), (250, 205, 150), (255, 244, 214), (34, 60, 52)),
    ((70, 140, 215), (205, 230, 245), (255, 255, 240), (46, 92, 56)),
    ((44, 48, 110), (244, 140, 96), (255, 214, 150), (38, 34, 62)),
    ((16, 22, 56), (70, 84, 140), (235, 240, 255), (14, 20, 38)),
)
"""Dawn, noon, dusk, moonlight."""


def landscape(width: int, height: int, *, light: int = 0, moment: float = 0.5) -> Colour:
    """Return hills before a sky, (height, width, 3) RGB.

    ``light`` picks the hour of the day; ``moment`` (0 to 1) moves the sun and the clouds along.
    """
    zenith, horizon, sun, near = (np.array(colour, float) for colour in _LIGHTS[light % len(_LIGHTS)])
    x = np.linspace(0, 1, width)[None, :]
    y = np.linspace(0, 1, height)[:, None]
    fall = np.clip(y / 0.65, 0, 1)[..., None]
    picture = zenith * (1 - fall) + horizon * fall
    picture = np.broadcast_to(picture, (height, width, 3)).copy()
    cloud = np.sin(9 * x + 14 * y + 6 * moment) * np.sin(23 * x - 11 * y + 9 * moment) * np.sin(31 * y + 2)
    picture += 26 * np.clip(cloud, 0, 1)[..., None]
    distance = np.hypot((x - 0.15 - 0.7 * moment) * width / height, y - 0.3 + 0.12 * np.sin(np.pi * moment))
    glow = np.clip(np.exp(-9 * distance) + (distance < 0.045), 0, 1)[..., None]
    picture = picture * (1 - glow) + sun * glow
    for layer in range(4):
        share = (layer + 1) / 4
        ridge = (
            0.48
            + 0.12 * layer
            + sum(
                0.05 / wave * np.sin(2 * np.pi * wave * (x + 0.37 * layer) + light + layer)
                for wave in (1, 2.3, 4.1, 9.7)
            )
        )
        shade = (horizon * (1 - share) + near * share) * (1.08 - 0.25 * np.clip(y - ridge, 0, 1)[..., None] / 0.5)
        picture = np.where((y > ridge)[..., None], shade, picture)
    return np.clip(picture, 0, 255).astype(np.uint8)


def ultrasound(width: int, height: int, *, phase: float) -> Gray:
    """Return a sector with speckle and a chamber that beats, (height, width); ``phase`` 0 to 1 is one beat."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    radius = np.hypot(x - width / 2, y + height * 0.04) / height
    angle = np.arctan2(x - width / 2, y + height * 0.04)
    grain = _smooth(np.random.default_rng(7).random((192, 160)), 1)
    rows = np.clip(radius * 190, 0, 191).astype(int)
    columns = np.clip((angle / 1.4 + 0.5) * 159, 0, 159).astype(int)
    echo = (grain[rows, columns] - grain.min()) / np.ptp(grain)
    beat = 1 + 0.22 * np.cos(2 * np.pi * phase)
    chamber = np.hypot((x - width * 0.5) / (width * 0.12 * beat), (y - height * 0.55) / (height * 0.22 * beat))
    wall = np.exp(-(((chamber - 1.15) / 0.12) ** 2))
    tissue = (0.18 + 0.5 * echo) * np.exp(-0.9 * radius)
    picture = np.where(chamber < 1, 0.05 * echo, tissue) + 0.55 * wall * (0.4 + 0.6 * echo)
    picture *= (np.abs(angle) < 0.68) & (radius > 0.12) & (radius < 0.98)
    gray: Gray = (np.clip(picture * 1.15, 0, 1) * 255).astype(np.uint8)
    return gray


def chest(size: int, *, level: float, seed: int = 0) -> Hounsfield:
    """Return an axial slice of a drawn chest in Hounsfield units, (size, size).

    ``level`` runs from the top (0) to the bottom (1) of the lungs; ``seed`` is another person.
    """
    random = np.random.default_rng([seed, round(level * 1000)])
    lean = np.random.default_rng(seed).uniform(0.94, 1.06, 3)
    y, x = np.mgrid[0:size, 0:size] / (size - 1) * 2 - 1
    full = np.sin(np.pi * (0.12 + 0.8 * level))
    slice_ = np.full((size, size), -1000.0)
    body = _ellipse(x, y, 0, 0, 0.92 * lean[0], 0.66 * lean[1])
    slice_[body < 1] = -90
    slice_[_ellipse(x, y, 0, 0, 0.84 * lean[0], 0.58 * lean[1]) < 1] = 45
    for side in (-1, 1):
        lung = _ellipse(x, y, 0.4 * side, 0.02, 0.16 + 0.17 * full, 0.2 + 0.27 * full * lean[2])
        slice_[lung < 1] = -860
        for _ in range(14):
            out, turn = random.uniform(0.15, 0.75), random.uniform(0, 2 * np.pi)
            vessel = np.hypot(
                x - 0.4 * side - out * 0.3 * np.cos(turn) * full, y - 0.02 - out * 0.42 * np.sin(turn) * full
            )
            slice_[(vessel < random.uniform(0.008, 0.026)) & (lung < 1)] = 30
    slice_[_ellipse(x, y, -0.07, -0.12, 0.24 * full, 0.2 * full) < 1] = 60
    slice_[_ellipse(x, y, 0, 0.4, 0.11, 0.1) < 1] = 420
    slice_[_ellipse(x, y, 0, 0.4, 0.075, 0.065) < 1] = 260
    slice_[_ellipse(x, y, 0, 0.51, 0.03, 0.03) < 1] = 10
    for turn in np.linspace(0.35, 2 * np.pi - 0.35, 14) + 0.15 * level:
        rib = _ellipse(x, y, 0.78 * lean[0] * np.sin(turn), 0.53 * lean[1] * np.cos(turn), 0.06, 0.028)
        slice_[rib < 1] = 620
    slice_ = _smooth(slice_, 1) + random.normal(0, 9, slice_.shape)
    return np.clip(slice_, -1024, 3071).astype(np.int16)


def chest_structures(size: int, *, level: float, seed: int = 0) -> dict[str, npt.NDArray[np.bool_]]:
    """Return what ``chest`` draws as masks, (size, size) each; the wall of the body is what is left of it."""
    y, x = np.mgrid[0:size, 0:size] / (size - 1) * 2 - 1
    lean = np.random.default_rng(seed).uniform(0.94, 1.06, 3)
    full = np.sin(np.pi * (0.12 + 0.8 * level))
    heart = _ellipse(x, y, -0.07, -0.12, 0.24 * full, 0.2 * full) < 1
    spine = _ellipse(x, y, 0, 0.4, 0.11, 0.1) < 1
    lungs = [
        (_ellipse(x, y, 0.4 * side, 0.02, 0.16 + 0.17 * full, 0.2 + 0.27 * full * lean[2]) < 1) & ~heart & ~spine
        for side in (-1, 1)
    ]
    body = _ellipse(x, y, 0, 0, 0.92 * lean[0], 0.66 * lean[1]) < 1
    wall = body & ~(_ellipse(x, y, 0, 0, 0.84 * lean[0], 0.58 * lean[1]) < 1)
    return {"lung_right": lungs[0], "lung_left": lungs[1], "heart": heart, "spine": spine, "body_wall": wall}


def windowed(slice_: Hounsfield, *, center: float, width: float) -> Gray:
    """Return a slice as gray values under a window; center and width in Hounsfield units."""
    shown = (slice_.astype(float) - (center - width / 2)) / width
    return (np.clip(shown, 0, 1) * 255).round().astype(np.uint8)


def _ellipse(x: Any, y: Any, *sides: float) -> npt.NDArray[np.float64]:
    """Return where points lie: below 1 is inside. ``sides``: center x and y, half the width and the height."""
    at_x, at_y, wide, high = sides
    distance: npt.NDArray[np.float64] = ((x - at_x) / wide) ** 2 + ((y - at_y) / high) ** 2
    return distance


def _smooth(values: npt.NDArray[np.float64], reach: int) -> npt.NDArray[np.float64]:
    """Return the mean over a square of 2 x reach + 1, edges repeated."""
    padded = np.pad(values, reach, mode="edge")
    side = 2 * reach + 1
    height, width = values.shape
    total: npt.NDArray[np.float64] = sum(
        (padded[dy : dy + height, dx : dx + width] for dy in range(side) for dx in range(side)),
        start=np.zeros(values.shape),
    )
    return total / side**2
