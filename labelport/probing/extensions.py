"""What a name says: its extension as written, and how much of the object to fetch first."""

from labelport.probing import sniff

_SMALL = ".nii .nii.gz .hdr .img .pdf .pcd .ply .las .laz .bin .txt .csv .tsv .json .ndjson .xml .html .md .yaml .yml"
_IMAGES = ".jpg .jpeg .jpe .jfif .png .apng .webp .gif .bmp .dib .tif .tiff .heic .heif .avif"
_STREAMS = (
    ".mp4 .m4v .mov .qt .3gp .3g2 .mkv .webm .avi .ts .mts .m2ts .mpg .mpeg .vob .wmv .asf .flv "
    ".wav .wave .w64 .rf64 .bwf .mp3 .mp2 .flac .ogg .oga .ogv .opus .spx .aac .m4a .m4b .wma .mka .weba"
)
HEAD_BYTES = {
    **dict.fromkeys(_SMALL.split(), 4 << 10),
    **dict.fromkeys(_IMAGES.split(), 32 << 10),
    **dict.fromkeys(_STREAMS.split(), 64 << 10),
}
OTHER_HEAD_BYTES = 16 << 10
"""DICOM, names without an extension, and extensions that say nothing."""


def extension_of(key: str) -> str:
    """Return the extension as it is written in a key, with its dot; empty where there is none."""
    lowered = sniff.extension_of(key)
    written = key[len(key) - len(lowered) :]
    return written if written.lower() == lowered else lowered


def head_bytes(key: str) -> int:
    """Return how many bytes to fetch first: the extension is a hint for that, and for nothing else."""
    return HEAD_BYTES.get(sniff.extension_of(key), OTHER_HEAD_BYTES)
