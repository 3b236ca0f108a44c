"""How the image of a LabelMe file may be called."""

import re

_ABSOLUTE = re.compile(r"/|[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]*://")


def spellings(json_file: str, image_path: str) -> tuple[str, list[str]]:
    """Return the name of an image, and further spellings in the order in which they are to be tried.

    ``imagePath`` is relative to the JSON file; of a path of another machine only the last part says anything.
    Without it the stem of the JSON file is the name.

    >>> spellings("set/labels/7.json", "..\\\\images\\\\x.jpg")
    ('set/images/x.jpg', ['images/x.jpg', 'x.jpg', 'set/labels/7', '7'])
    >>> spellings("7.json", "C:\\\\Users\\\\a\\\\x.jpg")
    ('x.jpg', ['7'])
    """
    home, _, last = json_file.rpartition("/")
    stem = last[:-5] if last.lower().endswith(".json") else last
    path = image_path.replace("\\", "/").strip()
    absolute = _ABSOLUTE.match(path) is not None
    base = path.rsplit("/", 1)[-1]
    if base in ("", ".", ".."):
        path = base = stem
    parts = _resolved(f"{home}/{base if absolute else path}")
    spelled = [base] if absolute else []
    spelled += ["/".join(parts[at:]) for at in range(len(parts))]
    spelled += [f"{home}/{stem}" if home else stem, stem]
    once = list(dict.fromkeys(spelled))
    return once[0], once[1:]


def _resolved(path: str) -> list[str]:
    """Return the parts of a path without ``.`` and ``..``; what leads out of the root is left out."""
    made: list[str] = []
    for part in path.split("/"):
        if part == "..":
            made = made[:-1]
        elif part not in ("", "."):
            made.append(part)
    return made
