"""Arrow schemas of all tables that stages share: one constant a table.

Each field says what it means in its ``doc`` metadata (``Table.doc(column)``). All strings are UTF-8,
all times UTC; null means "unknown or does not apply", never zero or empty. Primary keys are unique
and tables are sorted by them, strings by their UTF-8 bytes.

An object reference is (store, key): store ``raw`` is the dataset's bucket, ``publish`` what we made.
"""

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Table:
    """Name, columns and primary key of a table."""

    name: str
    """Folder of the table inside a generation."""

    schema: pa.Schema
    """Arrow schema in the order of the columns on disk."""

    key: tuple[str, ...]
    """Columns of the primary key; the table is sorted by them."""

    version_columns: tuple[str, ...] = ()
    """Columns that make up the content version; empty: all of them."""

    def doc(self, column: str) -> str:
        """Return what a column means."""
        metadata = self.schema.field(column).metadata or {}
        return bytes(metadata.get(b"doc", b"")).decode()

    def empty(self) -> pa.Table:
        """Return a table of no rows."""
        return self.schema.empty_table()


def _field(name: str, kind: pa.DataType, doc: str, *, null: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable=null, metadata={"doc": doc})


# One line a column, or nobody finds one.
# fmt: off
STR = pa.string()
WORD = pa.dictionary(pa.int32(), pa.string())
TEXT_MAP = pa.map_(pa.string(), pa.string())
TIME = pa.timestamp("us", tz="UTC")

INVENTORY = Table(
    "inventory",
    pa.schema(
        [
            _field("key", STR, "Key as listed, below the dataset's prefix. Opaque.", null=False),
            _field("size", pa.int64(), "Bytes.", null=False),
            _field("etag", STR, "ETag as the server gives it, quotes removed; null where it gives none."),
            _field("last_modified", TIME, "Shown to people; no rule depends on it."),
            _field("version_id", STR, "Versioned buckets: the current version."),
            _field("token", STR, "Says 'changed': etag (+ version_id), else size-mtime_ns in hex.", null=False),
        ]
    ),
    ("key",),
    ("key", "token"),
)

VIDEO = pa.struct(
    [
        ("codec", STR),
        ("time_base", STR),
        ("rotation", pa.int16()),
        ("keyframes", pa.list_(pa.int64())),
        ("variable_rate", pa.bool_()),
        ("edit_list", pa.bool_()),
        ("streams", pa.int16()),
        ("pixel_format", STR),
    ]
)
AUDIO = pa.struct([("codec", STR), ("bit_depth", pa.int16()), ("bit_rate", pa.int64())])

DICOM = pa.struct(
    [
        *[
            (name, STR)
            for name in [
                "transfer_syntax", "sop_class", "class", "modality", "manufacturer", "model", "body_part",
                "laterality", "view_position", "patient_position", "photometric", "charset", "burned_in",
                "recognizable", "identity_removed", "lossy", "study_uid", "series_uid", "sop_uid",
                "frame_of_reference_uid", "referenced_series_uid", "patient_id", "concatenation_uid",
                "complex_component", "sample_digest", "series_description", "study_description", "protocol_name"
            ]
        ],
        ("image_type", pa.list_(STR)),
        ("referenced_series_uids", pa.list_(STR)),
        ("directory_files", pa.list_(STR)),
        *[
            (name, pa.int32())
            for name in [
                "rows", "columns", "frames", "samples_per_pixel", "planar_config", "bits_allocated", "bits_stored",
                "pixel_representation", "instance_number", "series_number", "acquisition_number",
                "temporal_position", "number_of_temporal_positions", "echo_number", "in_concatenation_number",
                "in_concatenation_total", "ultrasound_regions"
            ]
        ],
        *[
            (name, pa.float64())
            for name in [
                "slice_thickness", "spacing_between_slices", "slice_location", "te", "tr", "ti", "flip_angle",
                "b_value", "trigger_time", "cardiac_phase_percent", "frame_reference_time", "acquisition_time_s",
                "content_time_s", "frame_time", "cine_rate", "display_rate", "kvp", "gantry_tilt", "rescale_slope",
                "rescale_intercept"
            ]
        ],
        *[
            (name, pa.list_(pa.float64()))
            for name in [
                "pixel_spacing", "imager_pixel_spacing", "ipp", "iop", "b_vector", "frame_time_vector",
                "window_center", "window_width"
            ]
        ],
        ("has_overlay", pa.bool_()),
        ("has_private", pa.bool_()),
        ("header_bytes", pa.int64()),
        ("pixel_offset", pa.int64()),
        (
            "per_frame",
            pa.list_(
                pa.struct(
                    [
                        ("ipp", pa.list_(pa.float64())),
                        ("iop", pa.list_(pa.float64())),
                        ("pixel_spacing", pa.list_(pa.float64())),
                        ("stack_id", STR),
                        ("in_stack_position", pa.int32()),
                        ("temporal_position", pa.int32()),
                        ("dimension_index", pa.list_(pa.int32())),
                        ("te", pa.float64()),
                        ("b_value", pa.float64()),
                        ("image_type", pa.list_(STR)),
                        ("complex_component", STR),
                        ("b_vector", pa.list_(pa.float64())),
                        ("ti", pa.float64()),
                        ("trigger_time", pa.float64()),
                        ("cardiac_phase_percent", pa.float64()),
                        ("acquisition_number", pa.int32()),
                        ("acquisition_time_s", pa.float64()),
                    ]
                )
            ),
        ),
    ]
)
NIFTI = pa.struct(
    [
        ("version", pa.int8()),
        ("byte_order", STR),
        ("compressed", pa.bool_()),
        ("dims", pa.list_(pa.int64())),
        ("pixdim", pa.list_(pa.float64())),
        ("affine", pa.list_(pa.float64())),
        ("dtype", STR),
        ("slope", pa.float64()),
        ("intercept", pa.float64()),
        ("sform_code", pa.int16()),
        ("qform_code", pa.int16()),
        ("intent", STR),
        ("pair", pa.bool_()),
    ]
)
POINTCLOUD = pa.struct(
    [
        ("fields", pa.list_(STR)),
        ("sizes", pa.list_(pa.int32())),
        ("types", pa.list_(STR)),
        ("counts", pa.list_(pa.int32())),
        ("encoding", STR),
        ("estimated", pa.bool_()),
    ]
)

MEDIA = Table(
    "media",
    pa.schema(
        [
            _field("store", STR, "raw or publish.", null=False),
            _field("key", STR, "The object.", null=False),
            _field("token", STR, "Token under which it was probed.", null=False),
            _field("size", pa.int64(), "Bytes, as listed.", null=False),
            _field(
                "kind", WORD, "image, video, audio, dicom, nifti, pointcloud, text, pdf, archive, unknown: by content."
            ),
            _field("format", WORD, "jpeg, png, mp4, matroska, wav, dicom, nifti1, pcd …"),
            _field("mime_type", STR, "MIME type, by content."),
            _field("extension", STR, "As written in the key, with its dot; empty where there is none."),
            _field("extension_mismatch", pa.bool_(), "Extension and content disagree."),
            _field("status", WORD, "ok, partial, truncated, unsupported, too_large, refused, unreadable, crashed, deadline, changed, empty, not_media.", null=False),
            _field("error", STR, "One sentence for people; no header text."),
            _field("width", pa.int32(), "Pixels as displayed: orientation and rotation applied."),
            _field("height", pa.int32(), "Pixels as displayed."),
            _field("stored_width", pa.int32(), "Pixels as stored."),
            _field("stored_height", pa.int32(), "Pixels as stored."),
            _field("orientation", pa.int8(), "EXIF orientation 1..8."),
            _field("mode", STR, "L, RGB, RGBA, CMYK, I;16 …; for text the encoding."),
            _field("bit_depth", pa.int16(), "Bits a channel."),
            _field("frames", pa.int64(), "What a player shows; 1 for stills; slices for volumes."),
            _field("frames_method", WORD, "index, header, demuxed, decoded, estimated."),
            _field("frames_exact", pa.bool_(), "The number of frames is no guess."),
            _field("duration_s", pa.float64(), "Seconds."),
            _field("duration_exact", pa.bool_(), "The duration is no guess."),
            _field("start_s", pa.float64(), "Presentation time of the first frame, seconds. Not always 0."),
            _field("fps", pa.float64(), "Average frame rate; null when not known."),
            _field("channels", pa.int16(), "Channels of sound."),
            _field("sample_rate", pa.int32(), "Samples a second."),
            _field("pages", pa.int32(), "Pages of a PDF."),
            _field("points", pa.int64(), "Points of a cloud."),
            _field("video", VIDEO, "Codec, time base, rotation (degrees), keyframes (PTS), variable rate."),
            _field("audio", AUDIO, "Codec, bit depth, bit rate."),
            _field("dicom", DICOM, "Allow-listed header values; UIDs hashed where there is a key."),
            _field("nifti", NIFTI, "Dimensions, voxel sizes, affine (16 numbers, row-major), dtype."),
            _field("pointcloud", POINTCLOUD, "Fields and encoding."),
            _field("flags", pa.list_(STR), "What is odd: bad_number, charset_fallback, exif_unreadable …"),
            _field("phi_risk", WORD, "none, text, high: how likely the pixels or key name a person."),
            _field("face_risk", pa.bool_(), "A head from which a face could be rendered."),
            _field("probe_version", STR, "Version of the kind's probe.", null=False),
            _field("probe_requests", pa.int32(), "Range requests that probing cost."),
            _field("probe_bytes", pa.int64(), "Bytes that probing read."),
        ]
    ),
    ("store", "key"),
    ("store", "key", "token", "probe_version", "status"),
)

SERIES = Table(
    "series",
    pa.schema(
        [
            _field("series_id", STR, "The rule, a hyphen and 26 characters; never of the members.", null=False),
            _field("rule", WORD, "dicom, video, pattern, audio_image, table, single.", null=False),
            _field(
                "kind", WORD, "frames, stack, volume4d, versions, audio_image, cine, volume, single, table.", null=False
            ),
            _field("group_key", STR, "What the rule grouped by (hashed where it is an identifier).", null=False),
            _field("parent_id", STR, "Study, or the video that frames came from."),
            _field("order_basis", WORD, "ipp, instance, location, time, index, natural, pts, table."),
            _field("items", pa.int32(), "Rows of items with role image, audio or video.", null=False),
            _field("width", pa.int32(), "Common width, null when mixed."),
            _field("height", pa.int32(), "Common height, null when mixed."),
            _field("dims", pa.list_(pa.struct([("name", STR), ("size", pa.int32())])), "e.g. slice 15, time 10."),
            _field("flags", pa.list_(STR), "What is odd about the series."),
            _field("attributes", TEXT_MAP, "Allow-listed values shown to people."),
            _field("metadata", TEXT_MAP, "The user's own columns."),
            _field("phi_risk", WORD, "Highest of the members."),
        ]
    ),
    ("series_id",),
)

ITEMS = Table(
    "items",
    pa.schema(
        [
            _field("series_id", STR, "The series.", null=False),
            _field("index", pa.int32(), "0..k-1, the emitted order.", null=False),
            _field("role", WORD, "image, audio, video, context, label, partial, duplicate.", null=False),
            _field("store", STR, "raw or publish.", null=False),
            _field("key", STR, "The object.", null=False),
            _field("frame", pa.int32(), "0-based frame of a multi-frame object; null: the whole object."),
            _field("time_index", pa.int32(), "4-D: which time point."),
            _field("channel", STR, "Echo, b-value, phase, camera."),
            _field("version", STR, "Window or view name."),
            _field("position_mm", pa.float64(), "Along the stack's normal, millimetres."),
            _field("pts_s", pa.float64(), "Presentation time, seconds."),
            _field("of_index", pa.int32(), "The item that a context image or version belongs to."),
            _field("label_this", pa.bool_(), "False: shown for context only.", null=False),
            _field("notes", TEXT_MAP, "Go into the notes of manifests."),
        ]
    ),
    ("series_id", "index", "role"),
)

CLAIMS = Table(
    "claims",
    pa.schema(
        [
            _field("store", STR, "raw or publish.", null=False),
            _field("key", STR, "The object.", null=False),
            _field("token", STR, "Token of the object when it was claimed.", null=False),
            _field("rule", WORD, "The rule that claimed it, as <position>:<name>.", null=False),
            _field("group_key", STR, "The group that it belongs to.", null=False),
            _field("row_hash", pa.uint64(), "Hash of the media columns that the rule reads.", null=False),
            _field("status", WORD, "Status of the media row when it was looked at."),
            _field("probe_version", STR, "Probe version of that row: with token and status it says 'not looked at yet'."),
            _field("remarks", WORD, "What rules said of it: ungrouped:<kind>, <rule>:<word>; blank between."),
        ]
    ),
    ("store", "key"),
    ("store", "key", "token", "rule", "group_key", "row_hash"),
)

RENDITIONS = Table(
    "renditions",
    pa.schema(
        [
            _field("store", STR, "Always publish.", null=False),
            _field("key", STR, "The picture.", null=False),
            _field("source_store", STR, "Where the source lies.", null=False),
            _field("source_key", STR, "The source.", null=False),
            _field("source_token", STR, "Token of the source.", null=False),
            _field("source_frame", pa.int32(), "0-based frame of the source."),
            _field("kind", WORD, "frame, window, spectrogram.", null=False),
            _field("name", WORD, "Name of the rendition in the settings.", null=False),
            _field("params_hash", STR, "Hash of kind, options and code version.", null=False),
            _field("width", pa.int32(), "Pixels."),
            _field("height", pa.int32(), "Pixels."),
            _field("size", pa.int64(), "Bytes."),
            _field("md5", STR, "Of the file, hex."),
            _field("pts_s", pa.float64(), "Presentation time, seconds."),
            _field("status", WORD, "ok or failed.", null=False),
            _field("error", STR, "One sentence."),
            _field("series_id", STR, "The series."),
            _field("item_index", pa.int32(), "The item."),
            _field("version", STR, "Name of the window."),
            _field("gone_since", STR, "Generation since which the source is gone."),
        ]
    ),
    ("key",),
)

FINDINGS = Table(
    "findings",
    pa.schema(
        [
            _field("stage", STR, "Stage that found it.", null=False),
            _field("code", STR, "<area>.<snake_case>.", null=False),
            _field("severity", WORD, "error, warning, info, loss.", null=False),
            _field("store", STR, "raw or publish.", null=False),
            _field("file", STR, "Key or path; empty: the whole stage.", null=False),
            _field("series_id", STR, "The series, where it is about one."),
            _field("pointer", STR, "Place in the file; empty: the whole file.", null=False),
            _field("message", STR, "What is so.", null=False),
            _field("hint", STR, "What to do.", null=False),
            _field("value", STR, "The values that gave rise to it."),
            _field("count", pa.int64(), "How many times.", null=False),
            _field("of_group", STR, "Stage series: the group that it is about, <rule>:<group key>; null: the whole stage."),
        ]
    ),
    ("stage", "file", "pointer", "code"),
)

SENT = pa.struct(
    [
        ("batch", pa.int32()),
        ("content_hash", STR),
        ("addresses_hash", STR),
        ("bytes_hash", STR),
        ("written_at", TIME),
        ("confirmed_at", TIME),
    ]
)

UPLOADS = Table(
    "uploads",
    pa.schema(
        [
            _field("manifest", STR, "Name of the manifest.", null=False),
            _field("series_id", STR, "The series.", null=False),
            _field("content_hash", STR, "SHA-256 of the series' entry and its items' tokens.", null=False),
            _field("addresses_hash", STR, "The same of the addresses of its objects, in their order, alone."),
            _field("bytes_hash", STR, "The same of the tokens of its objects alone."),
            _field("batch", pa.int32(), "Number of the batch that holds it."),
            _field("written_at", TIME, "Since when the batch holds it as it is."),
            _field("confirmed_at", TIME, "When somebody said that the platform has it as it is."),
            _field("state", WORD, "new, changed, same, withdrawn.", null=False),
            _field("last_state", WORD, "Of a withdrawn one: the state before."),
            _field("sent", SENT, "What the platform was last said to have."),
        ]
    ),
    ("manifest", "series_id"),
    ("manifest", "series_id", "content_hash", "batch", "state"),
)

ANNOTATION_IMAGES = Table(
    "images",
    pa.schema(
        [
            _field("image_id", pa.int64(), "Row number.", null=False),
            _field("store", STR, "raw or publish."),
            _field("key", STR, "Object of the catalogue; null: unmatched."),
            _field("series_id", STR, "Series that the object is a member of."),
            _field("item_index", pa.int32(), "Its item."),
            _field("frame", pa.int32(), "0-based frame of the source."),
            _field("rendition_of", STR, "Source key, where the file named a rendition."),
            _field("name_given", STR, "As the file names it.", null=False),
            _field("spellings", pa.list_(STR), "Further spellings under which it was looked for."),
            _field("width", pa.int32(), "Pixels."),
            _field("height", pa.int32(), "Pixels."),
            _field("split", STR, "train, val, test …"),
            _field("source_id", STR, "Id in the source, as JSON text."),
            _field("state", WORD, "labelled, negative, unlabelled.", null=False),
            _field("source_file", STR, "File that named it first.", null=False),
            _field("pointer", STR, "Place in that file.", null=False),
            _field("extras", pa.binary(), "Members that the reader does not know, as given."),
        ]
    ),
    ("image_id",),
)

CATEGORIES = Table(
    "categories",
    pa.schema(
        [
            _field("category_id", pa.int32(), "Row number.", null=False),
            _field("name", STR, "Name of the category.", null=False),
            _field("source_id", STR, "Id in the source, as JSON text."),
            _field("supercategory", STR, "COCO's supercategory."),
            _field("keypoints", pa.list_(STR), "Names of the keypoints."),
            _field("skeleton", pa.list_(pa.list_(pa.int32())), "Pairs of keypoints, 0-based."),
            _field("source_file", STR, "File that named it first.", null=False),
            _field("extras", pa.binary(), "Members that the reader does not know, as given."),
        ]
    ),
    ("category_id",),
)

ANNOTATIONS = Table(
    "annotations",
    pa.schema(
        [
            _field("annotation_id", pa.int64(), "Row number.", null=False),
            _field("image_id", pa.int64(), "The image.", null=False),
            _field("category_id", pa.int32(), "The category."),
            _field("kind", WORD, "box, rotated_box, polygon, rle, mask, keypoints, point, line, circle, class, volume.", null=False),
            _field("x0", pa.float64(), "Left edge."),
            _field("y0", pa.float64(), "Upper edge."),
            _field("x1", pa.float64(), "Right edge."),
            _field("y1", pa.float64(), "Lower edge."),
            _field("unit", WORD, "pixel, normalised, mm."),
            _field("segmentation", pa.binary(), "As given in the source."),
            _field("segmentation_kind", WORD, "polygons, points, rle_counts, rle_text, png, wkt, none."),
            _field("keypoints", pa.list_(pa.float64()), "x, y, visibility of each."),
            _field("iscrowd", pa.bool_(), "COCO's iscrowd."),
            _field("area_given", pa.float64(), "Area as the source says it."),
            _field("score", pa.float64(), "Confidence."),
            _field("group_id", STR, "Shapes that belong together."),
            _field("track_id", STR, "The same thing over frames."),
            _field("annotator", STR, "Pseudonym of who drew it."),
            _field("created", TIME, "When it was drawn."),
            _field("reviewed", STR, "Which opinion it is: correct (an expert's), majority."),
            _field("source_file", STR, "File that it came from.", null=False),
            _field("pointer", STR, "Place in that file.", null=False),
            _field("source_id", STR, "Id in the source, as JSON text."),
            _field("extras", pa.binary(), "Members that the reader does not know, as given."),
        ]
    ),
    ("annotation_id",),
)

SKELETONS = Table(
    "skeletons",
    pa.schema(
        [
            _field("skeleton_id", pa.int32(), "Row number.", null=False),
            _field("name", STR, "Name of the skeleton.", null=False),
            _field("keypoints", pa.list_(STR), "Names of the keypoints."),
            _field("connections", pa.list_(pa.list_(pa.int32())), "Pairs of keypoints, 0-based."),
            _field("chirality", pa.list_(pa.int32()), "The mirror twin of each keypoint, 0-based."),
            _field("cameras", pa.list_(STR), "Cameras that saw it."),
            _field("source_file", STR, "File that it came from.", null=False),
            _field("extras", pa.binary(), "Members that have no column, as given."),
        ]
    ),
    ("skeleton_id",),
)

SOURCES = Table(
    "sources",
    pa.schema(
        [
            _field("source_file", STR, "Annotation file, relative to its source.", null=False),
            _field("source", STR, "Where it lies: annotations, or a platform whose results it holds.", null=False),
            _field("token", STR, "Change token under which it was read.", null=False),
            _field("size", pa.int64(), "Bytes.", null=False),
            _field("format", WORD, "Format id; empty: no format takes it.", null=False),
            _field("role", WORD, "part (holds annotations), shared (class names and the like), unknown.", null=False),
            _field("claim", STR, "Files of one claim were read with each other.", null=False),
            _field("confidence", pa.float64(), "How sure the format is, 0 to 1; 1 where it was told."),
            _field("why", STR, "Evidence for the format."),
            _field("decided", TEXT_MAP, "What cannot be known from the file, and was taken."),
            _field("evidence", pa.map_(STR, pa.int64()), "Counts on which it was decided."),
            _field("images", pa.int64(), "Images that it named first.", null=False),
            _field("annotations", pa.int64(), "Annotations read from it.", null=False),
            _field("document", pa.binary(), "Members of the whole file, as given."),
        ]
    ),
    ("source_file",),
)

EXPORT_FILES = Table(
    "files",
    pa.schema(
        [
            _field("name", STR, "Name below the folder of the export.", null=False),
            _field("format", WORD, "Format id of the export.", null=False),
            _field("size", pa.int64(), "Bytes.", null=False),
            _field("sha256", STR, "Digest of the bytes, hex.", null=False),
        ]
    ),
    ("name",),
)

TABLES = {
    table.name: table
    for table in (
        INVENTORY,
        MEDIA,
        SERIES,
        ITEMS,
        CLAIMS,
        RENDITIONS,
        FINDINGS,
        UPLOADS,
        ANNOTATION_IMAGES,
        CATEGORIES,
        ANNOTATIONS,
        SKELETONS,
        SOURCES,
        EXPORT_FILES,
    )
}
"""All tables by name."""

# fmt: on
STATUSES = (
    "ok",
    "partial",
    "truncated",
    "unsupported",
    "too_large",
    "refused",
    "unreadable",
    "crashed",
    "deadline",
    "changed",
    "empty",
    "not_media",
)
"""All values of ``media.status``."""

USABLE = ("ok", "partial", "truncated")
"""Statuses of objects that can be members of a series."""

FAULTS = (
    "partial",
    "truncated",
    "unsupported",
    "too_large",
    "refused",
    "unreadable",
    "crashed",
    "deadline",
    "changed",
    "empty",
)
"""Statuses that say that something is wrong with a file."""
