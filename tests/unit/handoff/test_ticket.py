"""The ticket's rules: one phone, ten minutes, and no way back once it is disconnected."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinicpro_images.handoff.errors import TicketError, TicketExpired, TicketRevoked, TicketUsed
from clinicpro_images.handoff.ticket import (
    CODE_CHARACTERS,
    TICKET_CHARACTERS,
    TICKET_SECONDS,
    Handoff,
    cut_off,
    encode_ticket,
    format_code,
    may_repeat,
    new_handoff,
    parse_code,
    parse_ticket,
    redeem,
)

NOW = 1_763_000_000.0
RANDOM = st.binary(min_size=TICKET_CHARACTERS, max_size=TICKET_CHARACTERS)
STEPS = st.lists(
    st.tuples(st.sampled_from(["redeem", "cut off"]), st.floats(min_value=0, max_value=900)), max_size=12
)


@given(STEPS)
def test_at_most_one_phone_is_ever_connected_and_only_in_time(steps: list[tuple[str, float]]) -> None:
    handoff, now, let_in, cut = new_handoff("h", "s", NOW), NOW, 0, False
    for step, seconds in steps:
        now += seconds
        if step == "cut off":
            handoff, cut = cut_off(handoff, now), True
            continue
        try:
            handoff = redeem(handoff, now)
        except TicketError:
            assert let_in or cut or now >= NOW + TICKET_SECONDS
        else:
            let_in += 1
            assert not cut
            assert now < NOW + TICKET_SECONDS
    assert let_in <= 1
    assert (handoff.state(now) == "gone") == cut
    assert (handoff.claimed_at is not None) == bool(let_in)


@given(STEPS)
def test_a_disconnected_phone_stays_disconnected_since_the_first_time(steps: list[tuple[str, float]]) -> None:
    handoff = cut_off(new_handoff("h", "s", NOW), NOW)
    for step, seconds in steps:
        if step == "cut off":
            handoff = cut_off(handoff, NOW + seconds)
    assert handoff.cut_off_at == NOW


def test_a_connected_phone_outlives_its_ticket() -> None:
    handoff = redeem(new_handoff("h", "s", NOW), NOW + 599)
    assert handoff.state(NOW + 100_000) == "connected"


@pytest.mark.parametrize(
    ("handoff", "error"),
    [
        (Handoff("h", "s", NOW), TicketExpired),
        (Handoff("h", "s", NOW + 600, claimed_at=NOW), TicketUsed),
        (Handoff("h", "s", NOW + 600, cut_off_at=NOW), TicketRevoked),
        (Handoff("h", "s", NOW + 600, claimed_at=NOW, cut_off_at=NOW), TicketUsed),
    ],
)
def test_a_refused_ticket_gives_the_reason(handoff: Handoff, error: type[TicketError]) -> None:
    with pytest.raises(error):
        redeem(handoff, NOW)


@given(RANDOM)
def test_a_ticket_is_read_back_as_scanned_as_spelled_and_as_people_type_it(random: bytes) -> None:
    ticket = encode_ticket(random)
    assert parse_ticket(ticket) == ticket
    assert parse_ticket(format_code(ticket)) == ticket
    assert parse_code(ticket) is None


@given(st.binary(min_size=CODE_CHARACTERS, max_size=CODE_CHARACTERS))
def test_a_code_is_read_as_shown_and_as_people_type_it(random: bytes) -> None:
    code = encode_ticket(random)
    shown = format_code(code)
    assert len(shown) == CODE_CHARACTERS + 1
    assert parse_code(shown) == code == parse_code(shown.lower())
    typed = shown.replace("-", " ").replace("0", "O").replace("1", "l")
    assert parse_code(f" {typed}\n") == code
    assert parse_ticket(code) is None


def test_an_answer_is_repeated_only_while_the_ticket_is_valid_and_its_phone_connected() -> None:
    handoff = redeem(new_handoff("h", "s", NOW), NOW + 1)
    assert may_repeat(handoff, NOW + TICKET_SECONDS - 1)
    assert not may_repeat(handoff, NOW + TICKET_SECONDS)
    assert not may_repeat(cut_off(handoff, NOW + 2), NOW + 3)
    assert not may_repeat(new_handoff("h", "s", NOW), NOW)


@given(RANDOM, st.integers(min_value=0, max_value=TICKET_CHARACTERS - 1))
def test_every_character_carries_five_bits_of_the_randomness(random: bytes, at: int) -> None:
    changed = random[:at] + bytes([random[at] ^ 1]) + random[at + 1 :]
    assert encode_ticket(changed) != encode_ticket(random)
    assert TICKET_CHARACTERS * 5 >= 128


@given(st.text())
@example("")
@example("u" * TICKET_CHARACTERS)
@example("\u0660" * TICKET_CHARACTERS)  # a digit to str.isdigit()
def test_anything_else_that_is_typed_is_no_ticket_and_no_error(typed: str) -> None:
    read = parse_ticket(typed)
    assert read is None or (len(read) == TICKET_CHARACTERS and read.isascii() and read.isalnum())
