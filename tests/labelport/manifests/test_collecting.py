from labelport.manifests.collecting import Collected


def test_findings_keep_their_places_and_their_order() -> None:
    collected = Collected("a.json")
    collected.say("manifest.empty", "", "nothing")
    collected.say("encord.unknown_key", "/images/0/x", "unknown", hint="Did you mean y?")
    assert [(f.code, f.file, f.pointer, f.hint) for f in collected.findings()] == [
        ("manifest.empty", "a.json", "", "Check `where` and `include`."),
        ("encord.unknown_key", "a.json", "/images/0/x", "Did you mean y?"),
    ]


def test_beyond_the_bound_they_are_counted_and_none_is_lost() -> None:
    collected = Collected("a.json", most=3)
    for number in range(10):
        assert collected.lists("encord.unknown_key") is (number < 3)
        collected.say("encord.unknown_key", f"/{number}", "unknown", severity="warning")
    collected.say("manifest.empty", "", "nothing")
    found = collected.findings()
    assert [(f.pointer, f.count) for f in found] == [("/0", 1), ("/1", 1), ("/2", 1), ("", 1), ("", 7)]
    assert (found[-1].severity, "7 more" in found[-1].message) == ("warning", True)
