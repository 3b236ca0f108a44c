"""Sound: how long, how many channels, at what rate; by walkers of our own, from headers and a last page.

FFmpeg reads a megabyte of a WAV to open it, takes an MP3 of varying rate without a header for one of
constant rate, and does not say what is cut: it is the judge in the tests and not the reader. It opens
containers that may hold pictures, too (``probing.video``), and looks at the first frames of AAC.
"""

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

from labelport.probing.audio import frames, ogg, wav
from labelport.probing.audio.header import Sound, SoundFault
from labelport.probing.contract import BudgetSpent, Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.reader import FewerBytes, reader_over
from labelport.probing.reader import RangeReader as Reader
from labelport.probing.sniff import sniff

__all__ = ["PROBE", "AudioProbe"]

_WALKERS: Mapping[str, Callable[[Reader], Sound]] = {
    "wav": wav.sound,
    "mp3": frames.sound,
    "aac": frames.sound,
    "flac": frames.sound,
    "ogg": ogg.sound,
}
_MIME_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
}
_MOST = 2**62
"""No number of bits or samples is larger; columns hold no more."""

_FAULTS = (struct.error, IndexError, KeyError, ValueError, OverflowError, ZeroDivisionError)
"""What a walker may stumble over in bytes that lie."""


class AudioProbe:
    """The probe of sound that is not in a video's container."""

    kind = "audio"
    version = "audio-1"
    """Also that of the rows of sound in a video's container: what changes them bumps this one, too."""

    formats: Mapping[str, str] = MappingProxyType(_MIME_TYPES)
    limits = Limits(head_bytes=64 << 10, max_bytes=1 << 20, max_requests=16)

    def probe(self, head: bytes, size: int, read: RangeRead, limits: Limits, context: ProbeContext) -> MediaRow:
        """Return duration, channels and rate; faults of the file are its ``status``."""
        reader = reader_over(read, size, head=head, limits=limits)
        walker = _WALKERS.get(sniff(head, size, context.key).format)
        if walker is None:
            return {"status": "unsupported", "error": "This format of sound is not read yet."}
        try:
            return _row(walker(reader))
        except SoundFault as fault:
            return {"status": fault.status, "error": str(fault)}
        except BudgetSpent as spent:
            return {"status": "partial", "error": f"The budget was spent before the sound was found: {spent}."}
        except FewerBytes:
            return {"status": "changed", "error": "The object has fewer bytes than were listed."}
        except _FAULTS as error:
            return {"status": "unreadable", "error": f"The header cannot be read ({type(error).__name__})."}


def _row(found: Sound) -> MediaRow:
    rate, samples = found.sample_rate, found.samples
    if (samples or 0) > _MOST or found.start_samples > _MOST:
        return {"status": "unreadable", "error": "The header says more sound than any recording has."}
    bit_rate = found.bit_rate
    if bit_rate is None and samples and found.coded_bytes:
        bit_rate = round(found.coded_bytes * 8 * rate / samples)
    return {
        "kind": "audio",
        "format": found.format,
        "mime_type": _MIME_TYPES[found.format],
        "duration_s": samples / rate if samples is not None else None,
        "duration_exact": found.exact,
        "start_s": found.start_samples / rate,
        "channels": found.channels or None,
        "sample_rate": rate,
        "bit_depth": found.bit_depth,
        "audio": {"codec": found.codec, "bit_depth": found.bit_depth, "bit_rate": bit_rate},
        "status": found.status,
        "error": found.error,
    }


PROBE = AudioProbe()
"""The probe, as the entry point names it."""
