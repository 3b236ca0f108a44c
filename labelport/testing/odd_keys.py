"""Keys of objects that have broken some tool."""

ODD_KEYS = (
    "with space.jpg",
    "plus+sign.jpg",
    "per%20cent.jpg",
    "100%.jpg",
    "größe/été/日本.png",
    "e\u0301 is not é.jpg",
    "é is not e\u0301.jpg",
    "hash#tag?query&amp;.png",
    "quote'\"`.png",
    "semi;colon,comma.csv",
    "back\\slash.png",
    "star*[x]{y}.png",
    "~tilde",
    "-dash",
    " leading and trailing ",
    ".hidden/.dot",
    "dots...",
    "UPPER.JPG",
    "upper.jpg",
    "line\nbreak.png",
    "tab\tstop.png",
    "a-very/deep/path/of/folders/to/one/file.dcm",
)
"""Keys that have broken some tool; each is one object, and none is another one."""

NO_PATHS = ("d/", "e//", "/lead", "//two", "a//b", ".", "./x", "x/.", "a/../b", "..", "/")
"""Keys of object stores that are no path of a file; each is one object, and beside ``d``, ``a/b``, ``x`` another one."""
