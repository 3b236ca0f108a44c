"""The README beside a Centaur manifest."""

from collections.abc import Iterator, Mapping, Sequence

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain
from labelport.manifests.centaur.filling import Filling
from labelport.manifests.centaur.options import CentaurOptions
from labelport.manifests.centaur.outputs import audio_name, dicom_name, draft_name, filled_name, side_name
from labelport.manifests.centaur.rows import DICOM, SERIES

_IN_THE_PORTAL = (
    'In the portal: switch on "Images belong to a series" in the project\'s settings, add the data, download the\n'
    "template, name it as `template` of this manifest, and upload what is written then."
)
_WHOLE = (
    "A series is written whole or not at all, and never renumbered: a frame that is missing in the portal would\n"
    "be hidden. Where the template lacks a row of a series, the others keep their rows with blank series, index\n"
    "and notes, the series stands in the list below, and the run ends with an error; the file is written all the\n"
    "same, unless `strict: true`."
)
_PARTIAL = (
    "`partial: true`: what the template has of a series is written under the indices that it has here, with gaps\n"
    "where rows are missing. Nothing is renumbered."
)
_SIDES = {
    "only_in_ours": "rows of ours that are not in the file, and why",
    "ambiguous": "rows that fit several on the other side: give them distinct names, or set `origin_root`",
    "only_in_template": "rows of the template that are of no series here",
}


def centaur_readme(
    options: CentaurOptions,
    counts: Mapping[str, int],
    findings: Sequence[Finding],
    *,
    filling: Filling | None,
    rules: Mapping[str, int],
) -> bytes:
    """Return the README; ``filling``: what was joined with the template, or null where there was none."""
    by_rule = {f"matched by {rule}": count for rule, count in rules.items()}
    return readme(
        "Centaur series CSV",
        [_IN_THE_PORTAL, *_files(options, counts, filling)],
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts={**counts, **by_rule},
        tools=toolchain("labelport"),
        findings=findings,
    )


def _files(options: CentaurOptions, counts: Mapping[str, int], filling: Filling | None) -> Iterator[str]:
    base = options.manifest_name
    drafts = (SERIES, DICOM) if filling is None else filling.drafts
    if counts.get("rows"):
        if SERIES in drafts:
            yield f"{draft_name(base)}\n  a draft: content_id is empty, so it cannot be uploaded as it is."
        else:
            yield f"{filled_name(base)}\n  the template {options.template}, filled: upload it.\n\n" + _rest(filling)
            yield _PARTIAL if options.partial else _WHOLE
    if counts.get("dicom rows"):
        state = "a draft: content_id is empty." if DICOM in drafts else "with the ids of the template."
        words = f"single-frame DICOM, {state} Only by arrangement with the project manager."
        yield f"{dicom_name(base)}\n  {words}"
    if counts.get("audio rows"):
        words = "recordings, each with the image that is shown with it. It needs no template."
        yield f"{audio_name(base)}\n  {words}"
    for which, words in _SIDES.items():
        if filling is not None and filling.side[which]:
            yield f"{side_name(base, which)}\n  {words}."


def _rest(filling: Filling | None) -> str:
    if filling is not None and filling.whole:
        return "Rows of the template that are of no series here are in it, with blank series, index and notes."
    return "It holds rows of these series alone; the full manifest holds all rows of the template."
