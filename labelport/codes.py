"""The registry of finding codes: severity, meaning, remedy.

A code never changes its meaning. The docs are generated from here, and a test fails on a code that
is not. Codes of a plug-in are added by its ``CODES``.
"""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info", "loss"]


@dataclass(frozen=True)
class Code:
    """What a code means."""

    severity: Severity
    """Severity where the finding does not say otherwise."""

    meaning: str
    """When it is reported."""

    remedy: str
    """What to do; the hint of a finding that brings none of its own."""


# One line a code.
# fmt: off
_ROWS: tuple[tuple[str, Severity, str, str], ...] = (
    # bucket_inventory
    ("inventory.folder_marker", "info", "Zero-byte keys ending in / are folder markers and were left out.", "Nothing to do."),
    ("inventory.name_not_utf8", "warning", "A file name is not valid UTF-8; it was left out.", "Rename the file."),
    ("inventory.link_outside", "warning", "A symbolic link leads out of the folder; it was not followed.", "Copy the file into the folder, or make its folder the bucket."),
    ("inventory.vanished", "info", "Files vanished while the folder was listed.", "Nothing to do: the next run lists again."),
    ("inventory.link_broken", "info", "A symbolic link leads to nothing; it was left out.", "Remove the link, or mend it."),
    ("inventory.link_to_folder", "info", "A symbolic link to a folder of the same bucket was not entered: its files are listed under their own names.", "Nothing to do."),
    ("inventory.not_a_file", "info", "Sockets, pipes and devices were left out.", "Move them out of the folder."),
    ("inventory.unreadable_folder", "error", "A folder could not be listed.", "Give the user who runs Labelport the right to read it."),
    ("inventory.prefix_itself", "info", "An object has the bucket's prefix as its whole key, as consoles draw a folder; it was left out.", "Nothing to do; if it has bytes, give it a name below the prefix."),
    ("inventory.versions_unknown", "info", "The versions of the bucket's objects may not be asked for: they are told apart by ETag alone.", "Grant the right that is named, if the bucket has versions."),
    ("inventory.event_elsewhere", "warning", "Events of other buckets or prefixes were in the queue; they were acknowledged.", "Filter the bucket's notification by the dataset's prefix, and give every dataset a queue of its own: another dataset lost these events until its next full listing."),
    ("inventory.event_not_understood", "warning", "Messages in the queue are no events of S3; they were acknowledged.", "Find out who else sends to the queue: it belongs to one dataset's bucket alone."),
    ("inventory.queue_unreachable", "warning", "The queue of events could not be asked; the bucket was listed all the same.", "See to the queue: until then new objects are found by full listings only."),
    # media_metadata
    ("probe.extension_mismatch", "warning", "The extension says another format than the content.", "Rename the object; content decides until then."),
    ("probe.partial", "warning", "Something of the file could not be read; the rest is good.", "Look at the error; replace the file where it matters."),
    ("probe.truncated", "warning", "The file is cut short.", "Upload it again."),
    ("probe.unsupported", "warning", "A format or feature that is not read yet.", "Convert the file, or exclude it."),
    ("probe.too_large", "warning", "More pixels or header bytes than the limit allows.", "Scale it down, or exclude it."),
    ("probe.refused", "warning", "A defence fired: the file asks for something that no media file may.", "Find out who uploaded it; exclude it."),
    ("probe.unreadable", "warning", "The content cannot be read as what it claims to be.", "Replace the file, or exclude it."),
    ("probe.crashed", "warning", "The file killed its worker process.", "Exclude it, and report it: no file may do that."),
    ("probe.deadline", "warning", "Reading took longer than the deadline.", "It is tried again once; exclude it if that happens again."),
    ("probe.changed", "info", "The object changed while it was read.", "Nothing to do: the next run reads it again."),
    ("probe.empty", "warning", "The object has no bytes.", "Upload it again, or delete it."),
    ("probe.not_media", "info", "An index, a sidecar, or bytes of no known kind.", "Exclude them if they are many."),
    ("probe.archive_not_opened", "info", "An archive is named and never opened.", "Unpack it into the bucket."),
    ("probe.pdf_encrypted", "info", "A PDF is encrypted.", "Remove the password."),
    ("probe.pdf_mended", "info", "A PDF breaks the rules of its format; its pages were found all the same.", "Nothing to do; write the file again where another reader refuses it."),
    ("probe.pcd_points", "warning", "POINTS differs from WIDTH x HEIGHT.", "Write the cloud again."),
    ("probe.not_probed_yet", "info", "limits.max_probes_per_run left objects for the next run.", "Run again, or raise the limit."),
    # series
    ("series.index_gap", "warning", "Numbers are missing between the least and the greatest.", "Upload them, or accept the order."),
    ("series.index_duplicate", "warning", "Two objects have one number.", "Remove one, or name versions."),
    ("series.version_missing", "warning", "An image lacks a window that others have.", "Export it, or drop the version."),
    ("series.picture_ambiguous", "error", "Several pictures fit one recording.", "Say which in a table."),
    ("series.recording_ambiguous", "error", "Several recordings fit one picture.", "Say which in a table."),
    ("series.picture_unused", "info", "A picture fits a recording by its name and is not shown with it.", "Nothing to do, or rename it."),
    ("series.no_picture", "warning", "A recording has no picture.", "Add one, or the spectrogram rendition."),
    ("series.uid_conflict", "warning", "One SOPInstanceUID, two contents.", "Find out which of them is right."),
    ("series.missing_slices", "warning", "Slices are missing in a stack.", "Upload them; the numbers stand in value."),
    ("series.irregular", "warning", "Slices are not evenly spaced.", "Nothing is resampled; check the acquisition."),
    ("series.incomplete", "warning", "Some time points lack slices; they are left out as partial.", "Upload the missing slices."),
    ("series.no_geometry", "info", "Images without position; order by the best that there is.", "Check the order."),
    ("series.tilt", "info", "The gantry was tilted: slices are shifted against each other.", "Nothing is sheared; tools downstream must know."),
    ("series.link_absent", "info", "A structure set, SEG or SR refers to nothing here.", "Upload the images it refers to."),
    ("series.mixed_size", "info", "Members differ in size.", "Platforms may refuse such a series."),
    ("series.group_large", "warning", "A group of more than 200,000 objects.", "Check the expression or the StudyInstanceUID."),
    ("series.not_usable", "info", "Objects that cannot be in a series, by status.", "See the findings of media_metadata."),
    ("series.ungrouped", "info", "Objects that no rule claims, by kind.", "Add `- rule: single` as the last rule."),
    ("pattern.bad_index", "error", "The index is no number; the object goes last in natural order.", "Mend the expression."),
    ("pattern.too_slow", "error", "The expression backtracks without end on a key.", "Mend the expression."),
    ("pattern.folders_joined", "warning", "Objects of several folders fell into one series.", "Include the folder in the group `series`."),
    ("pattern.no_match", "warning", "The expression matches nothing.", "Mend the expression."),
    ("pattern.kind_not_taken", "warning", "Objects match but have another kind.", "Name the kind in `kinds`."),
    ("pattern.mixed_padding", "info", "Numbers are written in two styles (7 and 007).", "Other tools may order them wrong."),
    ("nifti.half_pair", "error", "A .hdr or .img without its other half.", "Upload the other half."),
    ("table.key_absent", "error", "A row names an object that is not there, or was not read yet.", "Correct the key: it is the one below the prefix, exactly as listed."),
    ("table.key_double", "error", "An object stands in two series, or twice in one; the first row counts.", "Leave one row, or give the others the role context."),
    ("table.cell_empty", "error", "A row without key or series; it was left out.", "Fill the cell."),
    ("table.bad_index", "error", "The index is no whole number, or is empty where other rows of the series have one.", "Correct the cell, or leave the whole column empty."),
    ("table.bad_value", "error", "A cell is none of the words, or names no such kind of object, as its column needs.", "Correct the cell; the message says what is allowed."),
    ("table.frame_range", "error", "The object has no such frame: they are numbered from 0.", "Correct the cell."),
    ("table.of_index", "error", "No item of the series has the number that of_index names.", "Correct the cell."),
    ("table.column_absent", "error", "There is no column of the name that `columns` gives.", "Correct `columns`, or add the column."),
    ("table.column_reserved", "error", "A column is called as other values are; it was left out.", "Rename the column: not `notes`, and no notes:, client_metadata:, embedding:, keyframes: or label: at its start."),
    ("table.not_usable", "error", "The object is there, and its status keeps it out of every series.", "See the findings of media_metadata."),
    ("table.row_length", "error", "A line has more or fewer cells than the header; it was left out.", "Quote cells that hold the delimiter."),
    ("table.no_item", "error", "A series has context or labels and nothing that they belong to; it was left out.", "Give one row no role."),
    ("table.not_claimed", "warning", "Objects of the table belong to a rule before it, or `where` leaves them out.", "Put the rule first."),
    ("metadata.key_absent", "warning", "A row is of no object or series that is there.", "Correct the key, or delete the row."),
    ("metadata.double_key", "warning", "Two rows are of one object or series; the first counts.", "Leave one row."),
    ("metadata.column_absent", "error", "There is no column of a name that `metadata` gives.", "Correct the settings, or add the column."),
    ("metadata.embedding_invalid", "error", "A cell is no list of 1 to 4,096 finite numbers; the value is left out.", "Write a list, in CSV a JSON array."),
    ("metadata.embedding_length", "error", "A vector has another length than the first of its column; the value is left out.", "Compute it again with the same model."),
    ("metadata.keyframe_range", "error", "A key frame is none of the frames; the value is left out.", "Count frames from 0."),
    ("metadata.bad_value", "error", "A cell cannot be what its column is for; the value is left out.", "Correct the cell; the message says what is allowed."),
    ("metadata.row_length", "error", "A line has more or fewer cells than the header; it was left out.", "Quote cells that hold the delimiter."),
    # manifests of every platform
    ("manifest.wrong_type", "error", "The content does not fit the section.", "Correct the file, or `where: {kind: …}`."),
    ("manifest.extension_mismatch", "warning", "Extension and content disagree.", "Rename the object."),
    ("manifest.needs_rendition", "error", "The platform takes no such kind as it is.", "Add the lines that the message names."),
    ("manifest.rendition_missing", "error", "`use` names a rendition that an item lacks.", "Materialize renditions; see its findings."),
    ("manifest.kind_not_taken", "warning", "The platform takes no such kind, and no rendition helps.", "Another platform, or `where`."),
    ("manifest.ungrouped", "info", "The platform cannot show a series together.", "Nothing, or another platform."),
    ("manifest.archive_not_opened", "info", "An archive is in the prefix.", "Unpack it into the bucket."),
    ("manifest.empty", "error", "There is nothing to write, or nothing in the file.", "Check `where` and `include`."),
    ("manifest.skipped", "error", "An item whose probe status is not ok was left out.", "See the list <manifest>.skipped.csv."),
    ("manifest.decode_failed", "error", "Exact mode could not decode the object.", "Replace the file."),
    ("manifest.duplicate_url", "warning", "One URL twice in a file; the second was left out.", "Nothing to do."),
    ("manifest.duplicate_title", "warning", "Two series have one title.", "Check the title column."),
    ("manifest.csv_unsafe", "error", "A comma, quote or line break, or a leading = + - @, in a cell of the CSV.", "Rename the object, or render it."),
    ("manifest.key_unsafe", "error", "A key that cannot be a name in this manifest: it would leave the folder, or meet another.", "Rename the object."),
    ("manifest.phi_suspect", "warning", "A word looks like a name, a date or a record number.", "Render under safe names."),
    ("manifest.group_over_limit", "error", "One series alone is over a limit.", "`where`, or split the series."),
    ("manifest.url_signed", "error", "A signature in a URL.", "Plain URLs, and an integration on the platform."),
    ("manifest.url_whitespace", "error", "A blank in a URL.", "Percent-encode it; for an access point's ARN rename the object."),
    ("manifest.url_too_long", "error", "A URL of more than 16 KB.", "A shorter key."),
    ("manifest.url_form", "error", "A URL that is neither https nor what the platform names.", "`url_form`, or `url_base` of the dataset."),
    ("manifest.no_public_url", "error", "The objects of a folder have no URL that others can read.", "Set `url_base` of the dataset."),
    ("manifest.index_stale", "error", "The index of chunks does not agree with the chunks beside it.", "Write the manifest again."),
    ("manifest.unreadable", "error", "A BOM, not UTF-8, not JSON, or not CSV.", "Save it as UTF-8 without BOM."),
    ("manifest.unknown_platform", "error", "No platform's manifest looks like this file.", "Name it as the platform wants it, and check its first lines."),
    # CVAT
    ("cvat.video_skipped", "info", "Videos are left out by `video: skip`.", "`video: exact`."),
    ("cvat.keyframes_too_sparse", "error", "Too few key frames for CVAT to seek.", "Re-encode with a shorter GOP, or `force: true`."),
    ("cvat.keyframes_none", "error", "No key frame that can be sought.", "Re-encode the video."),
    ("cvat.first_frame_not_key", "error", "The first picture is no key frame.", "Re-encode the video."),
    ("cvat.timestamps_not_increasing", "error", "PTS or DTS do not grow.", "Remux or re-encode the video."),
    ("cvat.mixed_media", "warning", "Images that no cloud claims.", "Use one of the folder layouts of CVAT."),
    ("cvat.pcd_header", "error", "The PCD header or version is wrong.", "Write the cloud again."),
    ("cvat.bin_size", "error", "A KITTI cloud of 0 bytes, or of no multiple of 16.", "Write the cloud again."),
    ("cvat.backslash", "warning", "A key with a backslash: CVAT will not find the file.", "Rename the object."),
    ("cvat.no_extension", "warning", "A name without extension: CVAT takes none.", "Rename the object."),
    ("cvat.extension_unlisted", "warning", "CVAT takes no images of this extension.", "Rename the object."),
    ("cvat.orphan_context", "warning", "Context images without a main image.", "Name their folder <stem>_<extension>."),
    ("cvat.related_depth", "warning", "A file in related_images at a depth that CVAT cannot read.", "Put it into related_images/<stem>_<extension>/."),
    ("cvat.tiff_orientation", "info", "A turned TIFF: the manifest holds its stored size, as CVAT's tool does.", "Nothing to do."),
    ("cvat.not_readable", "error", "CVAT's reader refuses this.", "Correct the line."),
    ("cvat.invalid", "error", "A value that no reader can use.", "Correct the line."),
    ("cvat.unknown_key", "warning", "A member that CVAT drops.", "Remove it, or put it into meta."),
    ("cvat.member_order", "info", "Members stand in another order than CVAT's tool writes.", "Nothing to do."),
    ("cvat.unknown_meta", "info", "A member of meta that CVAT does not know.", "Nothing to do."),
    ("cvat.index_stale", "error", "index.json does not agree with the manifest.", "Write it again, or delete it."),
    # Encord
    ("encord.group_index_gap", "error", "The numbers of objectUrl_ are not 0, 1, 2 and so on.", "Renumber them."),
    ("encord.title_missing", "error", "A group or series without a title.", "Give it a title."),
    ("encord.title_too_long", "error", "A title of more than 300 characters.", "Shorten the title."),
    ("encord.unknown_key", "error", "A key that an entry of this section does not have: Encord drops it in silence.", "Check the spelling."),
    ("encord.unknown_top_key", "error", "A key that a file does not have at the top: Encord drops what it holds in silence.", "Check the spelling."),
    ("encord.missing_key", "error", "A required member is absent.", "Add it."),
    ("encord.value_type", "error", "A value of another JSON type than Encord takes.", "Write it as the JSON type that the message names."),
    ("encord.duplicate_json_key", "error", "A key stands twice in one object: all but one are lost.", "Remove one."),
    ("encord.sdk_dialect", "error", "A form that only the SDK's own classes take, in a file.", "Write objectUrl_0, objectUrl_1 and so on."),
    ("encord.metadata_key_reserved", "error", "A name that Encord reserves: those that start with $, and keyframes.", "Rename it."),
    ("encord.dicom_tags_missing", "error", "The DICOM metadata lack some of the 22 tags that Encord wants.", "Write all 22, null where a file lacks one."),
    ("encord.upsert_no_effect", "error", "upsert_metadata without skip_duplicate_urls does nothing.", "Set skip_duplicate_urls."),
    ("encord.client_only_incomplete", "error", "`client_only`, and no complete media metadata.", "Exact probes of the object; without `client_only` Encord reads the file itself."),
    ("encord.file_over_limit", "error", "A file has more entries, URLs or bytes than Encord takes.", "Split it: max_entries, max_urls, max_bytes."),
    ("encord.csv_header", "error", "A header of a CSV that Encord does not know.", "Write one of: ObjectUrl with Video title, Image title, Series title, or Image group title and Create video."),
    ("encord.csv_row", "error", "A row of a CSV does not fit its header.", "Correct the row."),
    ("encord.metadata_key", "warning", "A name that cannot be declared in Encord's metadata schema.", "Letters, digits, -, _, . and blanks can stand in it."),
    ("encord.metadata_not_held", "loss", "The user's own values have no place in an entry.", "Join them by series, or use format: json."),
    ("encord.unconfirmed_key", "warning", "Keys that no document of the vendor shows: pdfs, nifti, upsert_metadata, $encord.", "`unconfirmed: true`, and try one file first."),
    ("encord.text_key", "info", "The key `text` is that of the SDK; no document shows it in a file.", "Try one file first."),
    ("encord.dicom_shape", "info", "objectUrl_0 and so on in dicom_series: the vendor shows it for groups only.", "Try one series first."),
    ("encord.media_metadata_incomplete", "info", "Media metadata were not written: not all members are exact.", "Nothing to do: Encord reads the file."),
    ("encord.createvideo_implicit", "warning", "createVideo is not written out, and its default differs between documents.", "Write it."),
    ("encord.skip_duplicates_absent", "warning", "skip_duplicate_urls is not true: importing twice makes everything twice.", "Set it to true."),
    ("encord.csv_unsupported", "warning", "A CSV has no column for what a series holds; it was left out.", "format: json."),
    ("encord.csv_not_idempotent", "warning", "A CSV cannot be imported twice without making everything twice.", "format: json."),
    ("encord.csv_title_kind", "warning", "The title column of a row is that of another kind of media.", "Put it below its own header."),
    ("encord.sequence_mixed_size", "warning", "Pictures of several sizes in one sequence: each size became one of its own.", "Renditions of one size."),
    ("encord.safari_only", "warning", "Encord's editor shows TIFF and MOV in Safari only.", "Renditions, or convert them."),
    ("encord.extension_unlisted", "warning", "An extension that Encord does not list for this section.", "Convert or rename the object."),
    ("encord.media_over_limit", "warning", "An object over 1 GB or 3840 x 2160, or sound outside 8 to 96 kHz.", "Renditions."),
    # Centaur
    ("centaur.no_template", "warning", "There is no template yet: a draft was written, which cannot be uploaded as it is.", "Download the template from the portal, and set `template`."),
    ("centaur.only_in_ours", "error", "Series of ours that the template does not have.", "See only_in_ours.csv."),
    ("centaur.ambiguous", "error", "Rows that match several objects.", "See ambiguous.csv."),
    ("centaur.only_in_template", "info", "Rows of the template that are in no series.", "Nothing to do."),
    ("centaur.fuzzy_match", "warning", "Matched by suffix or base name.", "Set `origin_root`."),
    ("centaur.audio_two_images", "error", "More than one image for a recording.", "Mend the series rule."),
    ("centaur.multiframe", "info", "The portal makes the series of a multi-frame DICOM by itself.", "Nothing to do."),
    ("centaur.ungrouped", "info", "Single images need no manifest.", "Nothing to do."),
    ("centaur.single_frame_dicom", "warning", "Single-frame DICOM as a series needs an arrangement.", "Ask the project manager, or `use` a rendition."),
    ("centaur.header", "error", "The header is not that of Centaur's template.", "Download the template again."),
    ("centaur.row", "error", "A row has a value that Centaur cannot use.", "Correct the row."),
    ("centaur.series_index", "error", "The indices of a series are not 0, 1, 2 and so on.", "Number them without gaps."),
    ("centaur.duplicate_origin", "error", "One origin stands twice.", "Keep one of the rows."),
)

# fmt: on

CODES: dict[str, Code] = {code: Code(severity, meaning, remedy) for code, severity, meaning, remedy in _ROWS}
"""All codes by name."""
