"""Findings of many files are listed up to a bound, and then counted."""

from labelport.annotations.said import MOST_FILES, MOST_PLACES, Said


def test_places_of_a_file_are_listed_up_to_twenty_and_then_counted() -> None:
    said = Said()
    for line in range(100):
        said.say("csv.bad_number", "a.csv", f"{line}:2", "no number", value="x" * 500)
    found = said.findings()
    assert len(found) == MOST_PLACES + 1
    assert sum(each.count for each in found) == 100
    assert found[0].value == "x" * 80
    assert not said.lists("csv.bad_number", "a.csv")
    assert said.lists("csv.bad_number", "b.csv")


def test_files_are_listed_up_to_a_thousand_and_then_counted_together() -> None:
    said = Said()
    for number in range(MOST_FILES + 7):
        said.say("voc.no_box", f"{number}.xml", "1", "no box")
    *listed, rest = said.findings()
    assert len(listed) == MOST_FILES
    assert (rest.file, rest.count) == ("", 7)


def test_what_one_collector_takes_from_another_keeps_its_counts() -> None:
    one, other = Said(), Said()
    for line in range(15):
        one.say("csv.bad_number", "a.csv", f"{line}:1", "no number")
        other.say("csv.bad_number", "b.csv", f"{line}:1", "no number")
    one.take(other)
    assert len(one.findings()) == 30
    other.forget()
    assert other.findings() == []
