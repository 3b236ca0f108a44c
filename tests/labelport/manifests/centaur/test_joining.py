"""The join by origin, against the rules of the specification said once more: each row compared with each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.manifests.centaur.joining import Join
from labelport.manifests.centaur.paths import path_of
from labelport.manifests.centaur.rows import SERIES, OurRow
from labelport.manifests.centaur.template import TemplateRow

SEGMENTS = st.sampled_from(["a", "b", "f0.png", "f1.png", ".", ""])
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
ROOTS = st.sampled_from(["", "", "", "./", "/", "s3://bucket/", "s3://bucket/p/"])
SPELT = st.tuples(ROOTS, PATHS).map("".join)
BACK = st.booleans()
THEIRS = st.lists(st.tuples(SPELT, BACK).map(lambda p: p[0].replace("/", "\\") if p[1] else p[0]), max_size=7)
OURS = st.lists(PATHS.filter(bool), unique=True, max_size=7)


@dataclass
class Model:
    """The rules, with loops."""

    theirs: Sequence[str]
    ours: Sequence[str]
    others: Sequence[str]
    pairs: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By number of the template's row: our origin, and the rule."""

    ambiguous_theirs: set[int] = field(default_factory=set)
    ambiguous_ours: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.by_key("origin", str, str, self.ours)
        if self.left_theirs() and set(self.ours) - self.matched():
            everything = [*self.ours, *self.others]
            self.by_key("origin", str, str, everything)
            self.by_key("path", path_of, path_of, everything)
            self.by_key("path in the bucket", path_of, lambda origin: path_of(f"s3://bucket/p/{origin}"), everything)
            self.by_tail(everything)
            self.by_base(everything)

    def matched(self) -> set[str]:
        return {origin for origin, _ in self.pairs.values()}

    def left_theirs(self) -> list[int]:
        return [number for number, origin in enumerate(self.theirs) if origin and number not in self.pairs]

    def by_key(self, rule: str, theirs: Callable[[str], str], own: Callable[[str], str], ours: Sequence[str]) -> None:
        free = [origin for origin in ours if origin not in self.matched()]
        found = {}
        for number in self.left_theirs():
            key = theirs(self.theirs[number])
            fits = [origin for origin in free if own(origin) == key]
            rivals = [other for other in self.left_theirs() if theirs(self.theirs[other]) == key]
            if key and len(fits) == len(rivals) == 1:
                found[number] = (fits[0], rule)
        self.pairs |= found

    def by_tail(self, ours: Sequence[str]) -> None:
        there = [number for number, origin in enumerate(self.theirs) if origin]
        wanted_ours = set(self.ours) - self.matched()
        found = {}
        for number in self.left_theirs():
            fits = [origin for origin in ours if related(self.theirs[number], origin)]
            rivals = [n for n in there if len(fits) == 1 and related(self.theirs[n], fits[0])]
            if len(fits) == len(rivals) == 1 and fits[0] in wanted_ours:
                found[number] = (fits[0], "tail")
        left = set(self.left_theirs())
        for number in left - found.keys():
            if any(related(self.theirs[number], origin) for origin in wanted_ours):
                self.ambiguous_theirs.add(number)
        for origin in wanted_ours - {origin for origin, _ in found.values()}:
            if any(related(self.theirs[number], origin) for number in left):
                self.ambiguous_ours.add(origin)
        self.pairs |= found

    def by_base(self, ours: Sequence[str]) -> None:
        wanted_theirs, wanted_ours = set(self.left_theirs()), set(self.ours) - self.matched()
        matched = {base(self.theirs[n]) for n in self.pairs}
        for name in {base(self.theirs[n]) for n in wanted_theirs} - matched - {""}:
            theirs = [n for n, origin in enumerate(self.theirs) if origin and base(origin) == name]
            own = [origin for origin in ours if base(origin) == name]
            if len(theirs) == len(own) == 1 and own[0] in wanted_ours:
                self.pairs[theirs[0]] = (own[0], "base name")
            elif wanted_ours & set(own):
                self.ambiguous_theirs |= wanted_theirs & set(theirs)
                self.ambiguous_ours |= wanted_ours & set(own)


def base(origin: str) -> str:
    return path_of(origin).split("/")[-1]


def related(left: str, right: str) -> bool:
    parts, others = path_of(left).split("/"), path_of(right).split("/")
    shortest = min(len(parts), len(others))
    return bool(parts[-1]) and parts[-shortest:] == others[-shortest:]


@settings(max_examples=300)
@given(theirs=THEIRS, ours=OURS, others=OURS)
def test_rows_are_matched_as_the_rules_say(theirs: list[str], ours: list[str], others: list[str]) -> None:
    others = [origin for origin in others if origin not in ours]
    model = Model(theirs, ours, others)
    with Join() as join:
        join.add_template(TemplateRow(n + 2, str(n), origin, "", ()) for n, origin in enumerate(theirs))
        for number, origin in enumerate(ours):
            join.add_ours(SERIES, f"s{number}", [OurRow(origin, 0, "", f"s3://bucket/p/{origin}")])
        join.match(lambda: ((o, f"s3://bucket/p/{o}") for o in others), guesses=True, partial=False)
        filled = list(join.filled())
        lost = [(origin, True) for origin, _, _, _ in join.only_in_ours(SERIES)]
        doubtful = {cells[2] for cells in join.ambiguous_in_ours(SERIES)}
        rules = join.by_rule()
    found = {int(row.content_id): ours[int(row.series[1:])] for row in filled if row.series is not None}
    expected = {number: pair for number, pair in model.pairs.items() if pair[0] in ours}
    assert found == {number: origin for number, (origin, _) in expected.items()}
    assert rules == {rule: [r for _, r in expected.values()].count(rule) for rule in {r for _, r in expected.values()}}
    assert {int(row.content_id) for row in filled if row.ambiguous} == model.ambiguous_theirs
    assert doubtful == model.ambiguous_ours
    assert {origin for origin, _ in lost} == set(ours) - set(found.values()) - doubtful
    assert [row.origin for row in filled] == theirs
