"""Token buckets: how much of something each key may use, refilled continuously. Rules only."""

from collections import OrderedDict

_MOST_KEYS = 20_000


class TokenBuckets:
    """A bucket for each key, full at first. Times are monotonic seconds, given by the caller."""

    def __init__(self, capacity: float, *, per_second: float, most_keys: int = _MOST_KEYS) -> None:
        """Each bucket holds `capacity` tokens and gains `per_second`.

        Beyond `most_keys`, the key not seen for longest is forgotten: memory stays bounded.
        """
        self._capacity = capacity
        self._per_second = per_second
        self._most_keys = most_keys
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._left)

    def left(self, key: str, now: float) -> float:
        """Return how many tokens the key's bucket holds."""
        left, since = self._left.get(key, (self._capacity, now))
        return min(self._capacity, left + (now - since) * self._per_second)

    def wait(self, key: str, now: float) -> float:
        """Return after how many seconds the bucket holds a token; 0 if it does now."""
        return max(0.0, 1 - self.left(key, now)) / self._per_second

    def take(self, key: str, now: float) -> float:
        """Take a token and return 0, or take none and return after how many seconds there is one."""
        wait = self.wait(key, now)
        self._remember(key, self.left(key, now) - (0 if wait else 1), now)
        return wait

    def _remember(self, key: str, left: float, now: float) -> None:
        self._left[key] = (left, now)
        self._left.move_to_end(key)
        while len(self._left) > self._most_keys:
            self._left.popitem(last=False)
