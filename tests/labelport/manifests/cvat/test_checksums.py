import json
from hashlib import md5

from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.cvat.checksums import Checksums, Facts, Kept, digest_of

KEYS = st.lists(st.tuples(st.text(max_size=8), st.text(max_size=4)), unique=True, max_size=30)


def checksums_of(keys: list[tuple[str, str]]) -> Checksums:
    found = Checksums()
    for key, token in keys:
        number = found.expect(digest_of(key, token))
        found.put(number, number + 1, 2 * number + 1, md5(key.encode("utf-8", "replace")).digest())
    return found


@given(KEYS, KEYS)
def test_what_was_kept_is_found_again_and_nothing_else(
    known: list[tuple[str, str]], others: list[tuple[str, str]]
) -> None:
    before = checksums_of(known)
    kept = Kept(json.loads(json.dumps(before.kept())))
    after = Checksums()
    asked = [*others, *known]
    for (key, token), facts in zip(asked, kept.find([digest_of(*pair) for pair in asked]), strict=True):
        assert (facts is not None) is ((key, token) in known)
        number = after.expect(digest_of(key, token))
        if facts is not None:
            after.put(number, *facts)
            assert after.facts(number) == before.facts(known.index((key, token)))


@given(KEYS, st.randoms())
def test_what_is_kept_does_not_depend_on_the_order(keys: list[tuple[str, str]], order: object) -> None:
    facts = {pair: (1, 2, md5(pair[0].encode("utf-8", "replace")).digest()) for pair in keys}

    def kept(pairs: list[tuple[str, str]]) -> dict[str, str]:
        found = Checksums()
        for pair in pairs:
            found.put(found.expect(digest_of(*pair)), *facts[pair])
        return found.kept()

    mixed = list(keys)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    assert kept(mixed) == kept(keys)


def test_the_texts_of_several_parts_are_one_memory() -> None:
    kept = Kept({**checksums_of([("a", "1")]).kept(), **checksums_of([("b", "1")]).kept()})
    found = list(kept.find([digest_of("b", "1"), digest_of("c", "1"), digest_of("a", "1")]))
    assert [facts is not None for facts in found] == [True, False, True]


def test_half_a_digest_is_not_enough() -> None:
    digest = digest_of("a", "1")
    kept = Kept(checksums_of([("a", "1")]).kept())
    others = [digest[:8] + bytes(8), bytes(8) + digest[8:], digest]
    assert [facts is not None for facts in kept.find(others)] == [False, False, True]


def test_an_object_without_facts_is_not_kept() -> None:
    found = Checksums()
    found.expect(digest_of("a", "1"))
    assert found.facts(0) is None
    assert found.kept() == {}
    number = found.expect(digest_of("b", "1"))
    found.put(number, 3, 2, bytes(16))
    assert found.facts(number) == Facts(3, 2, "0" * 32)
    assert len(found.kept()) == 1


def test_a_memory_that_is_none_is_no_error() -> None:
    for junk in ({"a.png": {"token": "t"}}, {"x": "not base64 !"}, {"x": "AAAA"}, {"x": 7}, {}):
        assert list(Kept(junk).find([digest_of("a", "1")])) == [None]
