"""The vendor's own SDK as a judge: what we write, turned into its classes and validated strictly.

The SDK has no class for the file dialect, so each entry is mapped to the class of its section first
(specification 3.1 and 5). Its models ignore unknown keys and, unless strict, change types: both are
looked for here.
"""

import json
import re
from typing import Any

from encord.orm import storage
from pydantic import BaseModel, ValidationError

LISTS = {"image_groups": ("imageGroups", "images"), "dicom_series": ("dicomSeries", "dicomFiles")}
NAMES = {"pdfs": "pdf", "skip_duplicate_urls": "skipDuplicateUrls", "upsert_metadata": "upsertMetadata"}


def as_items(file: Any) -> Any:
    """Return a file of the file dialect as ``DataUploadItems`` in JSON; what it does not know stays as it is."""
    if not isinstance(file, dict):
        return file
    found: dict[str, Any] = {}
    for name, value in file.items():
        if name in LISTS and isinstance(value, list):
            camel, _ = LISTS[name]
            found[camel] = [_with_list(entry, name) for entry in value]
        else:
            found[str(NAMES.get(name, name))] = value
    return found


def _with_list(entry: dict[str, Any], section: str) -> dict[str, Any]:
    numbered = sorted(
        (int(match[1]), name) for name in entry if (match := re.fullmatch(r"objectUrl_(\d+)", name)) is not None
    )
    if not numbered:
        return entry
    files = [{"url": entry[name], **({"title": None} if section == "dicom_series" else {})} for _, name in numbered]
    rest = {name: value for name, value in entry.items() if not re.fullmatch(r"objectUrl_\d+", name)}
    metadata = rest.pop("dicomMetadata", None)
    if metadata is not None:
        files[0]["dicomMetadata"] = metadata
    return {**rest, LISTS[section][1]: files}


def refusals(file: Any) -> list[str]:
    """Return why the SDK refuses a file of the file dialect: places of errors, and keys that it would drop."""
    return refusals_of_items(as_items(file))


def refusals_of_items(items: Any) -> list[str]:
    """Return why the SDK refuses a file of its own dialect: places of errors, and keys that it would drop."""
    try:
        model = storage.DataUploadItems.model_validate_json(json.dumps(items), strict=True)
    except ValidationError as error:
        return sorted("/".join(str(part) for part in each["loc"]) for each in error.errors())
    return sorted(dropped(items, model))


def dropped(given: Any, model: Any, place: str = "") -> list[str]:
    """Return the keys that a model ignored, anywhere in it."""
    if isinstance(model, list):
        return [
            name for n, (g, m) in enumerate(zip(given, model, strict=True)) for name in dropped(g, m, f"{place}{n}/")
        ]
    if not isinstance(model, BaseModel):
        return []
    fields = {alias: name for name, field in type(model).model_fields.items() for alias in (name, field.alias or name)}
    found = []
    for name, value in given.items():
        if name not in fields:
            found.append(place + name)
        else:
            found += dropped(value, getattr(model, fields[name]), f"{place}{name}/")
    return found
