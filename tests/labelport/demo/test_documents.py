import csv
import io

import pypdf

from labelport.demo.bucket import demo_files
from labelport.demo.documents import SITES, WORKLIST, documents, pdf


def test_another_reader_finds_the_pages_and_their_text() -> None:
    pages = pypdf.PdfReader(io.BytesIO(pdf(["one", "two", "three"])), strict=True).pages
    assert [page.extract_text() for page in pages] == ["one", "two", "three"]


def test_the_tables_name_files_of_the_demo() -> None:
    files, keys = dict(documents()), {key for key, _ in demo_files()}
    for table in (WORKLIST, SITES):
        rows = list(csv.DictReader(io.StringIO(files[table].decode())))
        assert rows
        assert {row["key"] for row in rows} <= keys
