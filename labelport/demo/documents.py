"""Papers that lie beside media: a protocol as PDF, notes, and the tables that the demo's settings name."""

from collections.abc import Iterator

WORKLIST = "tables/worklist.csv"
"""Named by the rule ``table`` of the demo's settings."""

SITES = "tables/sites.csv"
"""Named by ``metadata`` of the demo's settings."""


def documents() -> Iterator[tuple[str, bytes]]:
    """Yield the papers and tables."""
    yield "documents/protocol.pdf", pdf(["Reading protocol", "Mark the chamber in every frame."])
    yield "documents/notes.md", b"# Notes\n\nFrame 13 of the heart was never exported.\n"
    yield WORKLIST, _WORKLIST.encode()
    yield SITES, _SITES.encode()


_WORKLIST = """\
series,key,index,label,question
turned,photos/orientation_1.jpg,0,false,
turned,photos/orientation_3.jpg,1,false,
turned,photos/orientation_6.jpg,2,true,Is this photo shown upright?
"""

_SITES = """\
key,site,device
ultrasound/heart/frame_0001.png,north,handheld
ultrasound/heart/frame_0002.png,north,handheld
"""


def pdf(pages: list[str]) -> bytes:
    """Return a PDF 1.4 of one line of text a page (ISO 32000-1, 7.5)."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        drawn = f"BT /F1 18 Tf 72 720 Td ({text}) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    body = b"%PDF-1.4\n"
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\n"
    return body + f"{end}startxref\n{len(body)}\n%%EOF\n".encode()
