"""The annotation files of a dataset: those of its own source, and those of its platforms' results."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.files import AnnotationFile
from labelport.annotations.said import Said
from labelport.annotations.sources import file_of, files_at
from labelport.manifests.reading import Tables
from labelport.options import AnnotationOptions
from labelport.settings import AnyAnnotationOptions, DatasetSettings
from labelport.storage.contract import Bucket
from labelport.storage.opening import key_inside

if TYPE_CHECKING:
    from labelport.dataset import Dataset

OWN = "annotations"
"""Name of the dataset's own source; others are called by their platform."""

BUCKET = "bucket"
"""Name of the source that is the dataset's own bucket: structure sets and segmentations that lie among the images."""

STRUCTURE_OBJECTS = ("rtstruct", "segmentation")
"""Classes of DICOM objects of the bucket that are read as annotations."""

_ELSEWHERE = re.compile(r"/|~|[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True)
class Source:
    """One place of annotation files."""

    name: str
    """``annotations``, the platform whose results lie there, or ``bucket``."""

    uri: str
    format: str
    """Format id, or auto."""

    options: AnnotationOptions

    roots: tuple[str, ...] = ()
    """Addresses that the dataset's keys lie below, as files may write them before a key."""

    def file_name(self, name: str) -> str:
        """Return what a file is called in the tables: unique over all sources."""
        return name if self.name == OWN else f"{self.name}:{name}"

    def key_of(self, name: str) -> str:
        """Return the name below the source of a file that is called so in the tables."""
        return name if self.name == OWN else name.removeprefix(f"{self.name}:")


def read_sources(settings: DatasetSettings) -> list[Source]:
    """Return all sources that are read: those that the settings name, and the bucket itself."""
    named = sources_of(settings)
    if settings.annotations is None:
        return named
    options = settings.annotations.options
    return [*named, Source(BUCKET, settings.bucket_uri, "auto", options, _roots(settings))]


def sources_of(settings: DatasetSettings) -> list[Source]:
    """Return the sources that the settings name."""
    roots = _roots(settings)
    made = []
    if settings.annotations is not None and settings.annotations.source is not None:
        own = settings.annotations
        assert own.source is not None
        made.append(Source(OWN, source_uri(settings, own.source), own.format, own.options, roots))
    for each in settings.results:
        options = _options(settings, each)
        made.append(Source(each.platform, source_uri(settings, each.source), each.format, options, roots))
    return made


def _roots(settings: DatasetSettings) -> tuple[str, ...]:
    return tuple(root for root in (settings.bucket_uri, settings.url_base, settings.publish) if root)


def source_uri(settings: DatasetSettings, source: str) -> str:
    """Return the URI of a source; a relative path lies below the bucket's prefix."""
    return source if _ELSEWHERE.match(source) else f"{settings.bucket_uri.rstrip('/')}/{source}"


def listed(dataset: "Dataset", source: Source, media: Tables, said: Said) -> list[AnnotationFile]:
    """Return the files of a source by name, called as in the tables. What the dataset publishes is left out.

    ``media``: a generation of media_metadata, which says what of the bucket is read. ``said`` takes what is wrong
    with archives.

    Raises ``BucketError`` where the place cannot be listed: a failed listing is never an empty one.
    """
    if source.name == BUCKET:
        return [named(file, source) for file in structure_objects(dataset.bucket, media)]
    inside = key_inside(source.uri, dataset.settings.publish)
    files = files_at(source.uri, dataset.connection, said=said)
    return [named(file, source) for file in files if not (inside and file.name.startswith(inside))]


def structure_objects(bucket: Bucket, media: Tables) -> list[AnnotationFile]:
    """Return the structure sets and segmentations of a bucket, as they were probed, by key."""
    found = []
    for batch in media.batches("media", columns=["store", "key", "size", "token", "dicom"]):
        classes = pc.struct_field(batch.column("dicom"), "class")
        wanted = pc.and_(pc.is_in(classes, pa.array(STRUCTURE_OBJECTS)), pc.equal(batch.column("store"), "raw"))
        rows = batch.select(["key", "size", "token"]).filter(pc.fill_null(wanted, False)).to_pylist()
        found += [file_of(bucket, row["key"], row["size"], row["token"]) for row in rows]
    return found


def named(file: AnnotationFile, source: Source) -> AnnotationFile:
    """Return a file called as in the tables; so is the archive that it is a member of."""
    within = None if file.within is None else named(file.within, source)
    return replace(file, name=source.file_name(file.name), within=within)


def files_version(files: Sequence[AnnotationFile]) -> str:
    """Return a hash of the names and tokens of files."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda each: each.name):
        digest.update(f"{file.name}\0{file.token}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def _options(settings: DatasetSettings, results: Any) -> AnnotationOptions:
    """Return the options under which results are read: what was cut from origins for a manifest is put back."""
    given: dict[str, Any] = {}
    if settings.annotations is not None:
        own = settings.annotations.options
        given = {"name_match": own.name_match, "name_fold": own.name_fold, "clip": own.clip}
    roots = {
        manifest.origin_root
        for manifest in settings.manifests
        if manifest.platform == results.platform and getattr(manifest, "origin_root", "")
    }
    if len(roots) == 1 and "origin_root" in AnyAnnotationOptions.model_fields:
        given["origin_root"] = roots.pop()
    options: AnnotationOptions = AnyAnnotationOptions(**given)
    return options
