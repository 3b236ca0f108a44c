"""Whether the images of volumes can be decoded here: their labels are read without them, pictures need them."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.said import Said
from labelport.manifests.reading import Tables
from labelport.tiles.dicom_decoders import decoder_missing

CODE = "dicom.no_decoder"


def tell_undecodable(keys: Sequence[str], media: Tables, said: Said) -> None:
    """Say which transfer syntaxes nothing here decodes; ``keys``: an object of each labelled series."""
    if not keys:
        return
    distinct = sorted(set(keys), key=str.encode)
    wanted = pa.table({"store": ["raw"] * len(distinct), "key": distinct})
    found = media.lookup("media", wanted, columns=["dicom"]).column("dicom").combine_chunks()
    syntaxes = pc.drop_null(pc.struct_field(found, "transfer_syntax"))
    for row in sorted(syntaxes.value_counts().to_pylist(), key=lambda each: each["values"]):
        words = decoder_missing(row["values"])
        if words is not None:
            count = row["counts"]
            message = f"of {count:,} labelled series {words}; their labels are read, and cannot be shown on them"
            said.say(CODE, "", row["values"], message, count=count)
