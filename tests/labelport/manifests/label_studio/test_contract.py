import pytest

from labelport.manifests.contract import Platform
from labelport.manifests.label_studio import LabelStudio, LabelStudioOptions
from labelport.options import ManifestOptions
from labelport.testing.manifest import ManifestContract


class TestLabelStudio(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return LabelStudio()


class TestLabelStudioInSmallChunksByUrl(TestLabelStudio):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return LabelStudioOptions(max_entries=2, address="url", image_key="picture")
