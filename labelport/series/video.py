"""Rule ``video``: a clip is a series of its frames."""

from collections.abc import Sequence
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from labelport.findings import Finding
from labelport.options import RuleOptions
from labelport.series.contract import Built, RuleContext
from labelport.series.members import MEMBER_COLUMNS, item_row, series_row


class VideoOptions(RuleOptions):
    """Options of the rule ``video``."""

    rule: Literal["video"] = "video"
    audio: bool = Field(
        False, description="Clips with sound may be recordings of audio_image, where that rule stands before this one."
    )


class VideoRule:
    """Each clip is one series of kind ``frames`` with one item; a container with sound only is audio."""

    name = "video"
    version = "1"
    columns = (*MEMBER_COLUMNS, "frames_exact", "video")
    Options = VideoOptions

    def __init__(self, options: VideoOptions, context: RuleContext) -> None:
        self._context = context
        self._options = options

    def group(self, media: pa.RecordBatch) -> pa.Array:
        """Return the key of each clip."""
        is_video = pc.equal(media.column("kind").cast(pa.string()), "video")
        return pc.if_else(pc.fill_null(is_video, False), media.column("key"), pa.scalar(None, pa.string()))

    def refs(self, group_key: str) -> list[str]:  # noqa: ARG002 -- the contract of rules
        """Return nothing: a clip stands alone."""
        return []

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:  # noqa: ARG002
        """Return the series of one clip."""
        (clip,) = rows.to_pylist()
        stream: dict[str, Any] = clip["video"] or {}
        flags = [flag for flag in ("variable_rate", "edit_list") if stream.get(flag)]
        if clip["frames_exact"] is False:
            flags.append("frames_estimated")
        series = series_row(
            self._context,
            self.name,
            group_key,
            kind="frames",
            members=[clip],
            items=1,
            order_basis="pts",
            flags=flags,
            attributes={"codec": stream["codec"]} if stream.get("codec") else {},
        )
        return Built([series], [item_row(series["series_id"], 0, "video", clip)])

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:  # noqa: ARG002
        """Return nothing: there is nothing to say of clips as a whole."""
        return ()
