"""Refusals: some get a row each, the others are counted, and nobody's flood hides anyone else's."""

from clinicpro_images.audit.refusals import AT_ONCE, AT_ONCE_PER_NETWORK, PER_HOUR, Kind, Refusals, Sum

SCAN, LAUNCH = Kind("phone.refused", "ticket-unknown"), Kind("launch.refused", "launch-stale")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def rows(refusals: Refusals, count: int, network: str, kind: Kind = SCAN) -> int:
    return sum(refusals.gets_a_row(kind, network) for _ in range(count))


def test_a_flood_gets_some_rows_and_a_sum() -> None:
    refusals = Refusals(Clock())
    assert rows(refusals, 500, "192.0.2.1") == AT_ONCE_PER_NETWORK
    assert rows(refusals, 1, "192.0.2.2", LAUNCH) == 1
    assert refusals.sums() == [Sum(SCAN, 480, 1)]
    assert refusals.sums() == []


def test_a_flood_from_everywhere_is_bounded_by_the_hour_and_counted_whole() -> None:
    clock = Clock()
    refusals = Refusals(clock)
    recorded = 0
    for second in range(3600):
        clock.now = float(second)
        recorded += rows(refusals, 5, f"2001:db8:{second % 997:x}::")
    assert recorded <= AT_ONCE + PER_HOUR
    [found] = refusals.sums()
    assert (found.times, found.networks) == (5 * 3600 - recorded, 997)


def test_what_an_account_does_is_recorded_whatever_strangers_do() -> None:
    refusals = Refusals(Clock())
    for number in range(200):
        rows(refusals, 20, f"network {number}")
    assert refusals.gets_a_row(SCAN, "192.0.2.1", "user_gp1")
