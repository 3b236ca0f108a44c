"""Reading in limited worker processes: a file that kills its reader, hangs or fills memory costs itself alone."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Parsed
from labelport.annotations.detecting import Taken
from labelport.annotations.files import AnnotationFile
from labelport.annotations.gathering import Source
from labelport.annotations.joining import joined
from labelport.annotations.parked import unpark
from labelport.annotations.said import Said
from labelport.runners.contract import Runner, Shard, Work
from labelport.storage.access import access_of
from labelport.storage.contract import Bucket

FUNCTION = "labelport.annotations.confined_work:read_parts"
MEMORY_BYTES = 6 << 30
"""Address space that a worker may take: a COCO file of half a gigabyte, its rows, and Arrow's own reserve."""

DEADLINE_S = 120.0
SECONDS_A_MEGABYTE = 2.0
"""On top of the deadline: reading takes a hundredth of that."""

OBJECTS, CLAIM = "objects.arrow", "claim.json"
"""Files of a folder of work: the objects that are opened, and the claim that they are."""

TABLE = pa.schema([("name", pa.string()), ("size", pa.int64()), ("token", pa.string())])

Read = Callable[[Taken, Mapping[str, AnnotationFile], Mapping[str, str]], tuple[Parsed, Said]]
"""Reads the parts of a claim: ``(claim, files, decided)``."""


@dataclass(frozen=True)
class Lookups:
    """What a worker looks up beside the files, by the files of the scratch folder that hold it."""

    index: Path
    """The index of images, an Arrow file."""

    planes: Callable[[], Path]
    """Gives the folder of ``volumes.planes``: asked only for labels of volumes."""

    key_env: str | None = None
    """Name of the variable that holds the project's key."""

    manifests: Sequence[Path] = ()
    """Manifests that results may look into."""


@dataclass(frozen=True)
class Confined:
    """Reads claims of one source in workers."""

    runner: Runner
    source: Source
    bucket: Bucket
    """Where the source's files lie."""

    single: bool
    """The source is one file."""

    lookups: Lookups

    scratch: Path

    _ready: dict[tuple[str, ...], Path] = field(default_factory=dict)
    """Where the rows of claims lie that were read ahead, by format id and parts."""

    def ahead(self, wanted: Sequence[Taken], files: Mapping[str, AnnotationFile]) -> None:
        """Read claims of which nothing is decided yet, all in one go: a thousand files start one pool of workers."""
        places = [self._place(taken, files, {}) for taken in wanted]
        shards = [Shard(number, pa.record_batch({"place": [str(place)]})) for number, place in enumerate(places)]
        if not shards:
            return
        deadline = max(_deadline(_read_table(place / OBJECTS)) for place in places)
        work = self._work(deadline, volumes=any(_on_volumes(taken) for taken in wanted))
        for result in self.runner.map(work, shards):
            if not result.deaths:  # what ends its worker is read again by itself, in halves
                taken = wanted[result.number]
                self._ready[taken.format.id, *taken.claim.parts] = places[result.number]

    def __call__(
        self, taken: Taken, files: Mapping[str, AnnotationFile], decided: Mapping[str, str]
    ) -> tuple[Parsed, Said]:
        """Return the rows of a claim's parts, and what was said; parts that end their worker are ``format.crashed``."""
        found = list(self._halved(taken, files, decided))
        if len(found) == 1:
            return found[0]
        decide = getattr(taken.format, "decide", None)
        if decide is not None and not decided:
            total: Counter[str] = Counter()
            for parsed, _ in found:
                for counts in parsed.evidence.values():
                    total.update(counts)
            together = dict(decide(total, self.source.options))
            if any(dict(parsed.decided) != together for parsed, _ in found if parsed.decided):
                found = list(self._halved(taken, files, together))
        said = Said()
        for _, each in found:
            said.take(each)
        made = [each for each, _ in found]
        rows = joined([each.annotations for each in made])
        evidence = {name: counts for each in made for name, counts in each.evidence.items()}
        taken_as = next((each.decided for each in made if each.decided), {})
        return Parsed(rows, taken_as, evidence, format=made[0].format), said

    def _halved(
        self, taken: Taken, files: Mapping[str, AnnotationFile], decided: Mapping[str, str]
    ) -> Iterator[tuple[Parsed, Said]]:
        parts = taken.claim.parts
        ready = None if decided else self._ready.pop((taken.format.id, *parts), None)
        place, detail = (ready, None) if ready else self._run(taken, files, decided)
        if detail is None:
            yield unpark(place)
        elif len(parts) > 1:
            middle = len(parts) // 2
            for half in (parts[:middle], parts[middle:]):
                yield from self._halved(Taken(taken.format, replace(taken.claim, parts=half)), files, decided)
        else:
            said = Said()
            said.say("format.crashed", parts[0], "", f"reading the file ended its worker: {detail}")
            yield Parsed(AnnotationSet()), said

    def _run(
        self, taken: Taken, files: Mapping[str, AnnotationFile], decided: Mapping[str, str]
    ) -> tuple[Path, str | None]:
        """Read in a worker; return where the rows lie, and how it ended where it did not end well."""
        place = self._place(taken, files, decided)
        work = self._work(_deadline(_read_table(place / OBJECTS)), volumes=_on_volumes(taken))
        [result] = self.runner.map(work, [Shard(0, pa.record_batch({"place": [str(place)]}))])
        return place, result.deaths[0].detail if result.deaths else None

    def _place(self, taken: Taken, files: Mapping[str, AnnotationFile], decided: Mapping[str, str]) -> Path:
        """Return a folder that says what is to be read, and takes what was."""
        claim: Claim = taken.claim
        place = Path(tempfile.mkdtemp(dir=self.scratch))
        _write(place / OBJECTS, _objects([files[name] for name in (*claim.shared, *claim.parts)], self.source))
        told = {
            "format": taken.format.id,
            "parts": list(claim.parts),
            "shared": list(claim.shared),
            "confidence": claim.confidence,
            "why": claim.why,
            "decided": dict(decided),
        }
        (place / CLAIM).write_bytes(json.dumps(told).encode())
        return place

    def _work(self, deadline_s: float, *, volumes: bool) -> Work:
        access, key_env = access_of(self.bucket), self.lookups.key_env
        options = {
            **access,
            "env": [*access["env"], *([key_env] if key_env else [])],
            "key_env": key_env,
            "planes": str(self.lookups.planes()) if volumes else None,
            "source": {"name": self.source.name, "uri": self.source.uri, "format": self.source.format},
            "roots": list(self.source.roots),
            "options": self.source.options.model_dump(mode="json"),
            "single": self.single,
            "index": str(self.lookups.index),
            "manifests": [str(path) for path in self.lookups.manifests],
        }
        return Work(FUNCTION, options, deadline_s=deadline_s, memory_bytes=MEMORY_BYTES)


def _on_volumes(taken: Taken) -> bool:
    """Return whether the format's labels lie on volumes."""
    return bool(getattr(taken.format, "volumes", False))


def _objects(files: Sequence[AnnotationFile], source: Source) -> pa.Table:
    """Return name, size and token of the objects that files lie in: archives once, as the bucket calls them."""
    found: dict[str, AnnotationFile] = {}
    for file in files:
        whole = file.within or file
        found.setdefault(source.key_of(whole.name), whole)
    return pa.table(
        {
            "name": list(found),
            "size": [each.size for each in found.values()],
            "token": [each.token for each in found.values()],
        },
        schema=TABLE,
    )


def _deadline(objects: pa.Table) -> float:
    return DEADLINE_S + SECONDS_A_MEGABYTE * float(sum(objects.column("size").to_pylist())) / 1e6


def _write(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
        out.write_table(table)


def _read_table(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file, pa.ipc.open_file(file) as opened:
        return opened.read_all()


def park_index(index: pa.Table, scratch: Path) -> Path:
    """Write an index of images for workers; return its file."""
    path = scratch / "index.arrow"
    _write(path, index)
    return path
