"""COCO files for tests: read and written with one call, and made by hypothesis."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, ReadContext
from labelport.annotations.detecting import Taken
from labelport.annotations.files import in_memory
from labelport.annotations.formats.coco import COCO
from labelport.annotations.matching import Matcher
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.places import PLACE_SCHEMA
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.annotations.writing import write_annotations
from labelport.options import AnnotationOptions

NAME = "a.json"


def index_of(sizes: dict[str, tuple[int, int]]) -> pa.Table:
    """Return an index of images: width and height by key."""
    rows = [{"store": "raw", "key": key, "width": width, "height": height} for key, (width, height) in sizes.items()]
    return pa.Table.from_pylist(rows, PLACE_SCHEMA)


def read(
    body: bytes | dict[str, Any], *, name: str = NAME, sizes: dict[str, tuple[int, int]] | None = None, **options: Any
) -> tuple[AnnotationSet, Said, str]:
    """Return the set of a COCO file, boxes checked, what was said, and the narrowest format id."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = Said()
    chosen = AnnotationOptions(**options)
    context = ReadContext(chosen, said)
    if sizes is not None:
        context = ReadContext(chosen, said, Matcher(index_of(sizes), chosen, said))
    file = in_memory(name, body)
    parsed = read_claim(Taken(COCO, Claim((name,))), {name: file}, context).parsed
    return parsed.annotations, said, parsed.format


def said_of(said: Said) -> list[tuple[str, str]]:
    """Return (code, pointer) of findings, sorted."""
    return sorted((each.code, each.pointer) for each in said.findings())


def write(given: AnnotationSet, chosen: Any = COCO, **options: Any) -> tuple[bytes, list[tuple[str, int]]]:
    """Return the file of a set, and (code, count) of what was lost."""
    output = MemoryOutput()
    findings = write_annotations(given, chosen, output, options=AnnotationOptions(**options))
    return output.files["annotations.json"], [(each.code, each.count) for each in findings]


def exact(body: bytes) -> Any:
    """Return JSON as a value in which numbers are their texts, and objects lists of their members in order."""
    return json.loads(body, parse_float=_Text, parse_int=_Text, object_pairs_hook=list)


class _Text(str):
    """The text of a number: no JSON string is equal to it."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text) and str(self) == str(other)


def through_parquet(given: AnnotationSet, folder: Path) -> AnnotationSet:
    """Return a set as it is after its tables were written and read again."""
    import pyarrow.parquet as pq

    names = ("images", "categories", "annotations", "skeletons")
    for name in names:
        pq.write_table(getattr(given, name), folder / f"{name}.parquet")
    tables = {name: pq.read_table(folder / f"{name}.parquet").cast(getattr(given, name).schema) for name in names}
    return AnnotationSet(**tables, documents=dict(given.documents))


def simple(**members: Any) -> dict[str, Any]:
    """Return a file of one image, one category and one annotation with other members than these."""
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}
    annotation |= {"segmentation": []} | members
    return {
        "images": [{"id": 1, "file_name": "x.jpg", "width": 100, "height": 80}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": [{key: value for key, value in annotation.items() if value is not ...}],
    }


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)
NUMBERS = st.one_of(
    st.integers(0, 90).map(str),
    st.floats(0, 90).map(repr),
    st.decimals(0, 90, places=3).map(str),
    st.sampled_from(["1.50", "2.0", "3e1", "0.0", "7E0", "1e-3"]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
).map(json.dumps)


def _list(numbers: list[str]) -> str:
    return "[" + ", ".join(numbers) + "]"


RINGS = st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=5), min_size=1, max_size=3).map(
    lambda rings: _list([_list([number for point in ring for number in point]) for ring in rings])
)
RUNS = st.integers(0, 36000).map(lambda run: f'{{"size": [180, 200], "counts": [{run}, {36000 - run}]}}')
SEGMENTATIONS = st.one_of(st.just("[]"), st.just("[[]]"), st.just("null"), RINGS, RUNS)
BOXES = st.tuples(
    NUMBERS, NUMBERS, st.sampled_from(["5", "5.0", "1.250", "0.1"]), NUMBERS.filter(lambda n: float(n) > 0)
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw the text of a COCO file without faults, in any order of members, with unknown ones, in any manner."""
    indent = draw(st.sampled_from([None, 2]))
    mark = draw(st.sampled_from(["", '"']))
    names = draw(st.lists(WORDS.filter(bool), min_size=1, max_size=3, unique=True))
    images = [
        _members(
            draw,
            {
                "id": f"{mark}{7 * number}{mark}",
                "file_name": json.dumps(f"{name}.jpg"),
                "width": "200",
                "height": "180",
            },
        )
        for number, name in enumerate(names)
    ]
    categories = [_members(draw, {"id": str(number), "name": '"c"'}) for number in range(draw(st.integers(1, 2)))]
    annotations = []
    keys = draw(st.permutations(["id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation"]))
    for number in range(draw(st.integers(0, 5))):
        values = {
            "id": str(5 * number),
            "image_id": f"{mark}{7 * draw(st.integers(0, len(images) - 1))}{mark}",
            "category_id": str(draw(st.integers(0, len(categories) - 1))),
            "bbox": _list(list(draw(BOXES))),
            "area": draw(NUMBERS),
            "iscrowd": draw(st.sampled_from(["0", "1"])),
            "segmentation": draw(SEGMENTATIONS),
        }
        order = keys if draw(st.booleans()) else draw(st.permutations(keys))
        annotations.append(
            _members(draw, {key: values[key] for key in order}, optional=("area", "iscrowd", "segmentation"))
        )
    lists = {"images": images, "categories": categories, "annotations": annotations}
    top = {key: "[" + _comma(indent).join(rows) + "]" for key, rows in lists.items()}
    top |= {"info": draw(JSON), "licenses": draw(st.sampled_from(["[]", "null", '[{"id": 1}]']))}
    order = draw(st.permutations(list(top)))
    return _object({key: top[key] for key in order}, indent).encode()


def _comma(indent: int | None) -> str:
    return ", " if indent is None else ",\n" + " " * indent


def _members(draw: st.DrawFn, values: dict[str, str], optional: tuple[str, ...] = ()) -> str:
    kept = {key: value for key, value in values.items() if key not in optional or draw(st.integers(0, 3))}
    for name in draw(st.lists(st.sampled_from(["attributes", "score", "my/own", "%b"]), max_size=2, unique=True)):
        kept[name] = draw(NUMBERS) if name == "score" else draw(JSON)
    return _object(kept, None)


def _object(values: dict[str, str], indent: int | None) -> str:
    inner = _comma(indent).join(f"{json.dumps(key)}: {value}" for key, value in values.items())
    return "{" + inner + "}" if indent is None else "{\n" + " " * indent + inner + "\n}"
