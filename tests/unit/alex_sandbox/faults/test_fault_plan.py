"""The fault plan: matching, counting and repeatability."""

from alex_sandbox.faults.fault_plan import Fault, FaultPlan, FaultTarget

POST = FaultTarget("POST", "Media", "F2N060-E")


def _plan(*faults: Fault, seed: int = 1) -> FaultPlan:
    plan = FaultPlan()
    plan.replace(seed, list(faults))
    return plan


def _kinds(plan: FaultPlan, calls: int) -> list[str]:
    return ["+".join(plan.apply(POST).kinds) for _ in range(calls)]


def test_times_and_skip_count_matching_calls() -> None:
    plan = _plan(Fault("500", times=2, skip=1))
    assert [plan.apply(FaultTarget("GET", "token", "")).kinds for _ in range(3)] == [()] * 3
    assert _kinds(plan, 5) == ["", "500", "500", "", ""]


def test_the_first_ending_fault_wins_and_delays_add_up() -> None:
    plan = _plan(
        Fault("latency", seconds=1), Fault("latency", seconds=2, after_write=True), Fault("503"), Fault("500")
    )
    effect = plan.apply(POST)
    assert (effect.wait_before, effect.wait_after) == (1, 2)
    assert effect.ending is not None
    assert effect.ending.kind == "503"
    assert plan.as_json()["faults"][3]["matched"] == 0


def test_the_next_fault_takes_over_once_one_is_used_up() -> None:
    assert _kinds(_plan(Fault("429", times=1), Fault("500", times=1)), 3) == ["429", "500", ""]


def test_a_seed_determines_which_calls_fail() -> None:
    runs = {seed: _kinds(_plan(Fault("500", probability=0.3), seed=seed), 200) for seed in (1, 2)}
    assert runs[1] == _kinds(_plan(Fault("500", probability=0.3), seed=1), 200)
    assert runs[1] != runs[2]
    assert 30 < runs[1].count("500") < 90


def test_latency_is_between_its_bounds() -> None:
    plan = _plan(Fault("latency", seconds=1, up_to_seconds=3))
    waits = [plan.apply(POST).wait_before for _ in range(50)]
    assert min(waits) >= 1
    assert max(waits) <= 3
    assert len(set(waits)) > 10
