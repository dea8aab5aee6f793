"""JSON as ALEX sends it: what can't be understood as a whole is one kind of error."""

import pytest

from clinicpro_images.records.alex.json_body import read_json


@pytest.mark.parametrize(
    "body",
    [b'{"id": "a", "id": "b"}', b'[{"name": [], "x": 1, "name": [{}]}]', b"[" * 100_000, b"\xff", b"{", b""],
)
def test_what_contradicts_itself_or_can_not_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(body)


def test_a_member_that_is_there_twice_with_one_value_is_that_value() -> None:
    assert read_json('{"ID": "a", "id": "a"}', by_lower_case=True) == {"id": "a"}


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_stays() -> None:
    found = read_json(rb'{"name": "A\ud800roha \ud83d\ude00"}')
    assert found == {"name": "A?roha \N{GRINNING FACE}"}
    assert found["name"].encode()
