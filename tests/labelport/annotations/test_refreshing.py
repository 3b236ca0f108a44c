"""Reading only what changed gives what reading everything gives, whatever came, changed and went."""

import json
from collections.abc import Mapping

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.annotations.files import AnnotationFile
from labelport.annotations.gathering import Source
from labelport.annotations.kept import Before
from labelport.annotations.places import PLACE_SCHEMA
from labelport.annotations.refreshing import Listing, Refreshed, refreshed
from labelport.annotations.stage import findings_of
from labelport.findings import findings_table
from labelport.options import AnnotationOptions
from labelport.progress import silent


class Folder:
    """Files in memory; tokens change with the bytes; counts what is read whole."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.opened: list[str] = []

    def files(self) -> list[AnnotationFile]:
        def file(name: str, body: bytes) -> AnnotationFile:
            def read(start: int, length: int) -> bytes:
                if start == 0 and length >= len(body):
                    self.opened.append(name)
                return body[start : start + length]

            return AnnotationFile(name, len(body), str(hash(body)), read)

        return [file(name, self.bodies[name]) for name in sorted(self.bodies, key=str.encode)]


def index(names: Mapping[str, tuple[int, int]]) -> pa.Table:
    rows = [
        {"store": "raw", "key": key, "width": width, "height": height} for key, (width, height) in sorted(names.items())
    ]
    return pa.Table.from_pylist(rows, schema=PLACE_SCHEMA)


IMAGES = {f"{name}.jpg": (100, 80) for name in "abcdef"}


def run(folder: Folder, before: Before, images: Mapping[str, tuple[int, int]] = IMAGES) -> Refreshed:
    listing = Listing(Source("annotations", "memory", "auto", AnnotationOptions()), folder.files())
    return refreshed([listing], before, index(images), silent)


def as_before(done: Refreshed, before: Before) -> Before:
    """Return what the next run finds in the catalogue."""
    sources = {row["source_file"]: row | {"document": None} for row in done.sources}
    return Before(done.rows, sources, findings_table(findings_of(done, before)))


def coco(*boxes: tuple[str, str, int]) -> bytes:
    names = sorted({image for image, _, _ in boxes})
    categories = sorted({category for _, category, _ in boxes})
    return json.dumps(
        {
            "images": [{"id": n, "file_name": name, "width": 100, "height": 80} for n, name in enumerate(names)],
            "categories": [{"id": n, "name": name} for n, name in enumerate(categories)],
            "annotations": [
                {
                    "id": n,
                    "image_id": names.index(image),
                    "category_id": categories.index(category),
                    "bbox": [x, 1, 9, 9],
                }
                for n, (image, category, x) in enumerate(boxes)
            ],
        }
    ).encode()


def voc(image: str, *objects: tuple[str, int]) -> bytes:
    made = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{x}</xmin><ymin>1</ymin><xmax>{x + 9}</xmax><ymax>9</ymax></bndbox></object>"
        for name, x in objects
    )
    size = "<size><width>100</width><height>80</height><depth>3</depth></size>"
    return f"<annotation><filename>{image}</filename>{size}{made}</annotation>".encode()


def yolo(*rows: tuple[int, float, float]) -> bytes:
    return "".join(f"{category} {x} {y} 0.2 0.2\n" for category, x, y in rows).encode()


images = st.sampled_from(["a.jpg", "b.jpg", "lost.jpg"])
categories = st.sampled_from(["cat", "dog", "owl"])
CHANGES = st.one_of(
    st.tuples(
        st.sampled_from(["one.json", "two.json"]),
        st.lists(st.tuples(images, categories, st.integers(0, 130)), max_size=3).map(lambda boxes: coco(*boxes)),
    ),
    st.tuples(
        st.sampled_from(["voc/a.xml", "voc/b.xml", "voc/c.xml"]),
        st.builds(
            lambda image, objects: voc(image, *objects),
            images,
            st.lists(st.tuples(categories, st.integers(-5, 99)), max_size=3),
        ),
    ),
    st.tuples(
        st.sampled_from(["y/d.txt", "y/e.txt", "y/f.txt"]),
        st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.5, 0.9]), st.just(0.5)), max_size=3).map(
            lambda rows: yolo(*rows)
        ),
    ),
    st.tuples(st.just("y/label.labels"), st.sampled_from([b"p\nq\n", b"q\np\nr\n"])),
    st.tuples(st.sampled_from(["notes.xyz", "one.json"]), st.just(b"nothing that is known")),
)
STEPS = st.lists(
    st.lists(CHANGES, min_size=1, max_size=4).map(dict) | st.sets(st.integers(0, 9), min_size=1, max_size=3), max_size=5
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=st.lists(CHANGES, max_size=8).map(dict), steps=STEPS)
def test_any_sequence_of_changes_gives_what_a_full_reading_gives(
    first: dict[str, bytes], steps: list[dict[str, bytes] | set[int]]
) -> None:
    folder = Folder()
    folder.bodies |= first
    done = run(folder, Before())
    before = as_before(done, Before())
    for step in steps:
        if isinstance(step, dict):
            folder.bodies |= step
        else:
            names = sorted(folder.bodies)
            for number in step:
                if number < len(names):
                    del folder.bodies[names[number]]
        done = run(folder, before)
        full = run(folder, Before())
        for table in ("images", "categories", "annotations", "skeletons"):
            ours, theirs = getattr(done.rows, table), getattr(full.rows, table)
            assert ours.to_pylist() == theirs.to_pylist(), table
        assert done.sources == full.sources
        before, expected = as_before(done, before), as_before(full, Before())
        assert before.findings is not None
        assert expected.findings is not None
        assert before.findings.to_pylist() == expected.findings.to_pylist()


def test_a_file_that_did_not_change_is_not_opened() -> None:
    folder = Folder()
    folder.bodies = {f"voc/{name}.xml": voc(f"{name}.jpg", ("cat", 5)) for name in "abcdef"}
    before = as_before(run(folder, Before()), Before())
    folder.bodies["voc/c.xml"] = voc("c.jpg", ("dog", 7))
    folder.opened.clear()
    done = run(folder, before)
    assert done.read == {"voc/c.xml"}
    assert len(set(folder.opened)) <= 1 + 3, "the changed file, and the heads of three others"


def test_a_label_file_that_changed_has_all_its_files_read_again() -> None:
    folder = Folder()
    folder.bodies = {"label.labels": b"p\nq\n", "d.txt": yolo((0, 0.5, 0.5)), "e.txt": yolo((1, 0.5, 0.5))}
    before = as_before(run(folder, Before()), Before())
    folder.bodies["label.labels"] = b"q\np\n"
    done = run(folder, before)
    assert done.read == {"d.txt", "e.txt"}
    assert done.rows.categories.column("name").to_pylist() == ["q", "p"]


def test_rows_that_turn_the_decision_have_the_whole_claim_read_again() -> None:
    folder = Folder()
    folder.bodies = {"label.labels": b"p\n", "d.txt": yolo((0, 0.5, 0.5)), "e.txt": yolo((0, 0.5, 0.3))}
    before = as_before(run(folder, Before()), Before())
    folder.bodies["f.txt"] = yolo((0, 0.0, 0.5))  # its centre reading leaves the image: the corner is meant
    done = run(folder, before)
    assert done.read == {"d.txt", "e.txt", "f.txt"}
    first = done.rows.annotations.to_pylist()[0]
    assert (first["x0"], first["x1"]) == (0.5, 0.7)


def test_an_image_that_comes_later_has_its_files_read_again_and_no_others() -> None:
    folder = Folder()
    folder.bodies = {"voc/a.xml": voc("a.jpg", ("cat", 5)), "voc/z.xml": voc("late.jpg", ("cat", 5))}
    before = as_before(run(folder, Before()), Before())
    done = run(folder, before, IMAGES | {"late.jpg": (100, 80)})
    assert done.read == {"voc/z.xml"}
    assert done.rows.images.column("key").to_pylist() == ["a.jpg", "late.jpg"]
