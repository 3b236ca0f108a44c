"""Where annotation files come from: a folder, a prefix of a bucket, one file, and the archives among them."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from labelport.annotations.archives import archive_kind, members_of
from labelport.annotations.archives.opening import HEAD_BYTES
from labelport.annotations.files import AnnotationFile
from labelport.annotations.prefetching import THREADS
from labelport.annotations.said import Said
from labelport.errors import BucketError, ObjectAbsent, ObjectChanged
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.globs import key_filter
from labelport.storage.keys import folder_path
from labelport.storage.opening import folder_of, open_bucket

EVERYTHING = ("**/*",)

_PLAIN = (
    "txt xml json jsonl ndjson csv tsv labels names data yaml yml md html log ini cfg "
    "jpg jpeg png gif bmp tif tiff webp heic dng mp4 mov avi mkv webm wav mp3 flac ogg m4a "
    "dcm nii npy npz pcd ply bin pdf docx xlsx pptx odt ods jar whl parquet feather tfrecord record pt pth onnx"
)
NO_ARCHIVES = frozenset(_PLAIN.split())
"""Extensions of files that are not looked into: a look costs a request, and a table is no folder though it is a ZIP."""

_LEFT_OUT = ("__MACOSX", "Thumbs.db", "desktop.ini")
"""What systems leave beside files; names with a leading dot as well."""


def files_at(
    uri: str, connection: Connection | None = None, *, include: Sequence[str] = EVERYTHING, said: Said | None = None
) -> list[AnnotationFile]:
    """Return the annotation files of a folder, a prefix (``s3://bucket/labels/``) or one file, by the bytes of their names.

    Hidden files are left out. ``include``: globs on names below the source; an archive's members come with it.
    Archives are opened as folders; ``said`` takes what is not opened, and without it that is not told.

    Raises ``BucketError`` where the source cannot be listed.
    """
    told = Said() if said is None else said
    bucket, single = place_of(uri, connection)
    if single is not None:
        one = bucket.head(single)
        return opened([file_of(bucket, one.key, one.size, one.token)], told, sure=True)
    wanted = key_filter(include)
    found = [
        file_of(bucket, key, size, token)
        for batch in bucket.list()
        for key, size, token in zip(*(batch.column(name).to_pylist() for name in ("key", "size", "token")), strict=True)
        if not key.endswith("/") and not _is_hidden(key) and wanted.matches(key)
    ]
    return opened(found, told)


def place_of(uri: str, connection: Connection | None = None) -> tuple[Bucket, str | None]:
    """Return the bucket of a source, and the key of its one file; null where it is a folder or prefix.

    A URI that ends with a slash names a folder. A symbolic link to a file is the file that it leads to, which
    names it.
    """
    folder = folder_of(uri)
    place, slash, name = (uri if folder is None else os.path.realpath(folder)).rpartition("/")
    if uri.endswith("/") or not slash or not name or place.endswith(":/"):
        return open_bucket(uri, connection=connection), None
    bucket = open_bucket(f"{place}/", connection=connection)
    try:
        bucket.head(name)
    except (ObjectAbsent, BucketError):  # absent, or a folder that may be listed and whose name may not be asked for
        return open_bucket(uri, connection=connection), None
    return bucket, name


def file_of(bucket: Bucket, key: str, size: int, token: str) -> AnnotationFile:
    """Return an object of a bucket as an annotation file; reading it fails where it is another one by then."""
    path = Path(bucket.uri, folder_path(key)) if isinstance(bucket, FolderBucket) else None
    return AnnotationFile(key, size, token, partial(_read, bucket, key, token), path)


def _read(bucket: Bucket, key: str, token: str, start: int, length: int) -> bytes:
    return bucket.read_range(key, start, length, token=token)


def opened(files: Sequence[AnnotationFile], said: Said, *, sure: bool = False) -> list[AnnotationFile]:
    """Return files with the members of archives in their place, sorted by the bytes of their names.

    ``sure``: look into files as well whose extension says that they are no archives: the user named them.
    """
    found: dict[str, AnnotationFile] = {}
    for file, kind in _with_kinds(files, sure=sure):
        for each in [file] if kind is None else _members(file, kind, said):
            if each.name in found:  # a folder called like an archive, beside it
                message = "a file beside the archive has the name of a member, which was left out"
                said.say("format.archive_refused", each.name, "", message)
            else:
                found[each.name] = each
    return sorted(found.values(), key=lambda file: file.name.encode())


def _with_kinds(files: Sequence[AnnotationFile], *, sure: bool) -> Iterator[tuple[AnnotationFile, str | None]]:
    """Yield files with the kind of archive that each is: plain files first, by the bytes of their names."""
    suspects = [file for file in files if sure or _may_be_archive(file.name)]
    with ThreadPoolExecutor(THREADS) as pool:
        kinds = {file.name: kind for file, kind in zip(suspects, pool.map(_kind, suspects), strict=True)}
    ordered = sorted(files, key=lambda file: (kinds.get(file.name) is not None, file.name.encode()))
    for file in ordered:
        yield file, kinds.get(file.name)


def _kind(file: AnnotationFile) -> str | None:
    try:
        return archive_kind(file.head(HEAD_BYTES))
    except (ObjectAbsent, ObjectChanged, BucketError):
        return None  # whoever reads the file says so


def _members(file: AnnotationFile, kind: str, said: Said) -> list[AnnotationFile]:
    try:
        members = members_of(file, kind, said)
    except (ObjectAbsent, ObjectChanged, BucketError) as error:
        said.say("format.unreadable", file.name, "", f"the archive could not be read: {type(error).__name__}")
        return []
    return [member for member in members if not _is_hidden(member.name.removeprefix(f"{file.name}/"))]


def _may_be_archive(name: str) -> bool:
    lowered = name.rsplit("/", 1)[-1].lower()
    return lowered.rpartition(".")[2] not in NO_ARCHIVES and not lowered.endswith(".nii.gz")


def _is_hidden(name: str) -> bool:
    return any(segment.startswith(".") or segment in _LEFT_OUT for segment in name.split("/"))
