"""Chaos in small: seeds that are run with every build. `make chaos` does it at length."""

import pytest

from run import run_once, unavailable


def keeps_its_promises(tmp_path, seed, faults, rounds):
    violations, run = run_once(tmp_path, seed, faults, rounds)
    print(run.summary())
    assert violations == []
    assert run.untested() is None


@pytest.mark.parametrize("faults, rounds", [(["kill"], 8), (["drain", "storm", "freeze"], 8)],
                         ids=lambda value: "-".join(value) if isinstance(value, list) else "")
def test_nothing_is_lost_doubled_or_out_of_order(tmp_path, faults, rounds):
    keeps_its_promises(tmp_path, 1, faults, rounds)


def test_an_error_of_the_disk_ends_the_server_and_loses_nothing(tmp_path):
    if reason := unavailable("sync"):
        pytest.skip(reason)
    keeps_its_promises(tmp_path, 2, ["sync"], 1)


def test_a_full_disk_refuses_and_goes_on_when_there_is_space(tmp_path):
    if reason := unavailable("full"):
        pytest.skip(reason)
    keeps_its_promises(tmp_path, 3, ["full"], 2)
