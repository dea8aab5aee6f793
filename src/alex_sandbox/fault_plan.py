"""What goes wrong, when, and how often: the faults asked for through `/sandbox/faults`; pure and repeatable.

A plan is `{"seed": 1, "faults": [{...}, ...]}`. Each fault has a `kind` and any of:

    times        how often it happens, then it is spent (absent: until the plan is replaced)
    probability  0 to 1, drawn for every call it fits (absent: every one)
    skip         how many fitting calls go through before it begins
    method       GET or POST
    resource     Patient, Media, DocumentReference, ..., launch, or token (only ever faulted by name)
    facility     the call's mt-facilityid
    afterWrite   true: ALEX does its work first, then the fault takes the answer's place
    seconds      for latency, hang and slow-body
    upToSeconds  for latency: evenly between `seconds` and this
    retryAfter   for 429, in seconds

`latency` and `slow-body` let the call go on and add up with what follows them; of all other faults the first that
fits and fires ends the call. With the same seed and the same calls, the same ones fail.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

PASSING_KINDS = ("latency", "slow-body")
STATUS_KINDS = ("401", "403", "429", "500", "502", "503", "503-platform", "504")
ENDING_KINDS = (*STATUS_KINDS, "hang", "close")
KINDS = (*PASSING_KINDS, *ENDING_KINDS)


@dataclass(frozen=True)
class FaultyCall:
    """As much of a call as a fault looks at."""

    method: str
    resource: str
    facility: str


@dataclass(frozen=True)
class Fault:
    """One fault as asked for; `__post_init__` raises ValueError with a sentence."""

    kind: str
    times: int | None = None
    probability: float | None = None
    skip: int = 0
    method: str | None = None
    resource: str | None = None
    facility: str | None = None
    after_write: bool = False
    seconds: float | None = None
    up_to_seconds: float | None = None
    retry_after: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is one of: {', '.join(KINDS)}.")
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise ValueError("probability is between 0 and 1.")
        if self.kind in PASSING_KINDS and self.seconds is None:
            raise ValueError(f"{self.kind} needs seconds.")
        if self.up_to_seconds is not None and self.up_to_seconds < (self.seconds or 0):
            raise ValueError("upToSeconds is at least seconds.")

    def fits(self, call: FaultyCall) -> bool:
        """Whether the call is one of those this fault is for."""
        if self.resource != call.resource and (self.resource is not None or call.resource == "token"):
            return False
        return self.method in {None, call.method} and self.facility in {None, call.facility}


@dataclass
class _Standing:
    """How far one fault has come."""

    fault: Fault
    random: Random
    met: int = 0
    happened: int = 0

    def fires(self) -> bool:
        fault = self.fault
        self.met += 1
        if self.met <= fault.skip or (fault.times is not None and self.happened >= fault.times):
            return False
        if fault.probability is not None and self.random.random() >= fault.probability:
            return False
        self.happened += 1
        return True


@dataclass(frozen=True)
class Misfortune:
    """What one call meets: seconds of waiting before and after, a slow body, and perhaps an end."""

    wait_before: float = 0.0
    wait_after: float = 0.0
    slow_body: float = 0.0
    end: Fault | None = None
    kinds: tuple[str, ...] = ()


@dataclass
class FaultPlan:
    """The faults in force, in order."""

    seed: int = 0
    _standing: list[_Standing] = field(default_factory=list)

    def replace(self, seed: int, faults: list[Fault]) -> None:
        """Put these in the place of what was asked before."""
        self.seed = seed
        self._standing = [_Standing(fault, Random(f"{seed}/{n}")) for n, fault in enumerate(faults)]  # noqa: S311 - repeatable on purpose

    def meet(self, call: FaultyCall) -> Misfortune:
        """Draw what this call meets, and count it."""
        before = after = slow = 0.0
        kinds: list[str] = []
        for standing in self._standing:
            fault = standing.fault
            if not fault.fits(call) or not standing.fires():
                continue
            kinds.append(fault.kind)
            if fault.kind == "latency":
                wait = standing.random.uniform(fault.seconds or 0, fault.up_to_seconds or fault.seconds or 0)
                before, after = (before, after + wait) if fault.after_write else (before + wait, after)
            elif fault.kind == "slow-body":
                slow += fault.seconds or 0
            else:
                return Misfortune(before, after, slow, fault, tuple(kinds))
        return Misfortune(before, after, slow, None, tuple(kinds))

    def as_json(self) -> dict[str, Any]:
        """The plan with, for each fault, how many calls fitted and how often it happened."""
        return {
            "seed": self.seed,
            "faults": [
                {**fault_json(each.fault), "fitted": each.met, "happened": each.happened}
                for each in self._standing
            ],
        }


MEMBERS = {
    "kind": ("kind", str),
    "times": ("times", int),
    "probability": ("probability", float),
    "skip": ("skip", int),
    "method": ("method", str),
    "resource": ("resource", str),
    "facility": ("facility", str),
    "afterWrite": ("after_write", bool),
    "seconds": ("seconds", float),
    "upToSeconds": ("up_to_seconds", float),
    "retryAfter": ("retry_after", int),
}


def fault_json(fault: Fault) -> dict[str, Any]:
    """A fault by its JSON names, without what was not asked for."""
    return {
        name: value
        for name, (attribute, _) in MEMBERS.items()
        if (value := getattr(fault, attribute)) is not None
        and value != Fault.__dataclass_fields__[attribute].default
    }


def parse_plan(written: Any) -> tuple[int, list[Fault]]:
    """Seed and faults of a plan in JSON; ValueError with a sentence."""
    if not isinstance(written, dict) or not isinstance(written.get("faults"), list):
        raise ValueError('A plan is {"seed": 1, "faults": [...]}.')  # noqa: TRY004 - it is the caller's JSON that is wrong, and ValueError says so
    seed = written.get("seed", 0)
    if not isinstance(seed, int):
        raise ValueError("seed is a whole number.")  # noqa: TRY004 - it is the caller's JSON that is wrong, and ValueError says so
    return seed, [_parse_fault(each) for each in written["faults"]]


def _parse_fault(written: Any) -> Fault:
    if not isinstance(written, dict) or "kind" not in written:
        raise ValueError("Each fault is an object with a kind.")
    asked: dict[str, Any] = {}
    for name, value in written.items():
        if name in {"fitted", "happened"}:
            continue  # so that what GET gave can be PUT again
        if name not in MEMBERS:
            raise ValueError(f"A fault has no {name!r}; it has: {', '.join(MEMBERS)}.")
        attribute, kind = MEMBERS[name]
        if name == "kind":
            asked[attribute] = str(value)
        elif value is not None:
            asked[attribute] = _fitting(name, value, kind)
    return Fault(**asked)


def _fitting(name: str, value: Any, kind: type) -> Any:
    wanted: tuple[type, ...] = (int, float) if kind is float else (kind,)
    if not isinstance(value, wanted) or (kind is not bool and isinstance(value, bool)):
        raise ValueError(f"{name} is a {kind.__name__}.")
    if isinstance(value, (int, float)) and value < 0:
        raise ValueError(f"{name} is 0 or more.")
    return value
