"""Images that cannot be decoded are told; their labels are read all the same."""

from pathlib import Path

import pytest

from labelport.annotations.said import Said
from labelport.annotations.volumes import decoding
from labelport.annotations.volumes.decoding import tell_undecodable
from tests.labelport.probing.dicom_files import data_set, saved
from tests.labelport.tiles.buckets import grouped, live


def test_each_transfer_syntax_without_decoder_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = grouped(tmp_path, {f"{number}.dcm": saved(data_set(number)) for number in (1, 2)}, upto="media")
    media = live(dataset, "media_metadata")
    said = Said()
    tell_undecodable(["1.dcm", "2.dcm"], media, said)
    assert said.findings() == []
    monkeypatch.setattr(decoding, "decoder_missing", lambda syntax: f"the pixels are {syntax}")
    tell_undecodable(["1.dcm", "2.dcm", "2.dcm"], media, said)
    [found] = said.findings()
    assert (found.code, found.count, found.pointer) == ("dicom.no_decoder", 2, "1.2.840.10008.1.2.1")
