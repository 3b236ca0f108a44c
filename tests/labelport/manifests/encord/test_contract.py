import pytest

from labelport.manifests.contract import Platform
from labelport.manifests.encord import Encord, EncordOptions
from labelport.options import ManifestOptions
from labelport.testing.manifest import ManifestContract


class TestEncord(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Encord()


class TestEncordCsv(TestEncord):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return EncordOptions(format="csv", sequences=True)


class TestEncordForTheSdk(TestEncord):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return EncordOptions(dialect="sdk", media_metadata=True, max_urls=8)


class TestEncordInSmallChunks(TestEncord):
    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return EncordOptions(max_entries=2, split_by=1, groups_plan=True)
