import io

import pypdf

from labelport.demo.documents import pdf


def test_another_reader_finds_the_pages_and_their_text() -> None:
    pages = pypdf.PdfReader(io.BytesIO(pdf(["one", "two", "three"])), strict=True).pages
    assert [page.extract_text() for page in pages] == ["one", "two", "three"]
