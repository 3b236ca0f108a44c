"""Checking a plan of groups: titles, and the URLs of what belongs to each."""

from pathlib import Path

from labelport.findings import Finding
from labelport.manifests.collecting import Collected
from labelport.manifests.encord.arns import object_faults
from labelport.manifests.encord.value_rules import ValueRules, pointer_part
from labelport.manifests.json_elements import JsonElements, JsonFault, Member


def check_plan(path: Path) -> list[Finding]:
    """Return what is wrong with a plan: ``{"<title>": ["<objectUrl>", …]}``."""
    values = ValueRules(Collected(str(path)))
    titles: set[str] = set()
    try:
        with path.open("rb") as file:
            for member in JsonElements(file).members():
                if member.name in titles:
                    words = "the title stands twice"
                    values.say("encord.duplicate_json_key", f"/{pointer_part(member.name)}", words)
                titles.add(member.name)
                _group(member, values)
    except JsonFault as fault:
        values.say("manifest.unreadable", fault.place, str(fault))
    else:
        if not titles:
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
