import pytest

from labelport.manifests.contract import Platform
from labelport.manifests.ground_truth import GroundTruth, GroundTruthOptions
from labelport.options import ManifestOptions
from labelport.testing.manifest import ManifestContract


class TestGroundTruth(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return GroundTruth()


class TestGroundTruthInSmallChunks(TestGroundTruth):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return GroundTruthOptions(max_entries=6, series_key=None)


class TestGroundTruthFrameByFrame(TestGroundTruth):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return GroundTruthOptions(media="images")
