"""Windows are those of the standard, as pydicom computes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_windowing

from labelport.tiles.windowing import bytes_of, range_of, stretched, windowed


@given(
    st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    st.floats(-2000, 2000),
    st.floats(1, 4000),
)
def test_windows_are_as_pydicom_computes_them(function: str, center: float, width: float) -> None:
    said = Dataset()
    said.PhotometricInterpretation, said.BitsStored, said.PixelRepresentation = "MONOCHROME2", 8, 0
    said.VOILUTFunction = function
    said.WindowCenter, said.WindowWidth = f"{center:.6g}", f"{width:.6g}"
    values = np.arange(-3000, 3000, 7)
    with np.errstate(over="ignore"):
        judged = apply_windowing(values, said) / 255
    ours = windowed(values, center=float(said.WindowCenter), width=float(said.WindowWidth), function=function)
    assert ours == pytest.approx(judged, abs=1e-9)


def test_a_window_of_width_one_is_a_step() -> None:
    assert windowed(np.array([9, 10, 11]), center=10, width=1).tolist() == [0, 1, 1]


@pytest.mark.parametrize("width", [0, 0.5, -3, float("nan"), float("inf")])
def test_a_window_without_width_shows_nothing(width: float) -> None:
    with pytest.raises(ValueError, match="window"):
        windowed(np.arange(4), center=1, width=width)


def test_a_range_is_that_of_two_percentiles_and_of_all_values_where_these_are_one() -> None:
    assert range_of(np.arange(101)) == (1, 99)
    labels = np.zeros(1000)
    labels[:3] = 4
    assert range_of(labels) == (0, 4)
    assert range_of(np.array([np.nan, np.inf])) == (0, 0)


def test_what_has_no_range_is_grey_and_what_is_no_number_is_black() -> None:
    assert bytes_of(stretched(np.full(3, 7), 7, 7)).tolist() == [128] * 3
    assert bytes_of(np.array([np.nan, 0.5, 2])).tolist() == [0, 128, 255]
