"""What Centaur gives back: a CSV of cases with their labels (specification 6.16)."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.centaur_results.claiming import claims_of
from labelport.annotations.formats.centaur_results.contents import Contents, contents_of, together
from labelport.annotations.formats.centaur_results.reading import read_results
from labelport.annotations.holds import Holds
from labelport.options import AnnotationOptions

__all__ = ["CENTAUR_RESULTS", "CentaurResults", "CentaurResultsOptions", "Contents", "contents_of"]


class CentaurResultsOptions(AnnotationOptions):
    """How results are read."""

    origin_root: str = Field("", description="Centaur's results: prefix that was cut from keys to get origins.")


class CentaurResults:
    """Centaur's results CSV. It is only read."""

    id = "centaur_results"
    title = "Centaur results"
    version = "centaur_results-1"
    reads = True
    holds: Holds | None = None
    Options: type[AnnotationOptions] = CentaurResultsOptions

    def __init__(self, contents: Contents | None = None) -> None:
        self.contents = contents or Contents()
        """What the manifests that were sent say of the portal's ids."""

    def with_contents(self, contents: Contents) -> "CentaurResults":
        """Return a reader that knows which origin and which place in a series a Content ID is."""
        return CentaurResults(contents)

    def with_manifests(self, bodies: Sequence[bytes]) -> "CentaurResults":
        """Return a reader that knows what filled manifests or templates say; other CSV files say nothing."""
        return self.with_contents(together(contents_of(body) for body in bodies))

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return a claim of the CSV files with the columns of results."""
        return claims_of(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return a class, or a shape, a case."""
        root: Any = getattr(context.options, "origin_root", "")
        return read_results([files[name] for name in claim.parts], context, self.contents, origin_root=root)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Raise ``NotImplementedError``: results come from the platform alone."""
        raise NotImplementedError("Centaur's results are read, and not written")


CENTAUR_RESULTS = CentaurResults()
