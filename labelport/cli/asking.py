"""From what was typed to the settings of a dataset."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from labelport.errors import SettingsError
from labelport.registry import MANIFESTS, broken, plugins
from labelport.settings import DatasetSettings
from labelport.storage.opening import folder_of


def settings_from(
    uri: str,
    publish: str,
    *,
    given: Sequence[str] = (),
    platform: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> DatasetSettings:
    """Return the settings of the dataset that lies at ``uri``.

    ``given`` are texts ``name=value`` with dotted names and YAML values: settings of the dataset, or else
    options of the ``platform``'s manifest, which starts with ``options``. Raises ``SettingsError`` with
    the setting's name and what it may be.
    """
    tree: dict[str, Any] = {"name": dataset_name(uri), "bucket": folder_of(uri) or uri, "publish": publish}
    manifest: dict[str, Any] = {"platform": platform, **(options or {})}
    for text in given:
        name, value = _parted(text)
        first = name.split(".")[0]
        if first in ("bucket", "publish"):
            raise SettingsError(f"{first} is the command's own: name the place as its argument")
        ours = first in DatasetSettings.model_fields or platform is None
        _put(tree if ours else manifest, name, value)
    if platform is not None:
        _known_platform(platform)
        tree["manifests"] = [manifest]
    try:
        return DatasetSettings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(readable(error, platform=platform)) from None


def dataset_name(uri: str) -> str:
    """Return the last part of a URI as a dataset's name: ids of series depend on it (``--set name=…``)."""
    last = (folder_of(uri) or uri).rstrip("/").rsplit("/", 1)[-1]
    name = re.sub(r"[^a-z0-9_]+", "_", last.lower()).strip("_")
    return name if re.match(r"[a-z]", name) else f"dataset_{name}".rstrip("_")


def readable(error: ValidationError, *, platform: str | None = None) -> str:
    """Return pydantic's complaints in words: one a setting, with its name and what it may be."""
    return "; ".join(dict.fromkeys(_complaint(each, platform) for each in error.errors(include_url=False)))


def _parted(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", name.strip()):
        raise SettingsError(f"--set {text}: write name=value, as in --set limits.errors_block=0.5")
    try:
        return name.strip(), yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise SettingsError(f"--set {text}: the value is no YAML: {' '.join(str(error).split())}") from None


def _put(tree: dict[str, Any], name: str, value: Any) -> None:
    *folders, last = name.split(".")
    for folder in folders:
        tree = tree.setdefault(folder, {})
        if not isinstance(tree, dict):
            raise SettingsError(f"--set {name}: {folder} was given a value, and has nothing below it")
    tree[last] = value


def _known_platform(platform: str) -> None:
    known = sorted(plugins(MANIFESTS))
    if platform in broken(MANIFESTS):
        raise SettingsError(f"the platform {platform!r} cannot be loaded: {broken(MANIFESTS)[platform]}")
    if platform not in known:
        raise SettingsError(f"there is no platform {platform!r}: {_choices(platform, known)}")


def _complaint(each: Mapping[str, Any], platform: str | None) -> str:
    where = [part for part in each["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
    model, shown = _walked(where, platform)
    if each["type"] == "extra_forbidden":
        names = sorted(model.model_fields) if model else []
        word = str(where[-1])
        return f"there is no setting {shown!r}: {_choices(word, names)}" if names else f"there is no setting {shown!r}"
    message = str(each["msg"]).removeprefix("Value error, ")
    return f"{shown}: {message[:1].lower()}{message[1:]}" if shown else message


def _walked(where: Sequence[int | str], platform: str | None) -> tuple[type[BaseModel] | None, str]:
    """Return the model that holds the last part of a place, and the place as it is written in ``--set``."""
    model: type[BaseModel] | None = DatasetSettings
    shown = ""
    for number, part in enumerate(where):
        if isinstance(part, int):
            shown += f"[{part}]"
        elif number and isinstance(where[number - 1], int) and part in plugins(_GROUPS.get(str(where[0]), "")):
            model = plugins(_GROUPS[str(where[0])])[part].Options  # the tag of a union is no part of the name
        else:
            shown += f".{part}" if shown else part
            if number < len(where) - 1:
                model = _model_of(model, part)
    if platform is not None:
        shown = shown.removeprefix("manifests[0].")
    return model, shown


_GROUPS = {"manifests": MANIFESTS, "series": "labelport.series_rules"}


def _model_of(model: type[BaseModel] | None, field: str) -> type[BaseModel] | None:
    """Return the model of a field, or null where it is no model (or one of several)."""
    if model is None or field not in model.model_fields:
        return None
    kind = model.model_fields[field].annotation
    kinds = [k for k in (kind, *getattr(kind, "__args__", ())) if isinstance(k, type) and issubclass(k, BaseModel)]
    return kinds[0] if len(kinds) == 1 else None


def _choices(word: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.7)
    return (f"did you mean {close[0]}? " if close else "") + f"There are {', '.join(names)}"
