"""Writing a set in a format: collisions first, losses told, then the format's writer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Format, Output, WriteContext
from labelport.annotations.holds import Holds
from labelport.annotations.losses import tell_losses
from labelport.annotations.naming import stem_of, written_names
from labelport.annotations.said import Said
from labelport.annotations.volumes.identities import Identifying
from labelport.annotations.volumes.image_volume import NoVolumes, Volumes
from labelport.findings import Finding
from labelport.manifests.sink import unsafe_because
from labelport.options import AnnotationOptions


class Collision(ValueError):
    """Two images would get the same file: nothing was written."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


@dataclass(frozen=True)
class Grids:
    """What a writer of volumes may look up."""

    volumes: Volumes = field(default_factory=NoVolumes)
    identities: Identifying | None = None


def is_on_volumes(chosen: Format) -> bool:
    """Return whether a format's labels lie on volumes."""
    return bool(getattr(chosen, "volumes", False))


def write_annotations(
    given: AnnotationSet,
    chosen: Format,
    output: Output,
    *,
    options: AnnotationOptions | None = None,
    said: Said | None = None,
    grids: Grids | None = None,
) -> list[Finding]:
    """Write a set; return what was lost, and what could not be written.

    Raises ``Collision`` before anything is written, ``ValueError`` for a format that is only read.
    """
    if chosen.holds is None:
        raise ValueError(f"{chosen.title} is read, and not written")
    told = said or Said("export", store="publish")
    known = grids or Grids()
    context = WriteContext(
        options=options or AnnotationOptions(),
        said=told,
        names=written_names(given),
        volumes=known.volumes,
        identities=known.identities,
    )
    holds_with: Callable[[AnnotationOptions], Holds] | None = getattr(chosen, "holds_with", None)
    tell_losses(given, chosen.holds if holds_with is None else holds_with(context.options), told)
    chosen.write(given, output, context)
    return told.findings()


def files_of_images(names: Sequence[str], ending: str, said: Said) -> list[str | None]:
    """Return the file of each image, for formats of one file an image: its name with another extension.

    ``tray/0007.png`` with ``.txt`` is ``tray/0007.txt``; a name that cannot be a path is null, with a finding
    (``name.unsafe``). Raises ``Collision`` where two different names would get one file.
    """
    owners: dict[str, str] = {}
    clashes = Said("export", store="publish")
    made: list[str | None] = []
    for name in names:
        file = stem_of(name.replace("\\", "/").removeprefix("./")) + ending
        reason = unsafe_because(file)
        if reason:
            said.say("name.unsafe", file, "", f"the name {reason}", value=name)
            made.append(None)
            continue
        if owners.setdefault(file, name) != name:
            clashes.say("name.collision", file, "", f"{owners[file]} and {name} would get one file", value=name)
        made.append(file)
    if clashes.findings():
        raise Collision(clashes.findings())
    return made
