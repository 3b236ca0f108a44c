"""How the image of a Pascal VOC file may be called."""

from labelport.annotations.naming import stem_of


def spellings(xml: str, folder: str, filename: str) -> tuple[str, list[str]]:
    """Return the name of an image, and further spellings in the order in which they are to be tried.

    ``folder`` is part of the name only where the XML file lies in a folder of that name: the devkit writes
    ``VOC2007`` there, which is no place. Without ``filename`` the stem of the XML file is the name.

    >>> spellings("tray/0007.xml", "tray", "0007.png")
    ('tray/0007.png', ['0007.png'])
    >>> spellings("Annotations/a/1.xml", "VOC2007", "1.jpg")
    ('1.jpg', ['Annotations/a/1.jpg', 'a/1.jpg', 'VOC2007/1.jpg'])
    >>> spellings("wheat3.jpg.xml", "", "")
    ('wheat3.jpg', [])
    """
    home, _, last = xml.rpartition("/")
    stem = _without_xml(last)
    given = folder.replace("\\", "/").strip("/")
    name = filename or stem
    inner = f"{given}/{name}"
    spelled = [inner] if _lies_in(home, given) else [name]
    spelled += [f"{end}/{name}" for end in _ends(home)]
    spelled += [inner] if given else []
    spelled.append(name)
    if filename and differs(xml, filename):
        spelled += [*(f"{end}/{stem}" for end in _ends(home)), stem]
    once = list(dict.fromkeys(spelled))
    return once[0], once[1:]


def differs(xml: str, filename: str) -> bool:
    """Return whether the file name inside is another than that of the XML file, with or without extension."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return _without_xml(xml.rsplit("/", 1)[-1]) not in (last, stem_of(last))


def _without_xml(name: str) -> str:
    return name[:-4] if name.lower().endswith(".xml") else name


def _lies_in(home: str, folder: str) -> bool:
    return bool(folder) and (home == folder or home.endswith(f"/{folder}"))


def _ends(home: str) -> list[str]:
    """Return a folder and what is left of it from each level on: ``a/b`` and ``b``."""
    parts = home.split("/") if home else []
    return ["/".join(parts[at:]) for at in range(len(parts))]
