"""Write the pages of docs/ that are made from code: ``python -m docs.generate [--check]``.

``--check`` writes nothing and exits 1 where a page is not what the code says.
"""

import argparse
import json
import sys
import types
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import typer.core
import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.format_table import formats_page
from labelport.cli import app
from labelport.codes import CODES
from labelport.options import ManifestOptions, RuleOptions
from labelport.registry import MANIFESTS, SERIES_RULES, plugins
from labelport.settings import AnnotationSource, AnyAnnotationOptions, DatasetSettings, Results
from orchestration.components import S3ConnectionOptions

FOLDER = Path(__file__).resolve().parent
MADE = "<!-- Made by `make docs` from the code. Change the code, not this page. -->"

_AREAS = {
    "inventory": "Listing the bucket",
    "probe": "Reading media",
    "series": "Grouping into series",
    "pattern": "Series by pattern",
    "nifti": "NIfTI",
    "table": "Series by a table",
    "metadata": "Your own values",
    "manifest": "Manifests of every platform",
    "cvat": "CVAT",
    "centaur": "Centaur",
    "encord": "Encord",
    "ground_truth": "SageMaker Ground Truth",
    "label_studio": "Label Studio",
    "labelbox": "Labelbox",
    "redbrick": "RedBrick AI",
    "tabular": "Supervisely, Kili, Scale",
    "format": "Annotation files",
    "name": "Names of images in annotation files",
    "unit": "Pixels or shares",
    "box": "Boxes",
    "rle": "Masks as run lengths",
    "json": "JSON files",
    "coco": "COCO",
    "csv": "CSV files of annotations",
    "cls": "Classes of images",
    "xml": "XML files",
    "voc": "Pascal VOC",
    "yolo": "YOLO DarkNet",
    "keras": "YOLO Keras PyTorch",
    "createml": "CreateML",
    "labelme": "LabelMe",
    "skeleton": "Datature skeletons",
    "loss": "What an export could not hold",
}

_SAID = {
    "connection": "Name of the `S3Connection` that reaches S3 and the queue: [s3.md](s3.md). Not used by folders.",
    "owners": "Shown in Dagster's UI: `team:imaging`, or a mail address.",
    "privacy": "What may be shown, and the key of the project: [privacy.md](privacy.md).",
    "renditions": "Pictures made of media, by name.",
    "runner": "Where files are read: workers of this machine, or a Dask cluster by address.",
    "tags": "Shown in Dagster's UI.",
}
"""Settings whose field says less than the page should."""


def findings_page() -> str:
    """Return the page of all finding codes."""
    lines = [
        "# Findings",
        "",
        MADE,
        "",
        "Whatever is wrong or worth knowing is a *finding*: a stable code, how bad it is, where, and what to do. The",
        "same words stand in Dagster's UI, in the tables `findings` of the catalogue, and in the output of `labelport`.",
        "",
        "- **error**: something was left out or cannot be used. `labelport` exits with 1.",
        "- **warning**: look at it; the work goes on.",
        "- **info**: worth knowing.",
        "- **loss**: a format that was asked for cannot hold this.",
    ]
    for area, codes in groupby(sorted(CODES, key=_rank), key=lambda code: code.split(".")[0]):
        lines += [
            "",
            f"## {_AREAS.get(area, area)}",
            "",
            "| code | severity | meaning | what to do |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{code}` | {CODES[code].severity} | {_cell(CODES[code].meaning)} | {_cell(CODES[code].remedy)} |"
            for code in codes
        ]
    return "\n".join(lines) + "\n"


def _rank(code: str) -> tuple[int, str]:
    area = code.split(".", maxsplit=1)[0]
    return (list(_AREAS).index(area) if area in _AREAS else len(_AREAS), code)


def cli_page() -> str:
    """Return the page of all commands."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    lines = [
        "# The command line",
        "",
        MADE,
        "",
        "Everything that Dagster runs can be run by hand. A command lists the bucket, reads what is new, groups it, and",
        "writes what was asked for; the bucket itself is never changed. Without `--catalogue` nothing is kept.",
        "",
        "| exit code | means |",
        "|---|---|",
        "| 0 | clean, or warnings only |",
        "| 1 | findings of severity error, or nothing was published |",
        "| 2 | wrong use: no such folder, no such setting |",
        "",
        "`--json` writes one document with the stages, the findings (at most 10,000) and the exit code. Progress bars go",
        "to standard error, and only to a terminal. Keys of objects that may name a person are redacted in both; tables",
        "that are written with `-o` hold them as they are.",
        "",
        "    labelport demo sample                         # something to try on",
        "    labelport probe sample -o media.parquet",
        "    labelport series sample -o series/",
        "    labelport manifest cvat sample -o out/ --exact --set sorting=natural",
        "    labelport check out/",
        "    labelport annotations check labels/ --images photos/",
        "    labelport convert labels/ out/ --to yolo_darknet",
        "",
        "`--set` takes every key of [settings.md](settings.md): `--set 'exclude=[\"**/*.tmp\"]'`,",
        "`--set limits.errors_block=0.5`. Ids of series depend on the dataset's name, which is the last part of the URI:",
        "give `--set name=…` to get those of a deployment.",
    ]
    for name, command in _commands(group):
        lines += ["", f"## labelport {name}", "", _paragraph(command.help), "", f"    {_usage(name, command)}", ""]
        lines += _parameters(command)
    return "\n".join(lines).rstrip() + "\n"


def _commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the commands by their whole name, those of groups too."""
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _usage(name: str, command: Any) -> str:
    arguments = [_metavar(each) for each in command.params if isinstance(each, typer.core.TyperArgument)]
    needed = [
        f"{each.opts[0]} {_metavar(each)}"
        for each in command.params
        if isinstance(each, typer.core.TyperOption) and each.required
    ]
    free = any(isinstance(each, typer.core.TyperOption) and not each.required for each in command.params)
    return " ".join(["labelport", name, *arguments, *needed, *(["[OPTIONS]"] if free else [])])


def _parameters(command: Any) -> Iterator[str]:
    if command.params:
        yield from ("| | |", "|---|---|")
    for each in command.params:
        if isinstance(each, typer.core.TyperOption):
            names = ", ".join(f"`{name}`" for name in each.opts)
            value = "" if each.is_flag else f" `{_metavar(each)}`"
            yield f"| {names}{value} | {_cell(_paragraph(each.help))} |"
        else:
            yield f"| `{_metavar(each)}` | {_cell(_paragraph(getattr(each, 'help', '')))} |"


def _metavar(each: Any) -> str:
    return str(each.metavar or each.name.upper())


def settings_page() -> str:
    """Return the page of all settings, those of rules and platforms included."""
    lines = [
        "# Settings of a dataset",
        "",
        MADE,
        "",
        "A dataset is one `defs.yaml`: its `type`, and below `attributes` the keys of this page. A key that is not here",
        "is refused; `dg check yaml` says in which line. `{{ env.NAME }}` is replaced by the environment's value. On the",
        "command line the same keys are given with `--set`. [first-dataset.md](first-dataset.md) has a whole example.",
        "",
        "In this version a dataset has one bucket, and `runner` is `local`. `inventory`, `renditions` and Dask come",
        "later: asking for them is refused.",
        "",
        *_fields(DatasetSettings),
    ]
    for name in ("privacy", "limits", "retention", "metadata"):
        model = _inner(DatasetSettings.model_fields[name])
        lines += ["", f"## {name}", "", *_fields(model)]
    lines += ["", "## series", "", "A list of rules, tried in this order; the first that claims an object has it."]
    lines += ["", "Every rule takes:", "", *_fields(RuleOptions, without=("rule",))]
    lines += _plugins(SERIES_RULES, RuleOptions, "rule")
    lines += ["", "## manifests", "", "A list: what is written for platforms. Every manifest takes:", ""]
    lines += _fields(ManifestOptions, without=("platform",))
    lines += _plugins(MANIFESTS, ManifestOptions, "platform")
    lines += [
        "",
        "### where",
        "",
        "All that is given must hold. A rule's `where` takes `kind`, `format` and `key` alone.",
        "",
    ]
    where = next(
        kind for kind in get_args(ManifestOptions.model_fields["where"].annotation) if kind is not types.NoneType
    )
    lines += _fields(where)
    lines += ["", "## annotations", "", "Files that come with the data: [annotations.md](annotations.md).", ""]
    lines += _fields(AnnotationSource)
    lines += ["", "### options", "", "What a file does not say is declared here; what was decided is reported.", ""]
    lines += _fields(AnyAnnotationOptions)
    lines += [
        "",
        "## results",
        "",
        "A list: what platforms give back; it joins the annotations.",
        "",
        *_fields(Results),
    ]
    lines += [
        "",
        "## S3Connection",
        "",
        "A component of its own, `type: orchestration.components.S3Connection`, in any `defs.yaml`: how an account or an",
        "S3-compatible store is reached. Datasets name it with `connection`. [s3.md](s3.md) has examples.",
        "",
        *_fields(S3ConnectionOptions),
    ]
    return "\n".join(lines) + "\n"


def _plugins(group: str, base: type[BaseModel], word: str) -> Iterator[str]:
    for name, plugin in plugins(group).items():
        model = plugin.Options
        yield from ("", f"### {word}: {name}", "")
        doc = (model.__doc__ or plugin.__doc__ or "").strip().split("\n")[0]
        own = list(_fields(model, without=tuple(base.model_fields)))
        yield doc
        if len(own) > 2:
            yield ""
            yield from own


def _fields(model: Any, *, without: tuple[str, ...] = ()) -> Iterator[str]:
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    for name, field in model.model_fields.items():
        if name not in without:
            described = _SAID.get(name) or field.description or _first_line(_inner(field))
            yield f"| `{name}` | {_cell(_type(field.annotation))} | {_default(field)} | {_cell(described)} |"


def _inner(field: FieldInfo) -> type[BaseModel] | None:
    kinds = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _first_line(model: type[BaseModel] | None) -> str:
    return (model.__doc__ or "").strip().split("\n")[0] if model else ""


def _default(field: FieldInfo) -> str:
    if field.default is not PydanticUndefined:
        value = field.default
    elif field.default_factory is not None:
        value = field.default_factory()  # type: ignore[call-arg]  # none of ours takes the validated values
    else:
        return "needed"
    return "" if isinstance(value, BaseModel) else f"`{json.dumps(value)}`"


def _type(kind: Any) -> str:
    """Return a type as people write it."""
    if kind is types.NoneType:
        return "null"
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_type(each) for each in get_args(kind))
    if get_origin(kind) is list:
        return f"list of {_type(get_args(kind)[0])}"
    if get_origin(kind) is dict:
        return f"map of {_type(get_args(kind)[1])}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return (
            "see below"
            if kind.__name__
            in (
                "Privacy",
                "Limits",
                "Retention",
                "Metadata",
                "SeriesWhere",
                "MediaWhere",
                "AnnotationSource",
                "Results",
                "AnyAnnotationOptions",
            )
            else "map"
        )
    return {str: "text", int: "number", float: "number", bool: "true or false"}.get(kind, "see below")


def _paragraph(text: str | None) -> str:
    return " ".join((text or "").split())


def _cell(text: str) -> str:
    return _paragraph(text).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "findings.md": findings_page,
    "formats.md": lambda: formats_page(MADE),
    "settings.md": settings_page,
}
"""Name of the page, and what makes it."""


def main() -> int:
    """Write the pages, or say which are stale."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = [name for name, page in PAGES.items() if _read(FOLDER / name) != page()]
    for name in stale:
        if check:
            print(f"docs/{name} is not what the code says: run `make docs`", file=sys.stderr)
        else:
            (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
            print(f"wrote docs/{name}")
    return 1 if check and stale else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
