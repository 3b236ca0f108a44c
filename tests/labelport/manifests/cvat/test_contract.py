"""The contract of every platform, on a prefix of clouds with their images."""

import pytest

from labelport.manifests.contract import Platform
from labelport.manifests.cvat import Cvat
from labelport.testing.manifest import ManifestContract, Prefix, made_prefix, media_row


class TestCvatOfClouds(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return Cvat()

    @pytest.fixture
    def prefix(self) -> Prefix:
        prefix = made_prefix()
        for number in range(12):
            key = f"lidar/pointcloud/{number}.pcd"
            prefix.add(key, [media_row(key, kind="pointcloud", media_format="pcd", width=number + 1, height=1)])
            for camera in ("left", "right"):
                image = f"lidar/related_images/{number}_pcd/{camera}.jpg"
                prefix.add(image, [media_row(image, media_format="jpeg")])
        return prefix
