import pytest

from labelport.manifests.centaur import Centaur
from labelport.manifests.contract import Platform
from labelport.manifests.cvat import Cvat
from labelport.testing.manifest import ManifestContract


class TestCvat(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Cvat()


class TestCentaur(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Centaur()
