import pytest

from labelport.manifests.contract import Platform
from labelport.manifests.redbrick import Redbrick, RedbrickOptions
from labelport.options import ManifestOptions
from labelport.testing.manifest import ManifestContract


class TestRedbrick(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Redbrick()


class TestRedbrickInSmallChunks(TestRedbrick):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return RedbrickOptions(max_entries=2)
