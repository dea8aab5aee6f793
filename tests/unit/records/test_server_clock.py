"""Other servers' clocks: one that is wrong changes no date."""

import pytest

from clinicpro_images.records.alex.server_clock import ServerClock


@pytest.mark.parametrize(
    "date",
    [None, "", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"],
)  # fmt: skip
def test_a_date_that_can_not_be_right_is_ignored(date: str | None) -> None:
    clock = ServerClock(lambda: 100.0)
    clock.note(date)
    assert clock.now() is None


def test_a_clock_goes_on_with_the_steady_one() -> None:
    steady = 100.0
    clock = ServerClock(lambda: steady)
    clock.note("Mon, 30 Nov 2026 20:00:00 GMT")
    noted = clock.now()
    steady = 160.0
    assert noted is not None
    assert clock.now() == noted + 60.0
