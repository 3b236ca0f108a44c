"""What the README beside each CSV says: where the file goes, and what must be reachable."""

_PUBLIC = (
    "The platform reads each address by itself: it must be reachable from there without a password. The file holds no\n"
    "credentials and no signed addresses, which would expire."
)
_UNTRIED = "Nothing was sent to the platform: whether it takes the file is seen there."
_ONE_BY_ONE = (
    "Every object is a row of its own: series are not shown together, and the order of the rows is that of the series."
)

README: dict[str, tuple[str, ...]] = {
    "url": (
        "In Supervisely: the import of images, and there {name}. Columns are divided by a semicolon, tags by a comma.\n"
        "The vendor says that import by address belongs to its Enterprise edition.",
        _PUBLIC,
        _ONE_BY_ONE,
        _UNTRIED,
    ),
    "path": (
        "In Supervisely: put {name} into Team Files beside the media, so that its paths lead to them from where it lies,\n"
        "and import it there. Columns are divided by a semicolon, tags by a comma.",
        "The paths are the keys below the dataset's bucket; with `use` those below `publish`.",
        _ONE_BY_ONE,
        _UNTRIED,
    ),
    "kili": (
        "For Kili's command line: kili project import --project-id <id> --from-csv {name}\n"
        "A project has one kind of input: images or texts.",
        "external_id is the id of the series, for one of several objects with its index behind it.",
        _PUBLIC,
        _ONE_BY_ONE,
        _UNTRIED,
    ),
    "attachment_url": (
        "In Scale: the upload of data to a project, and there {name}. Each row becomes a task.",
        _PUBLIC,
        _ONE_BY_ONE,
        _UNTRIED,
    ),
    "text": (
        "In Scale: the upload of data to a project of texts, and there {name}. Each row becomes a task.",
        "The file holds the texts themselves: whoever may read it reads them all.",
        _ONE_BY_ONE,
        _UNTRIED,
    ),
}
"""Paragraphs by the column of the addresses; for Kili by its name."""
