"""What is said of series before entries are made of them: the same words on every platform.

A platform takes a series, or says why not, by these steps: ``usable`` (every object is well), ``refuse``
(no place for what it holds), ``addresses`` (how its objects are called, without fault and without doubles).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from labelport.codes import Severity
from labelport.findings import Finding, finding
from labelport.manifests.contract import EmitContext, Item, Series
from labelport.manifests.emission import stage_name
from labelport.manifests.kinds import Counted, NotTaken
from labelport.manifests.urls import UrlFault, is_of_this_machine, text_faults, url_faults
from labelport.options import ManifestOptions
from labelport.privacy import key_may_identify

Address = Callable[[str, str], str | None]
"""How (store, key) is called in a manifest, or null where it cannot be called."""


def uri_faults(uri: str) -> Iterator[UrlFault]:
    """Yield what is wrong with an object's ``s3://bucket/key``: it holds the key as it is, blanks included."""
    yield from (fault for fault in text_faults(uri) if fault.code != "manifest.url_whitespace")
    if any(character in uri for character in "\r\n\t"):
        yield UrlFault("manifest.url_whitespace", "its key holds a line break or a tab")


@dataclass
class Intake:
    """What one emission has taken and said so far. Memory: 16 bytes an object."""

    stage: str
    """Name of the stage."""

    address: Address
    """How objects are called: ``EmitContext.url`` (https) or ``EmitContext.uri`` (bucket and key)."""

    faults: Callable[[str], Iterator[UrlFault]]
    """What is wrong with such an address."""

    refused: NotTaken
    """Series that the platform does not take, counted."""

    said: list[Finding] = field(default_factory=list)
    """Findings about one object or series."""

    known: set[bytes] = field(default_factory=set)
    """Digests of the addresses that stand in the manifest."""

    ungrouped: Counted = field(default_factory=lambda: Counted("manifest.ungrouped"))
    suspect: Counted = field(default_factory=lambda: Counted("manifest.phi_suspect"))

    def say(self, code: str, series: Series, message: str, *, key: str = "", severity: Severity | None = None) -> None:
        """Add a finding about a series or one of its objects."""
        name = series.row["series_id"]
        self.said.append(finding(code, stage=self.stage, file=key, message=message, series_id=name, severity=severity))

    def usable(self, series: Series, items: Sequence[Item]) -> bool:
        """Return whether all objects are well; each that is not is ``manifest.skipped``, and its whole series with it."""
        bad = [item for item in items if item.media.get("status") != "ok"]
        for item in bad:
            error = item.media.get("error")
            words = f"its status is {item.media.get('status')}, and its whole series is left out"
            words += f": {error.removesuffix('.')}" if error else ""
            self.say("manifest.skipped", series, words, key=item.row["key"])
        return not bad

    def refuse(self, series: Series, holds: str) -> None:
        """Count a series that the platform does not take, by what it holds (``what_series_holds``)."""
        self.refused.add(series.row, holds)

    def addresses(self, series: Series, items: Sequence[Item], *, shared: bool = False) -> list[str] | None:
        """Return how the objects are called, in their order, or null where one cannot be called or is there already.

        ``shared``: other series may name the objects too. Addresses of a series that is left out are not
        remembered. Also says which extensions disagree with the content, and counts keys that may name a person.
        """
        found: list[str] = []
        digests: set[bytes] = set()
        good = True
        for item in items:
            key = item.row["key"]
            address = self.address(item.row["store"], key)
            faults = (
                [UrlFault("manifest.no_public_url", "nobody else can reach the object")]
                if address is None
                else list(self.faults(address))
            )
            for fault in faults:
                self.say(fault.code, series, f"its address cannot be written: {fault.message}", key=key)
            digest = blake2b((address or key).encode("utf-8", "surrogatepass"), digest_size=16).digest()
            if not shared and (digest in self.known or digest in digests):
                self.say("manifest.duplicate_url", series, "its address stands in the manifest already", key=key)
                good = False
            if item.media.get("extension_mismatch"):
                words = f"the extension is {item.media.get('extension')}, the content is {item.media.get('format')}"
                self.say("manifest.extension_mismatch", series, words, key=key)
            good = good and not faults
            digests.add(digest)
            found.append(address or "")
        if not good:
            return None
        if not shared:
            self.known |= digests
        suspects = sum(key_may_identify(item.row["key"]) for item in items)
        if suspects:
            self.suspect.add(series.row["series_id"], suspects)
        return found

    def findings(self) -> list[Finding]:
        """Return all findings: those about objects first, then what was counted."""
        words = {
            "ungrouped": "{count} series have items that the platform does not show together",
            "suspect": "{count} object keys look like a name, a date or a record number, and the manifest holds keys",
        }
        counted = (getattr(self, name).findings(stage=self.stage, message=text) for name, text in words.items())
        return [*self.said, *self.refused.findings(), *(each for some in counted for each in some)]


def intake_by_url(
    platform: str, options: ManifestOptions, context: EmitContext, *, helpless: frozenset[str] = frozenset()
) -> Intake:
    """Return an intake that calls objects by https URL.

    ``helpless``: kinds that the platform takes in no form, though a rendition of them exists.
    """
    url = context.url or (lambda _, key: context.bucket.url(key))
    refused = _refused(platform, options, context, helpless)
    return Intake(stage_name(options.manifest_name), url, url_faults, refused)


def intake_by_uri(
    platform: str, options: ManifestOptions, context: EmitContext, *, helpless: frozenset[str] = frozenset()
) -> Intake:
    """Return an intake that calls objects by bucket and key, as ``s3://bucket/prefix/key``."""
    refused = _refused(platform, options, context, helpless)
    return Intake(stage_name(options.manifest_name), context.uri, uri_faults, refused)


def _refused(platform: str, options: ManifestOptions, context: EmitContext, helpless: frozenset[str]) -> NotTaken:
    name = options.manifest_name
    return NotTaken(platform, name, stage_name(name), renditions=context.rendition_names, helpless=helpless)


def unreachable(intake: Intake) -> list[Finding]:
    """Return why no object of the bucket can be called in this way, or nothing: one finding, not one an object."""
    example = intake.address("raw", "x")
    if example is None or is_of_this_machine(example):
        words = (
            "the objects have no address that others can use: the bucket is a folder, and the dataset has no url_base"
        )
        return [finding("manifest.no_public_url", stage=intake.stage, message=words)]
    return [
        finding(fault.code, stage=intake.stage, message=f"no address in this bucket can be written: {fault.message}")
        for fault in intake.faults(example)
    ]
