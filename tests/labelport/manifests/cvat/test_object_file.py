import io
import random
from pathlib import Path

import pytest

from labelport.errors import ObjectChanged
from labelport.manifests.cvat.object_file import BLOCK_BYTES, ObjectFile
from labelport.storage.opening import open_bucket


def test_it_reads_as_the_file_itself_wherever_one_seeks(tmp_path: Path) -> None:
    body = random.Random(1).randbytes(BLOCK_BYTES * 2 + 777)
    (tmp_path / "a").write_bytes(body)
    bucket = open_bucket(str(tmp_path))
    ours, plain = ObjectFile(bucket, "a", len(body), token=bucket.head("a").token), io.BytesIO(body)
    order = random.Random(2)
    for _ in range(200):
        offset, length = order.randrange(len(body) + 10), order.choice([0, 1, 100, BLOCK_BYTES, BLOCK_BYTES + 3])
        assert ours.seek(offset) == plain.seek(offset)
        assert ours.read(length) == plain.read(length)
        assert ours.tell() == plain.tell()
    assert ours.seek(-5, io.SEEK_END) == len(body) - 5
    assert ours.read() == body[-5:]


def test_an_object_that_changed_is_an_error_that_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    file = ObjectFile(open_bucket(str(tmp_path)), "a", 3, token="another")
    with pytest.raises(ObjectChanged):
        file.read(1)
    assert isinstance(file.failure, ObjectChanged)
