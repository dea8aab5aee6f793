"""Which refusals get a row of their own in the audit trail; the others are counted, and their sum gets one."""

from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from clinicpro_images.audit.entry import Action
from clinicpro_images.web.token_bucket import TokenBuckets

# Rows of their own: for one network, and for everybody. The trail is never deleted, and anyone can cause a refusal.
AT_ONCE_PER_NETWORK: Final = 20.0
AT_ONCE: Final = 120.0
PER_HOUR_PER_NETWORK: Final = 60.0
PER_HOUR: Final = 300.0
SUM_SECONDS: Final = 600.0
"""How long refusals are counted before their sums are recorded."""

_HOUR: Final = 3600.0
_MOST_NETWORKS: Final = 10_000


class Kind(NamedTuple):
    """What was refused, and why."""

    action: Action
    problem: str


class Sum(NamedTuple):
    """How often something was refused, and from how many networks."""

    kind: Kind
    times: int
    networks: int


class Refusals:
    """Decides, and counts. Refusals of someone signed in or with a session have a budget of their own, by that key."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` is monotonic seconds."""
        self._clock = clock
        self._by_network = TokenBuckets(AT_ONCE_PER_NETWORK, per_second=PER_HOUR_PER_NETWORK / _HOUR)
        self._known = TokenBuckets(AT_ONCE_PER_NETWORK, per_second=PER_HOUR_PER_NETWORK / _HOUR)
        self._total = TokenBuckets(AT_ONCE, per_second=PER_HOUR / _HOUR)
        self._times: Counter[Kind] = Counter()
        self._networks: dict[Kind, set[str]] = {}

    def gets_a_row(self, kind: Kind, network: str, known: str = "") -> bool:
        """Return whether to record this one alone; otherwise it is counted. `known` is an account, if there is one."""
        now = self._clock()
        if known:
            if not self._known.take(known, now):
                return True
        elif not self._by_network.take(network, now) and not self._total.take("", now):
            return True
        self._times[kind] += 1
        networks = self._networks.setdefault(kind, set())
        if len(networks) < _MOST_NETWORKS:
            networks.add(network)
        return False

    def sums(self) -> list[Sum]:
        """Return what was counted, and begin again."""
        found = [Sum(kind, times, len(self._networks[kind])) for kind, times in sorted(self._times.items())]
        self._times.clear()
        self._networks.clear()
        return found
