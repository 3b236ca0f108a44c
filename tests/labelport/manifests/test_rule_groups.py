from labelport.codes import CODES
from labelport.findings import finding
from labelport.manifests.rule_groups import GROUPS, WHAT, counts_by_group, group_of


def test_every_code_of_a_group_is_registered_and_in_one_group_only() -> None:
    named = [code for codes in GROUPS.values() for code in codes]
    assert set(named) <= CODES.keys()
    assert len(named) == len(set(named))
    assert GROUPS.keys() == WHAT.keys()


def test_what_only_informs_is_no_fault_of_its_group() -> None:
    said = [
        finding("manifest.ungrouped", stage="m", count=3),
        finding("manifest.phi_suspect", stage="m", count=2),
        finding("manifest.phi_suspect", stage="m", file="b"),
        finding("cvat.invalid", stage="m"),
    ]
    assert counts_by_group(said) == {"privacy": {"manifest.phi_suspect": 3}, "format": {"cvat.invalid": 1}}


def test_a_code_of_a_plug_in_is_one_of_the_format() -> None:
    assert group_of("acme.odd_row") == "format"
