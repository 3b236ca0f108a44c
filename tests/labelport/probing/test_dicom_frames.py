"""What the frames of enhanced objects say of themselves, in files that pydicom wrote."""

import io
import struct
from collections.abc import Mapping
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from labelport.probing.contract import BudgetSpent, ProbeContext
from labelport.probing.dicom import PROBE
from labelport.probing.dicom.classes import STORAGE
from tests.labelport.probing.dicom_files import AXIAL, ENHANCED, data_set, enhanced, probed, saved

VOLUME = STORAGE + "6.2"


def nested(values: Mapping[str, Any]) -> Dataset:
    """Return a data set; a mapping is a sequence of one item."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, Items([nested(value)]) if isinstance(value, Mapping) else value)
    return made


def frames_of(*groups: Mapping[str, Any], shared: Mapping[str, Any] | None = None, **tags: Any) -> list[dict[str, Any]]:
    """Return ``per_frame`` of an enhanced object of these functional groups."""
    sequences: dict[str, Any] = {"PerFrameFunctionalGroupsSequence": Items([nested(group) for group in groups])}
    if shared:
        sequences["SharedFunctionalGroupsSequence"] = Items([nested(shared)])
    made = data_set(1, at=None, **{"sop_class": ENHANCED, "frames": len(groups), **sequences, **tags})
    row = probed(saved(made))
    assert (row["status"], row["flags"]) == ("ok", [])
    found: list[dict[str, Any]] = row["dicom"]["per_frame"]
    return found


@pytest.mark.parametrize(
    ("group", "column", "value"),
    [
        ({"MRDiffusionSequence": {"DiffusionBValue": 700.0}}, "b_value", 700),
        (
            {
                "MRDiffusionSequence": {
                    "DiffusionGradientDirectionSequence": {"DiffusionGradientOrientation": [0, 0.6, 0.8]}
                }
            },
            "b_vector",
            [0, 0.6, 0.8],
        ),
        ({"MRModifierSequence": {"InversionTimes": [1100.0, 5.0]}}, "ti", 1100),
        ({"CardiacSynchronizationSequence": {"NominalPercentageOfCardiacPhase": 75.0}}, "cardiac_phase_percent", 75),
        ({"CardiacSynchronizationSequence": {"NominalCardiacTriggerDelayTime": 40.5}}, "trigger_time", 40.5),
        ({"FrameContentSequence": {"FrameAcquisitionNumber": 3}}, "acquisition_number", 3),
        ({"FrameContentSequence": {"TemporalPositionIndex": 2}}, "temporal_position", 2),
        ({"FrameContentSequence": {"DimensionIndexValues": [1, 4, 2]}}, "dimension_index", [1, 4, 2]),
        ({"FrameContentSequence": {"FrameAcquisitionDateTime": "20200101010203.5"}}, "acquisition_time_s", 3723.5),
        ({"FrameContentSequence": {"FrameReferenceDateTime": "20200101010203"}}, "acquisition_time_s", 3723),
        ({"MREchoSequence": {"EffectiveEchoTime": 4.92}}, "te", 4.92),
    ],
)
def test_a_frame_says_what_tells_it_from_others(group: Mapping[str, Any], column: str, value: object) -> None:
    (alone,) = frames_of(group)
    assert alone[column] == value
    first, second = frames_of({}, group)
    assert (first[column], second[column]) == (None, value)
    if "FrameContentSequence" not in group:  # that one is never shared
        assert [frame[column] for frame in frames_of({}, {}, shared=group)] == [value, value]


def test_times_of_frames_go_on_past_midnight_and_no_date_is_kept() -> None:
    moments = ["20200229235950", "20200301000010.5", "20200301000030"]
    frames = frames_of(*({"FrameContentSequence": {"FrameAcquisitionDateTime": moment}} for moment in moments))
    assert [frame["acquisition_time_s"] for frame in frames] == [86390, 86410.5, 86430]


def test_the_frames_of_an_ultrasound_volume_lie_in_the_volume() -> None:
    groups = [
        {
            "PlanePositionVolumeSequence": {"ImagePositionVolume": [0.0, 0.0, float(n)]},
            "PlaneOrientationVolumeSequence": {"ImageOrientationVolume": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]},
        }
        for n in range(2)
    ]
    frames = frames_of(*groups, sop_class=VOLUME)
    assert [frame["ipp"] for frame in frames] == [[0, 0, 0], [0, 0, 1]]
    assert frames[0]["iop"] == list(AXIAL)


def test_a_list_of_frames_that_is_not_of_the_number_of_frames_is_flagged() -> None:
    made = enhanced(1, [("1", n, AXIAL) for n in range(3)])
    made.NumberOfFrames = 5
    row = probed(saved(made)[:])
    assert "per_frame_differs" in row["flags"]


def test_a_bad_moment_of_a_frame_is_null_and_a_flag() -> None:
    group = nested(
        {"FrameContentSequence": {"FrameAcquisitionNumber": 1, "FrameAcquisitionDateTime": "20200230010203"}}
    )
    made = data_set(1, at=None, sop_class=ENHANCED, frames=1, PerFrameFunctionalGroupsSequence=Items([group]))
    row = probed(saved(made))
    assert row["flags"] == ["bad_number"]
    assert row["dicom"]["per_frame"][0]["acquisition_time_s"] is None


def test_groups_that_stand_as_unknown_are_implicit_inside() -> None:
    made = enhanced(1, [("1", n, AXIAL) for n in range(3)])
    wanted = probed(saved(made))["dicom"]["per_frame"]
    alone = Dataset()
    alone.PerFrameFunctionalGroupsSequence = made.PerFrameFunctionalGroupsSequence
    sink = io.BytesIO()
    alone.save_as(sink, implicit_vr=True, little_endian=True)
    value = sink.getvalue()[8:]
    pixels = made.PixelData
    del made.PerFrameFunctionalGroupsSequence, made.PixelData
    unknown = struct.pack("<HH2sHI", 0x5200, 0x9230, b"UN", 0, len(value)) + value
    image = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, len(pixels)) + pixels
    row = probed(saved(made) + unknown + image)
    assert (row["status"], row["dicom"]["per_frame"]) == ("ok", wanted)


def test_a_budget_that_ends_in_the_frames_leaves_the_rest_of_the_row() -> None:
    content = saved(enhanced(1, [("1", n, AXIAL) for n in range(400)]))

    def spent(_start: int, _length: int, /) -> bytes:
        raise BudgetSpent

    row = PROBE.probe(content[: 16 << 10], len(content), spent, PROBE.limits, ProbeContext(key="a"))
    assert (row["status"], row["flags"], row["width"]) == ("partial", ["per_frame_absent"], 6)
