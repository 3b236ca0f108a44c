import pytest

from labelport.manifests.cvat.layouts import is_kitti, stems_that_claim, written_path


@pytest.mark.parametrize(
    ("image", "stems"),
    [
        ("s1.png", ["s1"]),
        ("a/s1.png", ["a/s1", "a/a"]),
        ("s1/front.jpg", ["s1/front", "s1/s1"]),
        ("x/related_images/001_pcd/cam.png", ["x/related_images/001_pcd/cam", "x/related_images/001_pcd/001_pcd", "x/pointcloud/001"]),
        ("related_images/001_PCD/cam.png", ["related_images/001_PCD/cam", "related_images/001_PCD/001_PCD", "pointcloud/001"]),
        ("related_images/a_b_pcd/cam.png", ["related_images/a_b_pcd/cam", "related_images/a_b_pcd/a_b_pcd", "pointcloud/a_b"]),
        ("related_images/001_png/cam.png", ["related_images/001_png/cam", "related_images/001_png/001_png"]),
        ("d/IMAGE_03/data/7.png", ["d/IMAGE_03/data/7", "d/IMAGE_03/data/data", "d/velodyne_points/data/7"]),
        ("image_x/data/7.png", ["image_x/data/7", "image_x/data/data"]),
        ("image_1/other/7.png", ["image_1/other/7", "image_1/other/other"]),
        ("/data/x.png", ["/data/x", "/data/data"]),
    ],
)  # fmt: skip
def test_the_clouds_that_may_claim_an_image_in_the_order_of_the_tool(image: str, stems: list[str]) -> None:
    assert list(stems_that_claim(image)) == stems


@pytest.mark.parametrize(
    ("key", "path"), [("a/1.bin", "a/1.pcd"), ("a/1.BIN", "a/1.pcd"), ("a/1.PCD", "a/1.PCD"), ("bin", "bin")]
)
def test_a_bin_is_called_pcd_and_any_other_extension_keeps_its_case(key: str, path: str) -> None:
    assert written_path(key) == path


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        ("velodyne_points/data/1.bin", True),
        ("d/velodyne_points/data/1.BIN", True),
        ("velodyne_points/1.bin", False),
        ("velodyne_points/data/1.pcd", False),
        ("velodyne_points/data/x/1.bin", False),
    ],
)
def test_kittis_clouds_are_known_by_their_place(key: str, is_one: bool) -> None:
    assert is_kitti(key) is is_one
