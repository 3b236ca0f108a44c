import re

import pytest

from docs.generate import FOLDER, PAGES
from labelport.codes import CODES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_says_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_every_code_has_its_row_and_no_row_breaks_its_table() -> None:
    page = PAGES["findings.md"]()
    for code in CODES:
        assert f"| `{code}` |" in page
    for line in page.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5


def test_every_page_is_reached_and_every_link_leads_somewhere() -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    for name, text in pages.items():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (FOLDER / target).exists(), f"{name} links to {target}"
    for name in pages.keys() - {"index.md"}:
        assert f"({name})" in pages["index.md"], f"index.md does not name {name}"
