"""``labelport annotations check`` and ``labelport convert``: annotation files from anywhere."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from labelport.annotations.contract import Format
from labelport.annotations.detecting import formats
from labelport.annotations.exporting import output_at
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.reading import Read, ReadClaim, read_annotations
from labelport.annotations.said import Said
from labelport.annotations.sources import files_at
from labelport.annotations.unifying import unified
from labelport.annotations.writing import Collision, write_annotations
from labelport.cli.asking import readable
from labelport.cli.known_images import KnownImages, known_images
from labelport.cli.report import Report
from labelport.errors import SettingsError
from labelport.findings import Finding, findings_table, severity_counts
from labelport.options import AnnotationOptions
from labelport.privacy import plain
from labelport.settings import AnyAnnotationOptions

if TYPE_CHECKING:
    from rich.console import RenderableType

ARCHIVES = {".tar": "tar", ".zip": "zip"}
MOST_FILES = 50
"""Lines for people; machines get all files."""

MOST_TEXT = 1000
"""Characters of a text of a finding that are shown."""

MOST_OF_A_CLAIM = 5
"""Files of one claim that have lines of their own."""


def check_report(source: str, *, format_id: str, images: str | None, given: Sequence[str]) -> Report:
    """Return what is wrong with annotation files: what a run would do, and nothing is written.

    Raises ``SettingsError`` for an unknown format or option, ``BucketError`` where a place cannot be read.
    """
    _known(format_id, reads=True)
    options = options_from(given)
    with known_images(images, options) as known:
        read = read_source(source, format_id, known, options)
    return reported("annotations check", read, read.findings, shown=[_files_table(read), _summary(read)])


def convert_report(
    source: str, target: Path, *, to: str, format_id: str, images: str | None, given: Sequence[str]
) -> Report:
    """Write annotation files in another format, and return what was wrong and what was lost.

    ``target``: a new or empty folder; or a new file: ``.tar``, ``.zip``, or what a format of one file writes.
    Raises ``SettingsError`` where something lies there, or two images would get one file.
    """
    _known(format_id, reads=True)
    chosen = _known(to, reads=False)
    options = options_from(given)
    if to == "rtstruct" and getattr(options, "uids", "") == "pseudonym":
        raise SettingsError("uids=pseudonym needs the key of a dataset (privacy.key_env); the command line has none")
    _refuse_taken(target)
    said = Said("convert", store="publish")
    try:
        with known_images(images, options) as known:
            read = read_source(source, format_id, known, options)
            rows = unified(read.annotations) if images is not None else read.annotations
            with _output(target, chosen, options) as output:
                findings = write_annotations(rows, chosen, output, options=options, said=said, grids=known.grids)
    except Collision as collision:
        raise SettingsError(
            f"nothing was written: {collision}. Rename one of them, or name one format of the source with --from"
        ) from None
    report = reported("convert", read, [*read.findings, *findings], shown=[_files_table(read), _summary(read)])
    if target.is_dir() and not any(target.iterdir()):
        target.rmdir()
        report.shown = [*report.shown, "Nothing was written: no annotation could be."]
        return report
    report.written = [target]
    return report


def options_from(given: Sequence[str]) -> AnnotationOptions:
    """Return options from texts ``name=value`` (YAML values); raises ``SettingsError`` with what there is."""
    tree: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name.strip() not in AnyAnnotationOptions.model_fields:
            known = ", ".join(sorted(AnyAnnotationOptions.model_fields))
            raise SettingsError(f"--set {text}: write name=value; there are {known}")
        try:
            tree[name.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise SettingsError(f"--set {text}: the value is no YAML: {' '.join(str(error).split())}") from None
    try:
        options: AnnotationOptions = AnyAnnotationOptions.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(readable(error)) from None
    return options


def _known(format_id: str, *, reads: bool) -> Format | Any:
    """Return a format; raises ``SettingsError`` for an id that is none, or that cannot be written."""
    if reads and format_id == "auto":
        return None
    known = formats()
    if format_id not in known or (not reads and known[format_id].holds is None):
        able = [name for name, each in sorted(known.items()) if reads or each.holds is not None]
        raise SettingsError(f"there is no format {format_id!r} to {'read' if reads else 'write'}: {', '.join(able)}")
    return known[format_id]


def read_source(source: str, format_id: str, known: KnownImages, options: AnnotationOptions) -> Read:
    """Return what the files of a source hold; raises ``SettingsError`` where there is none, ``BucketError``."""
    files = files_at(source, said=known.said)
    if not files and not known.said.findings():
        raise SettingsError(f"no file lies in {source}: there is nothing to read")
    return read_annotations(
        files,
        format_id=format_id,
        options=options,
        place=known.place,
        volumes=known.grids.volumes,
        said=known.said,
    )


def _refuse_taken(target: Path) -> None:
    if target.is_dir() and any(target.iterdir()):
        raise SettingsError(f"{target} holds files already: name a new or empty folder")
    if target.is_file():
        raise SettingsError(f"{target} is there already: name a new file, or remove it")


@contextmanager
def _output(target: Path, chosen: Format, options: AnnotationOptions) -> Iterator[Any]:
    """Give the output of a conversion; it is where it was asked for only when it is whole."""
    container = ARCHIVES.get(target.suffix.lower())
    target.parent.mkdir(parents=True, exist_ok=True)
    if container is None and not target.suffix:
        target.mkdir(exist_ok=True)
        with output_at(target, chosen.id, options.container) as output:
            yield output
        return
    if container is None:
        memory = MemoryOutput()
        yield memory
        if len(memory.files) != 1:
            raise SettingsError(f"{chosen.title} writes {len(memory.files)} files: name a folder, a .tar or a .zip")
        (body,) = memory.files.values()
        _put(target, lambda path: path.write_bytes(body))
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".labelport-") as place:
        with output_at(Path(place), "export", container) as output:
            yield output
        (Path(place) / f"export.{container}").replace(target)


def _put(target: Path, write: Callable[[Path], object]) -> None:
    draft = target.with_name(f".{target.name}.part")
    write(draft)
    draft.replace(target)


@dataclass(frozen=True)
class _Told:
    """What is said of a file."""

    file: str
    format: str
    confidence: float
    why: str
    images: int
    annotations: int


def _told(claims: Sequence[ReadClaim]) -> list[_Told]:
    made = []
    for each in claims:
        rows = each.parsed.annotations
        images, annotations = _counts(rows.images), _counts(rows.annotations)
        made += [
            _Told(
                part,
                each.parsed.format or each.format.id,
                each.claim.confidence,
                each.claim.why,
                images.get(part, 0),
                annotations.get(part, 0),
            )
            for part in each.claim.parts
        ]
    return made


def _counts(table: Any) -> dict[str, int]:
    counted = table.column("source_file").value_counts()
    return {each["values"]: each["counts"] for each in counted.to_pylist()}


def reported(command: str, read: Read, findings: Sequence[Finding], *, shown: Sequence["RenderableType"]) -> Report:
    """Return the report of a command that read annotation files."""
    rows = [_plain(row) for row in findings_table(findings).to_pylist()]
    told = [vars(each) for each in _told(read.claims)]
    numbers = {
        "files": told,
        "images": read.annotations.images.num_rows,
        "annotations": read.annotations.annotations.num_rows,
        "categories": read.annotations.categories.column("name").to_pylist(),
        "decided": {each.claim.parts[0]: dict(each.parsed.decided) for each in read.claims if each.parsed.decided},
    }
    return Report(command, findings=rows, severities=severity_counts(findings), shown=list(shown), numbers=numbers)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a finding whose texts are safe on a terminal: names and values are a stranger's."""
    texts = ("file", "pointer", "message", "value")
    return row | {name: plain(row[name], most=MOST_TEXT) for name in texts if row[name]}


def _files_table(read: Read) -> "RenderableType":
    table = Table("file", "format", "because", "images", "annotations", title="Read as", title_justify="left", box=None)
    lines = [line for each in read.claims for line in _lines(each)]
    for file, told in lines[:MOST_FILES]:
        because = f"{told.why} ({told.confidence:.2f})"
        table.add_row(
            Text(plain(file), overflow="fold"), told.format, because, f"{told.images:,}", f"{told.annotations:,}"
        )
    if len(lines) > MOST_FILES:
        table.add_row(f"… and {len(lines) - MOST_FILES:,} more", "", "", "", "")
    return table


def _lines(claim: ReadClaim) -> Iterator[tuple[str, _Told]]:
    """Yield a line a file; of a claim of many files one line for all of them."""
    told = _told([claim])
    if len(told) <= MOST_OF_A_CLAIM:
        yield from ((one.file, one) for one in told)
        return
    images, annotations = sum(one.images for one in told), sum(one.annotations for one in told)
    yield f"{told[0].file} … ({len(told):,} files)", replace(told[0], images=images, annotations=annotations)


def _summary(read: Read) -> "RenderableType":
    rows = read.annotations
    categories = len(set(rows.categories.column("name").to_pylist()))
    # Two files may label one image.
    images = rows.images.select(["key", "frame", "name_given"]).to_pylist()
    distinct = len({(row["key"] or row["name_given"], row["frame"]) for row in images})
    words = f"{rows.annotations.num_rows:,} annotations of {categories:,} categories on {distinct:,} images"
    taken = sorted({f"{name}: {value}" for each in read.claims for name, value in each.parsed.decided.items()})
    return Text(words + (f"; taken as {', '.join(taken)}" if taken else ""))
