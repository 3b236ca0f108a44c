"""Every registered format keeps the contract; and any set that is written in it comes back as far as it says."""

import pytest
from hypothesis import HealthCheck, given, settings

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Format
from labelport.annotations.detecting import formats
from labelport.registry import ANNOTATION_FORMATS, broken
from labelport.testing.annotation_exchange import Sample, lost_silently
from labelport.testing.annotation_format import AnnotationFormatContract
from labelport.testing.annotation_volume_format import VolumeFormatContract
from tests.labelport.annotations.any_sets import any_set
from tests.labelport.annotations.registered import IDS, VOLUMES, WRITTEN, format_of
from tests.labelport.annotations.samples import SAMPLES
from tests.labelport.annotations.segmentation_samples import segmentation_samples
from tests.labelport.annotations.volume_samples import VOLUME_SAMPLES


class TestFormats(AnnotationFormatContract):
    @pytest.fixture(params=IDS)
    def chosen(self, request: pytest.FixtureRequest) -> Format:
        return format_of(request.param)

    @pytest.fixture
    def samples(self, chosen: Format) -> list[Sample]:
        return SAMPLES[chosen.id]


class TestVolumeFormats(VolumeFormatContract):
    @pytest.fixture(params=VOLUMES)
    def chosen(self, request: pytest.FixtureRequest) -> Format:
        return format_of(request.param)

    @pytest.fixture
    def samples(self, chosen: Format) -> list[Sample]:
        return segmentation_samples() if chosen.id == "dicom_seg" else VOLUME_SAMPLES[chosen.id]


def test_every_registered_format_loads_and_has_samples() -> None:
    assert broken(ANNOTATION_FORMATS) == {}
    assert set(formats()) == {*IDS, *VOLUMES}
    assert (set(SAMPLES), {"dicom_seg", *VOLUME_SAMPLES}) == ({*IDS}, {*VOLUMES})


@given(drawn=any_set(most=6))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_set_comes_back_as_far_as_a_format_holds_it(drawn: AnnotationSet) -> None:
    chosen = [format_of(format_id) for format_id in WRITTEN]
    faults = {each.id: lost_silently(each, drawn, each.Options()) for each in chosen}
    assert [(name, words) for name, words in faults.items() if words] == []
