"""Emitting Encord's files: what becomes of each series, and what is said of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from labelport.findings import Finding, finding
from labelport.manifests.batches import is_file_of_a_batch
from labelport.manifests.beside import write_beside
from labelport.manifests.checking import BESIDE
from labelport.manifests.chunks import Entry, Unit
from labelport.manifests.contract import EmitContext, Emitted, Item, Series, SeriesReader, Sink
from labelport.manifests.emission import stage_name
from labelport.manifests.encord.arns import object_faults
from labelport.manifests.encord.entries import CSV_SECTIONS, EntryMaker
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.outputs import Emittable, Written, write_outputs
from labelport.manifests.encord.placing import Placement, place
from labelport.manifests.encord.readme import encord_readme
from labelport.manifests.encord.remarks import About, Remarks
from labelport.manifests.encord.sections import SECTION_OF_KIND, SECTIONS
from labelport.manifests.encord.url_forms import UrlOf, url_in_form
from labelport.manifests.kinds import NotTaken
from labelport.manifests.leftover import leftover_findings
from labelport.manifests.live import LIVE, PLACED
from labelport.manifests.selection import main_items
from labelport.manifests.sink import unsafe_because
from labelport.manifests.urls import is_of_this_machine


@dataclass
class _Emission:
    """One run of the emitter."""

    options: EncordOptions
    maker: EntryMaker
    remarks: Remarks
    refused: NotTaken

    def emittables(self, series: SeriesReader) -> Iterator[Emittable]:
        """Yield what each series becomes, in the order of the series."""
        for one in series:
            made = self._series(one)
            if made is not None:
                yield made

    def _series(self, series: Series) -> Emittable | None:
        bad = [item for item in _shown(series) if item.media.get("status") != "ok"]
        for item in bad:
            error = item.media.get("error")
            words = f"its status is {item.media.get('status')}, and its whole series is left out"
            words += f": {error.removesuffix('.')}" if error else ""
            self.remarks.say("manifest.skipped", series, words, key=item.row["key"])
        if bad:
            return None
        placement = place(series, self.options)
        if placement.refused:
            self.refused.add(series.row, placement.refused)
        for item, found, wanted in placement.unfit:
            words = f"its content is {found}, and its series is one of {wanted}; the whole series is left out"
            self.remarks.say("manifest.wrong_type", series, words, key=item.row["key"])
        if not placement.entries or not self._has_place(series, placement):
            return None
        folder = self._folder(series)
        return None if folder is None else self._emittable(series, placement, folder)

    def _has_place(self, series: Series, placement: Placement) -> bool:
        """Return whether the file asked for has a place for what a series becomes; say so where it has none."""
        sections = {SECTIONS[placed.section] for placed in placement.entries}
        about: About | None = None
        if self.options.format == "csv" and (
            placement.bond == "shown" or any(s.name not in {*CSV_SECTIONS, "image_groups"} for s in sections)
        ):
            about = "csv_unsupported"
        elif self.options.dialect == "sdk":
            about = "dicom_client_only" if self.options.client_only and SECTIONS["dicom_series"] in sections else None
        elif not self.options.unconfirmed and any(section.unconfirmed for section in sections):
            about = "unconfirmed"
        elif self.options.client_only and any(section.several for section in sections):
            about = "groups_client_only"
        if about is not None:
            self.remarks.count(about, series.row["series_id"])
        return about is None

    def _folder(self, series: Series) -> str | None:
        """Return the folder of a series' chunks, or null where it cannot be one of ours."""
        if self.options.split_by is None:
            return ""
        key = main_items(series)[0].row["key"]
        folders = key.split("/")[:-1][: self.options.split_by]
        if not folders:
            return ""
        ours = folders[0] in (LIVE, PLACED) or any(map(self._is_file_of_ours, folders))
        reason = "has the name of a file of ours" if ours else unsafe_because("/".join(folders))
        if reason:
            words = f"its folder, after which `split_by` names the chunks, {reason}"
            self.remarks.say("manifest.key_unsafe", series, words, key=key)
            return None
        return "/".join(folders)

    def _is_file_of_ours(self, folder: str) -> bool:
        """Return whether a folder, at any depth, has a name that a file in a chunk set beside it may have."""
        own = folder.startswith(f"{self.options.manifest_name}.")
        return own or folder.endswith(BESIDE) or is_file_of_a_batch(folder)

    def _emittable(self, series: Series, placement: Placement, folder: str) -> Emittable | None:
        name = series.row["series_id"]
        entries: list[Entry] = []
        urls: list[str] = []
        digests: frozenset[bytes] = frozenset()
        own = 0
        for placed in placement.entries:
            made = self.maker.make(series, placed, pending=digests)
            if made is None:
                if placement.bond == "several":
                    continue
                return None
            urls += made.urls
            digests |= made.digests
            if made.entry is not None:
                entries.append(made.entry)
                own += not placed.shared
        if not own:
            return None
        self.maker.known |= digests
        if placement.bond == "sizes":
            self.remarks.count("mixed_size", name)
        planned = placement.bond == "shown" or (placement.bond == "several" and self.options.groups_plan)
        if (placement.bond == "several" and not planned) or _has_other_context(series):
            self.remarks.count("ungrouped", name)
        key = main_items(series)[0].row["key"]
        return Emittable(Unit(name, tuple(entries)), folder, key, tuple(urls) if planned else ())


def _shown(series: Series) -> list[Item]:
    """Return the items that become a part of an entry."""
    pictures = series.row["kind"] == "audio_image"
    return [*main_items(series), *(i for i in series.items if pictures and i.row["role"] == "context")]


def _has_other_context(series: Series) -> bool:
    return series.row["kind"] != "audio_image" and any(item.row["role"] == "context" for item in series.items)


def emit_encord(series: SeriesReader, options: EncordOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the chunks of a dataset, their index, the plan of groups, README and list of skipped objects.

    Memory: one series, one chunk, and 16 bytes for each single object. Raises ``SettingsError`` where
    ``url_form`` asks for a form that the storage does not have.
    """
    stage = stage_name(options.manifest_name)
    url = url_in_form(options, context.url or (lambda _, key: context.bucket.url(key)), context.bucket)
    unreachable = _unreachable(url, stage)
    if unreachable:
        return Emitted(unreachable)
    remarks = Remarks(stage)
    refused = NotTaken("encord", options.manifest_name, stage, renditions=context.rendition_names)
    run = _Emission(options, EntryMaker(options, context.dataset, url, remarks), remarks, refused)
    written = write_outputs(run.emittables(series), options, sink, wrote=context.wrote)
    findings = [
        *remarks.findings(),
        *refused.findings(),
        *_over_limit(written, stage),
        *leftover_findings(context, options, stage, kinds=frozenset(SECTION_OF_KIND), extensions=_EXTENSIONS),
    ]
    if written.entries:
        if options.format == "csv":
            words = "a CSV cannot say skip_duplicate_urls: importing it twice makes everything twice"
            findings.append(finding("encord.csv_not_idempotent", stage=stage, message=words))
        readme = encord_readme(options, written, findings)
        write_beside(sink, options.manifest_name, readme, findings)
    return Emitted(findings, written.entries)


_EXTENSIONS = frozenset().union(*(s.extensions for s in SECTIONS.values() if s.kind != "text")) | {".dcm", ".dicom"}
"""What a broken object of no known kind was meant as."""


def _unreachable(url: UrlOf, stage: str) -> list[Finding]:
    """Return why no object of the bucket can be called by a URL, or nothing."""
    example = url("raw", "x")
    if is_of_this_machine(example):
        words = "the objects have no public URL: the bucket is a folder, and the dataset has no url_base"
        return [finding("manifest.no_public_url", stage=stage, message=words)]
    return [
        finding(fault.code, stage=stage, message=f"no URL of the bucket can be written: {fault.message}")
        for fault in object_faults(example)
    ]


def _over_limit(written: Written, stage: str) -> Iterator[Finding]:
    for title, key, reason in written.refused:
        yield finding(
            "manifest.group_over_limit",
            stage=stage,
            file=key,
            series_id=title,
            message=f"the series alone is over a limit of a file, and it is never split: {reason}",
        )
