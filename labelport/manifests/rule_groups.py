"""Which rules belong together: each group is a check of the manifest's asset, so that people see where it hurts.

A code that no group names is one of ``format``: what the platform's own reader wants of a file.
"""

from collections.abc import Iterable, Mapping

from labelport.findings import Finding

GROUPS: Mapping[str, tuple[str, ...]] = {
    "media_taken": (
        "manifest.wrong_type",
        "manifest.extension_mismatch",
        "manifest.needs_rendition",
        "manifest.rendition_missing",
        "manifest.kind_not_taken",
        "manifest.archive_not_opened",
        "manifest.skipped",
        "manifest.decode_failed",
        "cvat.video_skipped",
        "cvat.keyframes_too_sparse",
        "cvat.keyframes_none",
        "cvat.first_frame_not_key",
        "cvat.timestamps_not_increasing",
        "cvat.pcd_header",
        "cvat.bin_size",
        "cvat.tiff_orientation",
        "cvat.no_extension",
        "cvat.extension_unlisted",
        "encord.csv_unsupported",
        "encord.unconfirmed_key",
        "encord.extension_unlisted",
        "encord.media_over_limit",
        "encord.safari_only",
        "encord.client_only_incomplete",
        "encord.media_metadata_incomplete",
        "centaur.multiframe",
        "centaur.single_frame_dicom",
        "centaur.media_left_out",
        "ground_truth.media_left_out",
        "ground_truth.mixed",
        "ground_truth.format_unlisted",
        "ground_truth.text_unreadable",
        "label_studio.mixed_tasks",
        "label_studio.format_unlisted",
        "tabular.text_unreadable",
    ),
    "addresses": (
        "manifest.duplicate_url",
        "manifest.key_unsafe",
        "manifest.url_signed",
        "manifest.url_whitespace",
        "manifest.url_too_long",
        "manifest.url_form",
        "manifest.no_public_url",
        "manifest.place_taken",
        "cvat.backslash",
        "manifest.csv_unsafe",
        "centaur.duplicate_origin",
        "labelbox.path_style",
        "redbrick.outside_root",
        "tabular.extension",
    ),
    "grouping": (
        "manifest.duplicate_title",
        "manifest.ungrouped",
        "manifest.group_over_limit",
        "cvat.mixed_media",
        "cvat.orphan_context",
        "cvat.related_depth",
        "encord.group_index_gap",
        "encord.title_missing",
        "encord.title_too_long",
        "encord.sequence_mixed_size",
        "centaur.audio_two_images",
        "centaur.ungrouped",
        "centaur.series_index",
        "centaur.no_template",
        "centaur.only_in_ours",
        "centaur.only_in_template",
        "centaur.ambiguous",
        "centaur.fuzzy_match",
        "ground_truth.frame_order",
        "ground_truth.frames_apart",
        "label_studio.file_over_limit",
    ),
    "privacy": ("manifest.phi_suspect",),
    "batches": (
        "encord.group_changed",
        "encord.bytes_changed",
        "cvat.task_is_fixed",
        "label_studio.duplicates",
        "labelbox.global_key_known",
        "redbrick.name_known",
    ),
    "format": (),
}
"""Codes of each group; the names are those of the checks."""

WHAT: Mapping[str, str] = {
    "media_taken": "the platform takes every object as it is",
    "addresses": "every object can be called by a name that the platform can follow",
    "grouping": "every series is shown together and in order",
    "privacy": "no title, note or key looks like a person's",
    "batches": "nothing in the batch meets what the platform has already",
    "format": "the files are as the platform's reader wants them",
}
"""What a green check of a group says."""

_GROUP_OF = {code: group for group, codes in GROUPS.items() for code in codes}
_SEEN = frozenset({"error", "warning", "loss"})


def group_of(code: str) -> str:
    """Return the group of a code; a plug-in's own codes are of ``format``."""
    return _GROUP_OF.get(code, "format")


def counts_by_group(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Return how often each code was said, by group; findings that only inform are left out."""
    counts: dict[str, dict[str, int]] = {}
    for found in findings:
        if found.severity in _SEEN:
            codes = counts.setdefault(group_of(found.code), {})
            codes[found.code] = codes.get(found.code, 0) + found.count
    return {group: dict(sorted(counts[group].items())) for group in GROUPS if group in counts}
