import pytest

from labelport.manifests.contract import Platform
from labelport.manifests.labelbox import Labelbox, LabelboxOptions
from labelport.options import ManifestOptions
from labelport.testing.manifest import ManifestContract


class TestLabelbox(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Labelbox()


class TestLabelboxInSmallChunks(TestLabelbox):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return LabelboxOptions(max_entries=6, series_field="case")
