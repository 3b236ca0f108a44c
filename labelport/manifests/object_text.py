"""The text of a text object, for manifests that hold the text itself."""

from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.manifests.contract import EmitContext, Item

MOST_BYTES_A_CHARACTER = 4
"""UTF-8, RFC 3629."""


class TextFault(ValueError):
    """Why a text cannot stand in a manifest; ``too_long``: for its length alone."""

    def __init__(self, message: str, *, too_long: bool = False) -> None:
        super().__init__(message)
        self.too_long = too_long


def text_of(context: EmitContext, item: Item, *, most: int) -> str:
    """Return the text of an object of at most ``most`` characters, as it is: a byte order mark stays.

    Labels of texts count characters from the first one, so nothing may be cut or added. Raises
    ``TextFault``. No more than the limit is read.
    """
    bucket = context.bucket if item.row["store"] == "raw" else context.publish
    if bucket is None:
        raise TextFault("it lies where no object can be opened")
    bound = most * MOST_BYTES_A_CHARACTER
    try:
        body = bucket.read_range(item.row["key"], 0, bound + 1, token=item.media.get("token"))
    except ObjectAbsent:
        raise TextFault("it is not in the bucket any more") from None
    except ObjectChanged:
        raise TextFault("it changed since it was probed: the next run takes it") from None
    if len(body) > bound:
        raise TextFault(f"it has more than {most:,} characters", too_long=True)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TextFault(f"byte {error.start} is not UTF-8") from None
    if len(text) > most:
        raise TextFault(f"it has {len(text):,} characters; {most:,} are the most", too_long=True)
    if not text.strip():
        raise TextFault("it holds nothing but blanks")
    return text
