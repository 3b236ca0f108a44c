"""Checking a plan of groups: titles, and the URLs of what belongs to each."""

from collections.abc import Iterator
from pathlib import Path

from labelport.findings import Finding
from labelport.manifests.collecting import Collected
from labelport.manifests.encord.arns import object_faults
from labelport.manifests.encord.seen import Seen
from labelport.manifests.encord.value_rules import ValueRules, pointer_part
from labelport.manifests.json_elements import JsonElements, JsonFault, Member


class PlanElements(JsonElements):
    """The members of a plan: as many as there are groups, where a manifest has a handful."""

    def _members(self) -> Iterator[Member]:
        more = True
        while more:
            if self._peek() != '"':
                raise self._fault("a title in quotation marks is missing")
            title = self._value()
            self._expect(":", "a colon is missing")
            if self._peek() == "[":
                self._at += 1
                elements = self._elements()
                yield Member(title, None, elements)
                for _ in elements:  # whatever the check left unread
                    pass
            else:
                yield Member(title, self._value(), None)
            more = not self._next("}")


def check_plan(path: Path) -> list[Finding]:
    """Return what is wrong with a plan: ``{"<title>": ["<objectUrl>", …]}``."""
    values = ValueRules(Collected(str(path)))
    titles = Seen()
    try:
        with path.open("rb") as file:
            for member in PlanElements(file).members():
                if titles.title_again(member.name):
                    words = "the title stands twice"
                    values.say("encord.duplicate_json_key", f"/{pointer_part(member.name)}", words)
                _group(member, values)
    except JsonFault as fault:
        values.say("manifest.unreadable", fault.place, str(fault))
    else:
        if not titles.titles:
            values.say("manifest.empty", "", "the plan has no group")
    return values.collected.findings()


def _group(member: Member, values: ValueRules) -> None:
    pointer = f"/{pointer_part(member.name)}"
    if member.elements is None:
        values.say("encord.value_type", pointer, "a group is a list of URLs")
        return
    for number, url in enumerate(member.elements):
        place = f"{pointer}/{number}"
        if values.fits(url, str, place):
            for fault in object_faults(url):
                values.say(fault.code, place, fault.message)
