import pytest

from labelport.manifests.contract import Platform
from labelport.manifests.tabular import Kili, Scale, Supervisely, SuperviselyOptions
from labelport.options import ManifestOptions
from labelport.testing.manifest import ManifestContract


class TestSupervisely(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Supervisely()


class TestSuperviselyByPath(TestSupervisely):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return SuperviselyOptions(address="path", tags=["modality"])


class TestKili(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Kili()


class TestScale(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Scale()
