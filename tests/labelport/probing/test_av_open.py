"""FFmpeg never opens a file by itself: what a hostile bucket would use it for."""

import io
import re
from pathlib import Path

import av
import pytest

from labelport.probing import av_open
from labelport.probing.av_open import SAFE_OPTIONS, MediaRefused, open_media
from labelport.probing.sniff import sniff
from tests.media import clip
from tests.needs import ROOT

CONCAT = b"ffconcat version 1.0\nfile victim.mp4\n"
OPENS = r"""\bav\.open\((?![^()\n]*,\s*(?:mode=)?"w")|from av(?:\.container)? import .*\bopen\b"""
"""Reading through FFmpeg; what writes a file of ours may open it."""

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nvictim.mp4\n#EXT-X-ENDLIST\n"


@pytest.fixture
def beside_victim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds somebody's file."""
    (tmp_path / "victim.mp4").write_bytes(clip(frames=5))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_defence_two_lines_of_text_read_a_local_file(beside_victim: Path) -> None:
    """The attack is real in this FFmpeg: the tests below would be vacuous if it were not."""
    with av.open(io.BytesIO(CONCAT), "r") as opened:
        assert opened.format.name == "concat"
        assert len(list(opened.decode(video=0))) == 5


@pytest.mark.parametrize("text", [CONCAT, PLAYLIST], ids=["ffconcat", "playlist"])
def test_the_attack_is_text_and_is_refused_when_opened_directly(text: bytes, beside_victim: Path) -> None:
    assert sniff(text, len(text), "x.mp4").kind == "text"
    with pytest.raises(MediaRefused), open_media(io.BytesIO(text)):
        pass


@pytest.mark.parametrize("text", [CONCAT, PLAYLIST], ids=["ffconcat", "playlist"])
def test_the_attack_fails_even_where_sniffing_is_deceived(
    text: bytes, beside_victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(av_open, "sniff", lambda *_: sniff(clip(frames=1), 1000, ""))
    with pytest.raises(av.FFmpegError), open_media(io.BytesIO(text)):
        pass


def test_a_path_is_never_opened(beside_victim: Path) -> None:
    for path in ("victim.mp4", b"victim.mp4", beside_victim / "victim.mp4"):
        with pytest.raises(TypeError, match="file object"), open_media(path):  # type: ignore[arg-type]
            pass


def test_the_name_of_a_file_object_is_kept_from_ffmpeg(tmp_path: Path) -> None:
    path = tmp_path / "secret-name.mp4"
    path.write_bytes(clip(frames=5)[:200])
    with path.open("rb") as file:
        with pytest.raises(av.FFmpegError) as raised, open_media(file):
            pass
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "webm", "avi", "mpegts", "mpeg", "asf"])
def test_every_container_of_the_list_opens_under_the_defences(container: str) -> None:
    with open_media(io.BytesIO(clip(container, frames=4)), mode="decode") as opened:
        assert len(list(opened.decode(video=0))) == 4


def test_the_options_are_those_of_the_specification() -> None:
    assert SAFE_OPTIONS == {
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mp3,wav,flac,ogg,aac,asf",
        "protocol_whitelist": "none",
    }


@pytest.mark.parametrize(
    ("line", "opens"),
    [
        ("av.open(file)", True),
        ('av.open(sink, "w", format="mp4")', False),
        ('av.open(f, mode="r")', True),
        ("from av import open", True),
    ],
)
def test_the_search_for_other_places_finds_them(line: str, opens: bool) -> None:
    assert bool(re.search(OPENS, line)) is opens


def test_there_is_one_place_that_opens_media() -> None:
    places = [
        path.relative_to(ROOT).as_posix()
        for folder in ("labelport", "assets", "orchestration")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if re.search(OPENS, path.read_text())
    ]
    assert places == ["labelport/probing/av_open.py"]
