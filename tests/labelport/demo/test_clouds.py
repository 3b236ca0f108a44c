import numpy as np

from labelport.demo.clouds import clouds, street


def test_the_binary_cloud_holds_the_points_after_its_header() -> None:
    body = dict(clouds())["street/000001.pcd"]
    header, points = body.split(b"DATA binary\n")
    assert b"POINTS 1500\n" in header
    assert np.array_equal(np.frombuffer(points, "<f4").reshape(-1, 4), street(1500, moment=1.0))


def test_the_ascii_cloud_has_a_line_a_point() -> None:
    lines = dict(clouds())["street/000000.pcd"].decode().split("DATA ascii\n")[1].splitlines()
    assert np.allclose([[float(v) for v in line.split()] for line in lines], street(1500, moment=0.0), atol=0.001)


def test_the_car_moves_and_nothing_else() -> None:
    before, after = street(300, moment=0), street(300, moment=1)
    moved = np.flatnonzero((before != after).any(axis=1))
    assert moved.tolist() == list(range(200, 300))
