"""Lists of class names: ``label.labels``, ``obj.names``, ``data.yaml``, ``classes.txt`` and their like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from labelport.annotations.annotation_set import rows_of
from labelport.annotations.contract import ReadContext
from labelport.annotations.files import AnnotationFile
from labelport.tables import CATEGORIES

Ints = np.ndarray[Any, np.dtype[np.int64]]

LISTS = ("label.labels", "_darknet.labels", "obj.names", "data.yaml", "data.yml", "classes.txt", "_classes.txt")
"""Names of files that list class names; the first one of a folder is taken. Any other ``*.names`` comes after."""

KERAS_LIST = "label.txt"
"""The name that YOLO Keras has for it."""

BESIDE = "obj.data"
"""Says where the list and the images lay on the machine that trained; nothing of it is needed."""

MOST_BYTES = 1 << 20
"""Of a list of names, one a line."""

MOST_YAML_BYTES = 1 << 18
"""Of a YAML file: its parser is slow, and a thousand names take 20 KB."""

MOST_DEPTH = 64

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class ClassNames:
    """Names by class number, in the order of the list."""

    file: str
    names: Mapping[int, str] = field(default_factory=dict)
    keypoint_fields: int = 0
    """Fields of keypoints after each box (``kpt_shape`` of a YAML file)."""


def base_of(name: str) -> str:
    """Return the last part of a path."""
    return name.rsplit("/", 1)[-1]


def folder_of(name: str) -> str:
    """Return all but the last part of a path, empty where there is none."""
    return name.rpartition("/")[0]


def rank_of(name: str, lists: Sequence[str]) -> int | None:
    """Return how early a file is asked for class names, or null where it holds none by its name."""
    base = base_of(name).lower()
    if base in lists:
        return lists.index(base)
    return len(lists) if base.endswith(".names") else None


def lists_by_folder(
    files: Sequence[AnnotationFile], lists: Sequence[str], is_rows: Callable[[AnnotationFile], bool]
) -> dict[str, list[str]]:
    """Return the lists of names in each folder, the one to take first.

    ``is_rows`` says of a txt that it holds annotations, whatever it is called.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for file in files:
        rank = rank_of(file.name, lists)
        if rank is not None and not (file.name.lower().endswith(".txt") and is_rows(file)):
            found.setdefault(folder_of(file.name), []).append((rank, file.name))
    return {folder: [name for _, name in sorted(ranked)] for folder, ranked in found.items()}


def nearest(folder: str, lists: Mapping[str, Sequence[str]], known: dict[str, str | None]) -> str | None:
    """Return the nearest folder above or at ``folder`` that has a list; ``known`` remembers the answers."""
    below: list[str] = []
    at = folder
    while at not in known and at not in lists and at:
        below.append(at)
        at = folder_of(at)
    answer = known.get(at, at if at in lists else None)
    known.update(dict.fromkeys((at, *below), answer))
    return answer


def read_class_names(
    names: Sequence[str], files: Mapping[str, AnnotationFile], context: ReadContext
) -> ClassNames | None:
    """Return the names of the first list that can be read; null where none can.

    Findings: ``yolo.bad_labels`` for one that cannot, ``yolo.blank_label`` for a line without a name between others,
    ``yolo.labels_differ`` for a second list in the folder that says otherwise.
    """
    taken: ClassNames | None = None
    for name in names:
        if rank_of(name, (*LISTS, KERAS_LIST)) is None or name not in files:
            continue
        is_yaml = name.lower().endswith((".yaml", ".yml"))
        body = context.body(files[name], most=MOST_YAML_BYTES if is_yaml else MOST_BYTES)
        made = None if body is None else (_of_yaml if is_yaml else _of_lines)(body, name, context)
        if made is None:
            continue
        if taken is None:
            taken = made
        elif list(taken.names.items()) != list(made.names.items()):
            context.said.say(
                "yolo.labels_differ", name, "", f"{taken.file} lists other class names; it was taken and this was not"
            )
    return taken


def category_rows(classes: Ints, names: ClassNames | None, source: str) -> tuple[pa.Table, Ints]:
    """Return the categories, and the row of each class number: in the order of the list.

    Without a list they are the numbers in the order in which they appear; ``source`` is the file to name for them.
    """
    if names is None:
        found, first = np.unique(classes, return_index=True)
        ids = found[np.argsort(first)]
        words = [str(each) for each in ids.tolist()]
    else:
        ids = np.fromiter(names.names, np.int64, len(names.names))
        source, words = names.file, list(names.names.values())
    order = np.argsort(ids, kind="stable")
    numbers = order[np.searchsorted(ids[order], classes)] if len(ids) else np.zeros(0, np.int64)
    texts = [str(each) for each in ids.tolist()]
    return rows_of(CATEGORIES, len(ids), name=words, source_id=texts, source_file=source), numbers


def plain_text(body: bytes) -> bytes:
    """Return UTF-8 text with ``\\n`` between its lines: byte order mark, UTF-16 and carriage returns taken away."""
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        body = body.decode("utf-16", "replace").encode("utf-8", "replace")
    if body[:3] == BOM:
        body = body[3:]
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return body


def _of_lines(body: bytes, file: str, context: ReadContext) -> ClassNames | None:
    lines = [line.strip() for line in plain_text(body).decode("utf-8", "replace").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        if not line:
            context.said.say("yolo.blank_label", file, str(number), "the line holds no name; the next ones keep theirs")
    return ClassNames(file, {number: line for number, line in enumerate(lines) if line})


def _of_yaml(body: bytes, file: str, context: ReadContext) -> ClassNames | None:
    """Return the names of ``names:``, a list or an object by number.

    Only nodes are composed, nothing is built of them: aliases stay one node however often they are named, and a
    class that is called ``no`` or ``1.0`` keeps its name.
    """
    text = plain_text(body).decode("utf-8", "replace")
    if _depth(text) > MOST_DEPTH:
        context.said.say("yolo.bad_labels", file, "", f"brackets are nested deeper than {MOST_DEPTH} levels")
        return None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        members = {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        pointer = "" if mark is None else f"{mark.line + 1}:{mark.column + 1}"
        context.said.say("yolo.bad_labels", file, pointer, "the file is no YAML that can be read")
        return None
    found = members.get("names")
    if isinstance(found, yaml.SequenceNode):
        pairs: list[tuple[int | None, yaml.Node]] = list(enumerate(found.value))
    elif isinstance(found, yaml.MappingNode):
        pairs = [(_number(key), value) for key, value in found.value]
    else:
        context.said.say("yolo.bad_labels", file, "", "the file has no list `names`")
        return None
    return _of_nodes(pairs, _keypoint_fields(members.get("kpt_shape")), file, context)


def _of_nodes(
    pairs: Sequence[tuple[int | None, yaml.Node]], keypoint_fields: int, file: str, context: ReadContext
) -> ClassNames | None:
    made: dict[int, str] = {}
    for number, node in pairs:
        line = str(node.start_mark.line + 1)
        if number is None or number in made or not isinstance(node, yaml.ScalarNode):
            context.said.say("yolo.bad_labels", file, line, "the entry is no name of its own number")
        elif not node.value.strip():
            context.said.say("yolo.blank_label", file, line, "the entry holds no name; the next ones keep theirs")
        else:
            made[number] = " ".join(node.value.split())
    return ClassNames(file, made, keypoint_fields)


def _depth(text: str) -> int:
    """Return how deep brackets are nested: each level costs the parser time at each word."""
    return max(accumulate((1 if each in "[{" else -1 for each in text if each in "[]{}"), initial=0))


def _number(node: yaml.Node) -> int | None:
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _keypoint_fields(node: yaml.Node | None) -> int:
    """Return how many fields the keypoints of a row take: ``kpt_shape: [17, 3]`` is 51."""
    numbers = [_number(each) for each in node.value] if isinstance(node, yaml.SequenceNode) else []
    return (numbers[0] or 0) * (numbers[1] or 0) if len(numbers) == 2 else 0
