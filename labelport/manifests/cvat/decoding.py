"""Video facts in the workers: one row a video, the facts as JSON."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import pyarrow as pa

from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.manifests.cvat.frames import VideoRefused, video_facts
from labelport.manifests.cvat.object_file import ObjectFile
from labelport.manifests.cvat.pixels import GONE
from labelport.runners.contract import Begin
from labelport.storage.access import reopened
from labelport.storage.contract import Bucket

WORK = "labelport.manifests.cvat.decoding:videos"
"""Name of the work for the runner."""

RESULT = pa.schema([("facts", pa.string()), ("code", pa.string()), ("error", pa.string())])
"""One row a video: the facts (JSON of ``frames.VideoFacts``), or the code of the finding and its words."""


def videos(rows: pa.RecordBatch, options: Mapping[str, Any], begin: Begin) -> pa.RecordBatch:
    """Decode the videos of a shard: columns ``key``, ``size``, ``token`` in, ``RESULT`` out.

    ``options``: what ``access_of`` gives of the bucket; ``force``.
    """
    bucket = reopened(options)
    found = []
    for number, row in enumerate(rows.to_pylist()):
        begin(number)
        found.append(_facts(bucket, row, force=options["force"]))
    return pa.RecordBatch.from_pylist(found, schema=RESULT)


def _facts(bucket: Bucket, row: Mapping[str, Any], *, force: bool) -> dict[str, str]:
    from labelport.probing.av_open import open_media  # noqa: PLC0415  -- only workers decode

    opened: list[ObjectFile] = []

    def open_container() -> AbstractContextManager[Any]:
        opened.append(ObjectFile(bucket, row["key"], row["size"], token=row["token"]))
        container: AbstractContextManager[Any] = open_media(opened[-1], mode="decode")
        return container

    try:
        facts = video_facts(open_container, force=force)
    except VideoRefused as refused:
        return {"code": refused.code, "error": str(refused)}
    except (ObjectAbsent, ObjectChanged):
        return _gone()
    except Exception as error:  # the edge of one object: whatever a decoder raises is this object's fault
        if any(isinstance(file.failure, ObjectAbsent | ObjectChanged) for file in opened):
            return _gone()
        return {"code": "manifest.skipped", "error": f"it cannot be decoded ({type(error).__name__})"}
    return {
        "facts": json.dumps(
            {
                "resolution": facts.resolution,
                "length": facts.length,
                "chapters": facts.chapters,
                "frames": facts.frames,
            },
            separators=(",", ":"),
        )
    }


def _gone() -> dict[str, str]:
    return {"code": "manifest.decode_failed", "error": GONE}
