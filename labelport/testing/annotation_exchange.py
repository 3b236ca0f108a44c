"""Files read and written by one format, in memory: what its contract is judged by."""

import random
import re
from collections.abc import Iterator, Mapping

import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Format, ReadContext
from labelport.annotations.detecting import Taken
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.joining import joined
from labelport.annotations.matching import Matcher
from labelport.annotations.naming import written_names
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.places import placed_nowhere
from labelport.annotations.reading import read_annotations, read_claim
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import NoVolumes, Volumes
from labelport.annotations.writing import Grids, write_annotations
from labelport.findings import Finding
from labelport.options import AnnotationOptions
from labelport.testing.annotation_comparing import differences, images_of
from labelport.testing.annotation_losses import lies_about_losses
from labelport.testing.annotation_sets import index_of, plain_set

Sample = Mapping[str, bytes]
"""A folder: bodies of files by name."""

NO_VOLUMES = NoVolumes()


def files_of(sample: Sample) -> list[AnnotationFile]:
    """Return the files of a sample."""
    return [in_memory(name, body) for name, body in sample.items()]


def own_claims(chosen: Format, sample: Sample) -> list[Claim]:
    """Return what a format claims of its sample; of a dialect that is not read nothing."""
    return chosen.claims(files_of(sample), told=True) if chosen.reads else []


def read_one(
    chosen: Format, sample: Sample, claim: Claim, options: AnnotationOptions, volumes: Volumes = NO_VOLUMES
) -> tuple[AnnotationSet, list[Finding]]:
    """Return the rows of one claim, boxes checked, and all findings."""
    said = Said()
    files = {file.name: file for file in files_of(sample)}
    read = read_claim(Taken(chosen, claim), files, ReadContext(options=options, said=said, volumes=volumes))
    return read.parsed.annotations, said.findings()


def read_all(
    chosen: Format, sample: Sample, options: AnnotationOptions, volumes: Volumes = NO_VOLUMES
) -> tuple[AnnotationSet, list[Finding]]:
    """Return the rows of all claims of a format, and all findings."""
    found = [read_one(chosen, sample, claim, options, volumes) for claim in own_claims(chosen, sample)]
    return joined([given for given, _ in found]), [each for _, findings in found for each in findings]


def written(
    chosen: Format, given: AnnotationSet, options: AnnotationOptions | None = None, *, grids: Grids | None = None
) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the files of an export, and its findings."""
    output = MemoryOutput()
    told = write_annotations(given, chosen, output, options=options or chosen.Options(), grids=grids)
    return output.files, told


def read_back(
    chosen: Format,
    files: Sample,
    options: AnnotationOptions,
    index: pa.Table | None,
    *,
    volumes: Volumes = NO_VOLUMES,
) -> tuple[AnnotationSet, list[Finding]]:
    """Return what is read of an export by the format itself, and the findings; without an index no image is known."""
    said = Said()
    place = placed_nowhere if index is None else Matcher(index, options, said)
    listed = files_of(files)
    if not chosen.reads:
        read = read_annotations(listed, format_id=chosen.id, options=options, place=place, said=said)
        return read.annotations, said.findings()
    context = ReadContext(options=options, said=said, place=place, volumes=volumes)
    by_name = {file.name: file for file in listed}
    claims = chosen.claims(listed, told=True)
    read_claims = [read_claim(Taken(chosen, claim), by_name, context) for claim in claims]
    return joined([each.parsed.annotations for each in read_claims]), said.findings()


def names_of(given: AnnotationSet) -> list[str]:
    """Return the images' names: the keys of those that were found, as they are called of the others."""
    columns = (given.images.column(name).to_pylist() for name in ("key", "name_given"))
    return [name if key is None else key for key, name in zip(*columns, strict=True)]


def lost_silently(chosen: Format, given: AnnotationSet, options: AnnotationOptions, *, odd: bool = False) -> list[str]:
    """Return what an export lost of a set, beyond what the format says and told of; nothing where all is well.

    ``odd``: something in the set has a name that need not be held: a finding that a plain set has not excuses it.
    """
    assert chosen.holds is not None
    files, told = written(chosen, given, options)
    names = written_names(given)
    back, findings = read_back(chosen, files, options, index_of(given, names))
    before, after = images_of(given, names), images_of(back, names_of(back))
    codes = {each.code for each in told}
    faults = differences(before, after, chosen.holds, codes)
    faults += lies_about_losses(before, after, chosen.holds, codes)
    faults += [f"reading it back: {each.code} {each.message}" for each in findings if each.severity == "error"]
    if odd and codes - {each.code for each in written(chosen, plain_set(), options)[1]}:
        return []
    return faults


def broken(body: bytes) -> Iterator[bytes]:
    """Yield what may have become of a file: cut, doubled, flipped, in another encoding, of huge numbers, too deep."""
    half = len(body) // 2
    yield b""
    yield body[:half]
    yield body[half:]
    yield body + body
    yield body[:half] + b"\0" + body[half:]
    yield b"\xef\xbb\xbf" + body
    yield b"\xff\xfe" + body.decode("utf-8", "replace").encode("utf-16-le")
    yield body.replace(b"\r\n", b"\n").replace(b"\n", b"\r")
    yield b"[" * 100_000
    yield b"<a>" * 20_000
    for digits in (b"9" * 400, b"-1", b"NaN", b"1e400", b"0.5", b"", b"null", b'"'):
        yield re.sub(rb"\d+(\.\d+)?", digits, body)
        yield re.sub(rb"\d+(\.\d+)?", digits, body, count=3)
    chance = random.Random(20171)
    for _ in range(20):
        spoilt = bytearray(body or b" ")
        for _ in range(chance.randint(1, 4)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        yield bytes(spoilt)
    for _ in range(10):
        at, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
        yield body[:at] + body[end:]
        yield body[:end] + body[at:]
