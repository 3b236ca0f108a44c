from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.cvat.digests import KeyDigests

KEYS = st.lists(st.text(max_size=3))


@given(KEYS, KEYS)
def test_it_answers_as_a_list_of_all_keys_would(keys: list[str], others: list[str]) -> None:
    digests = KeyDigests()
    for key in keys:
        digests.add(key)
    assert len(digests) == len(keys)
    assert [key in digests for key in others + keys] == [key in keys for key in others + keys]
    assert digests.repeated() == {hash(key) for key in keys if keys.count(key) > 1}
