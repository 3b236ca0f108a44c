"""The contract of every annotation format: subclass it, give ``chosen`` and ``samples``, run it.

A format of volumes subclasses ``annotation_volume_format.VolumeFormatContract``. A format passes when it claims its own files and no others, when equal files give equal rows that are valid,
whatever bytes stand in them, and when what it writes comes back as far as it says that it holds it.
"""

import copy
from collections.abc import Sequence

import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Format, ReadContext
from labelport.annotations.detecting import SURE, Taken
from labelport.annotations.files import AnnotationFile
from labelport.annotations.holds import KEPT, SHAPES, Holds
from labelport.annotations.joining import joined
from labelport.annotations.naming import written_names
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.annotations.writing import Collision, Grids, write_annotations
from labelport.errors import ObjectAbsent
from labelport.options import AnnotationOptions
from labelport.testing.annotation_comparing import differences, images_of
from labelport.testing.annotation_exchange import (
    Sample,
    broken,
    files_of,
    lost_silently,
    names_of,
    own_claims,
    read_all,
    read_one,
    written,
)
from labelport.testing.annotation_rows import faults_of, faults_of_findings
from labelport.testing.annotation_sets import CATEGORIES, IMAGES, plain_set

FOREIGN: Sample = {
    "README.md": b"# A folder of pictures\n\nTaken in May; 12 of them are blurred.\n",
    "notes.txt": b"The camera stood at 40, 25.\nIt was moved later.\n",
    "numbers.txt": b"1 2 3\n4 5 6\n",
    "nothing.txt": b"",
    "table.csv": b"when,what\n2026-01-01,moved\n",
    "page.html": b"<!DOCTYPE html><html><body><object>no annotation</object></body></html>",
    "config.xml": b"<?xml version='1.0'?><settings><size>3</size></settings>",
    "object.json": b'{"name": "tray", "values": [1, 2, 3]}',
    "list.json": b"[1, 2, 3]",
    "null.json": b"null",
    "empty.json": b"",
    "picture.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "noise.bin": bytes(range(256)) * 4,
}
"""Files of no annotation format."""

LIKE_LABELS = ("numbers.txt", "nothing.txt")
"""They are of no format by themselves; below a list of class names they may be label files that somebody broke."""

EVERYTHING = Holds(
    dict.fromkeys(SHAPES, KEPT), **dict.fromkeys(("holes", "rings", "crowd", "keypoints", "scores"), KEPT)
)

ODD_IMAGES = (
    "../../outside.jpg", "/etc/outside.jpg", "..\\..\\outside.jpg", "new\nline.jpg", "a b.jpg", "comma, and;.jpg",
    'quote".jpg', "<&>.jpg", "größe/日本.jpg", "dots.v2.final.jpg", "no extension", "label.jpg", "classes.jpg", "1,2,3,4,5",
)  # fmt: skip
"""Names of images that have broken some tool."""

ODD_CATEGORIES = (
    "", " blank ", "new\nline", "comma, and;", 'quote"', "<&>", "größe 日本", "0", "1 2 3", "NaN", "a:b", "#",
)  # fmt: skip
"""Names of categories that have broken some tool."""


class AnnotationFormatContract:
    """What every format must do. A subclass gives the fixtures ``chosen`` and ``samples``."""

    TWINS = ("tray/a.jpg", "tray/a.png", "a.jpg")
    """Names that differ in their folder or their extension alone."""

    SPOILT = 2
    """Samples of which broken copies are read."""

    @pytest.fixture
    def chosen(self) -> Format:
        raise NotImplementedError

    @pytest.fixture
    def samples(self) -> list[Sample]:
        """Return folders of files of this format, each read without an error, small ones first."""
        raise NotImplementedError

    @pytest.fixture
    def options(self, chosen: Format) -> AnnotationOptions:
        return chosen.Options()

    @pytest.fixture
    def grids(self) -> Grids:
        """Return the series that labels of volumes lie on; other formats know of none."""
        return Grids()

    @pytest.fixture
    def sets(
        self, chosen: Format, samples: list[Sample], options: AnnotationOptions, grids: Grids
    ) -> list[AnnotationSet]:
        """Return sets to write: what the samples hold, and a plain one."""
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        return [self.plain(), *(read_all(chosen, sample, options, grids.volumes)[0] for sample in samples)]

    def plain(self, *, images: Sequence[str] = (), categories: Sequence[str] = ()) -> AnnotationSet:
        """Return a small set; of images and categories of these names, where some are given."""
        return plain_set(images=images or IMAGES, categories=categories or CATEGORIES)

    def lost(
        self, chosen: Format, given: AnnotationSet, options: AnnotationOptions, grids: Grids, *, odd: bool = False
    ) -> list[str]:
        """Return what an export lost of a set beyond what the format says and told of: ``lost_silently``."""
        del grids
        return lost_silently(chosen, given, options, odd=odd)

    def test_it_says_what_it_is(self, chosen: Format) -> None:
        assert chosen.id
        assert chosen.id == chosen.id.lower()
        assert chosen.title
        assert chosen.version
        assert issubclass(chosen.Options, AnnotationOptions)

    def test_its_options_are_frozen(self, chosen: Format) -> None:
        options = chosen.Options()
        with pytest.raises(ValueError, match="frozen"):
            setattr(options, "clip", True)  # noqa: B010  -- a type checker knows it already

    def test_it_claims_its_own_files_surely_and_at_any_order(self, chosen: Format, samples: list[Sample]) -> None:
        if not chosen.reads:
            pytest.skip(f"{chosen.title} is read under another id")
        for sample in samples:
            files = files_of(sample)
            claims = chosen.claims(files, told=False)
            assert claims == chosen.claims(files, told=False)
            assert claims
            assert {part for claim in claims for part in claim.parts} == {
                part for claim in chosen.claims(files[::-1], told=False) for part in claim.parts
            }
            for claim in claims:
                assert SURE <= claim.confidence <= 1
                assert claim.why
                assert {*claim.parts, *claim.shared} <= sample.keys()
                assert not {*claim.parts} & {*claim.shared}
            parts = [part for claim in claims for part in claim.parts]
            assert len(parts) == len(set(parts))
            told = {part for claim in chosen.claims(files, told=True) for part in claim.parts}
            assert set(parts) <= told

    def test_it_leaves_files_of_others_to_them(self, chosen: Format, samples: list[Sample]) -> None:
        if not chosen.reads:
            pytest.skip(f"{chosen.title} is read under another id")
        for claim in chosen.claims(files_of(FOREIGN), told=False):
            assert claim.confidence <= 0.5, (claim, "of foreign files alone")
        for sample in samples:
            beside = {f"foreign/{name}": body for name, body in FOREIGN.items() if name not in LIKE_LABELS}
            for claim in chosen.claims(files_of({**sample, **beside}), told=False):
                assert claim.confidence <= 0.5 or not {*claim.parts} & beside.keys(), claim

    def test_its_rows_are_valid(
        self, chosen: Format, samples: list[Sample], options: AnnotationOptions, grids: Grids
    ) -> None:
        for sample in samples:
            given, findings = read_all(chosen, sample, options, grids.volumes)
            assert faults_of(given, sample) == []
            assert faults_of_findings(findings, sample) == []
            assert given.images.num_rows + given.skeletons.num_rows + given.annotations.num_rows > 0

    def test_equal_files_give_equal_rows_and_stay_as_they_were(
        self, chosen: Format, samples: list[Sample], options: AnnotationOptions, grids: Grids
    ) -> None:
        for sample in samples:
            files = {file.name: file for file in files_of(sample)}
            claims, kept, before = own_claims(chosen, sample), dict(files), options.model_copy(deep=True)
            for claim in claims:
                shown = copy.deepcopy(claim)
                first = chosen.read(files, claim, ReadContext(options=options, volumes=grids.volumes))
                second = chosen.read(files, claim, ReadContext(options=options, volumes=grids.volumes))
                assert first == second
                assert claim == shown
            assert files == kept
            assert options == before

    def test_a_part_read_alone_gives_what_it_gave_among_the_others(
        self, chosen: Format, samples: list[Sample], options: AnnotationOptions, grids: Grids
    ) -> None:
        for sample in samples:
            files = {file.name: file for file in files_of(sample)}
            for claim in own_claims(chosen, sample):
                if len(claim.parts) < 2 or getattr(chosen, "separate", False):
                    continue
                whole = chosen.read(files, claim, ReadContext(options=options, volumes=grids.volumes))
                parts = []
                for part in claim.parts:
                    alone = Claim((part,), claim.shared, claim.confidence, claim.why)
                    context = ReadContext(options=options, decided=whole.decided, volumes=grids.volumes)
                    parts.append(chosen.read(files, alone, context).annotations)
                together = joined(parts)
                everything = images_of(whole.annotations, names_of(whole.annotations))
                assert not differences(everything, images_of(together, names_of(together)), EVERYTHING, set())
                assert together.annotations.num_rows == whole.annotations.annotations.num_rows

    def test_nothing_in_a_file_raises_or_makes_rows_that_cannot_be(
        self, chosen: Format, samples: list[Sample], options: AnnotationOptions, grids: Grids
    ) -> None:
        for sample in samples[: self.SPOILT]:
            for claim in own_claims(chosen, sample):
                for name in (*claim.parts[:2], *claim.shared[:2]):
                    for body in broken(sample[name][:4096]):
                        spoilt = {**sample, name: body}
                        chosen.claims(files_of(spoilt), told=False)
                        given, findings = read_one(chosen, spoilt, claim, options, grids.volumes)
                        assert faults_of(given, sample) == [], body[:200]
                        assert faults_of_findings(findings, sample) == [], body[:200]

    def test_a_file_that_vanished_is_a_finding(
        self, chosen: Format, samples: list[Sample], options: AnnotationOptions, grids: Grids
    ) -> None:
        def gone(*_: int) -> bytes:
            raise ObjectAbsent("it is gone")

        for sample in samples[:1]:
            for claim in own_claims(chosen, sample):
                files = {file.name: file for file in files_of(sample)}
                part = claim.parts[0]
                files[part] = AnnotationFile(part, len(sample[part]), "t", gone)
                said = Said()
                context = ReadContext(options=options, said=said, volumes=grids.volumes)
                read = read_claim(Taken(chosen, claim), files, context)
                assert ("format.unreadable", part) in {(each.code, each.file) for each in said.findings()}
                assert faults_of(read.parsed.annotations, sample) == []

    def test_equal_sets_give_equal_bytes_and_stay_as_they_were(
        self, chosen: Format, sets: list[AnnotationSet], grids: Grids
    ) -> None:
        for given in sets:
            before = given.annotations.to_pylist(), dict(given.documents)
            first, told = written(chosen, given, grids=grids)
            assert (first, told) == written(chosen, given, grids=grids)
            assert (given.annotations.to_pylist(), dict(given.documents)) == before
            assert faults_of_findings(told, [*first, *written_names(given), *(each.file for each in told)]) == []
            assert {each.stage for each in told} <= {"export"}

    def test_what_it_writes_comes_back_as_far_as_it_holds_it(
        self, chosen: Format, sets: list[AnnotationSet], options: AnnotationOptions, grids: Grids
    ) -> None:
        for given in sets:
            assert self.lost(chosen, given, options, grids) == []

    def test_two_images_of_one_stem_both_stay_or_nothing_is_written(
        self, chosen: Format, options: AnnotationOptions, grids: Grids
    ) -> None:
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        given = self.plain(images=self.TWINS)
        output = MemoryOutput()
        collision: Collision | None = None
        try:
            write_annotations(given, chosen, output, options=options, grids=grids)
        except Collision as error:
            collision = error
        if collision is None:
            assert self.lost(chosen, given, options, grids) == []
        else:
            assert {each.code for each in collision.findings} == {"name.collision"}
            assert output.files == {}

    @pytest.mark.parametrize("name", ODD_IMAGES)
    def test_an_image_of_an_odd_name_comes_back_or_is_told_of(
        self, chosen: Format, options: AnnotationOptions, grids: Grids, name: str
    ) -> None:
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        faults = self.lost(chosen, self.plain(images=(name, "plain.jpg")), options, grids, odd=True)
        assert faults == []

    @pytest.mark.parametrize("name", ODD_CATEGORIES)
    def test_a_category_of_an_odd_name_comes_back_or_is_told_of(
        self, chosen: Format, options: AnnotationOptions, grids: Grids, name: str
    ) -> None:
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        faults = self.lost(chosen, self.plain(categories=("plain", name)), options, grids, odd=True)
        assert faults == []
