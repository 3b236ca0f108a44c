"""The README beside Ground Truth's files: what they are, and where they go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain
from labelport.manifests.ground_truth.options import GroundTruthOptions

_FILES = 20
"""Names that are listed; more stand in the index."""

_WHERE = (
    "In the SageMaker console: Ground Truth, a new labeling job, manual data setup, and as location of the input\n"
    "dataset the address of a file that ends in .jsonl. In code: CreateLabelingJob, where ManifestS3Uri of the S3 data\n"
    "source is that address. A job takes one file; where there are chunks, each is a job of its own."
)
_BUCKETS = (
    "Manifest, media and job lie in one AWS region. The role of the job may read the media and this manifest, and write\n"
    "its output. The worker's page reads images in the browser: the bucket of the media needs a CORS rule that allows GET.\n"
    "A missing rule looks like a missing file."
)
_SEQUENCES = (
    "Frames: each line names a sequence file in {folder}/, which names the frames. The lines hold the\n"
    "addresses that the files have where they were published: a copy elsewhere needs other lines."
)
_TEXTS = "Texts: the lines hold the texts themselves. Whoever may read this manifest reads them all."
_SERIES = "The member {key} of each line is the id of the series; Ground Truth hands it through to its output."


@dataclass(frozen=True)
class Written:
    """What was written."""

    files: Sequence[str]
    """Addresses of the manifests; their names where they have none."""

    counts: Mapping[str, int]


def ground_truth_readme(options: GroundTruthOptions, written: Written, findings: Sequence[Finding]) -> bytes:
    """Return the README."""
    paragraphs = [_WHERE, _BUCKETS]
    if written.counts.get("sequences"):
        paragraphs.append(_SEQUENCES.format(folder=f"{options.manifest_name}.sequences"))
    if written.counts.get("text"):
        paragraphs.append(_TEXTS)
    if options.series_key:
        paragraphs.append(_SERIES.format(key=options.series_key))
    more = f"\nand {len(written.files) - _FILES:,} more, see the index" if len(written.files) > _FILES else ""
    paragraphs.append("Files:\n" + "\n".join(f"  {file}" for file in written.files[:_FILES]) + more)
    paragraphs.append("Nothing was sent to AWS: whether a job takes the files is seen there.")
    return readme(
        "Ground Truth input manifest",
        paragraphs,
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts=written.counts,
        tools=toolchain("labelport"),
        findings=findings,
    )
