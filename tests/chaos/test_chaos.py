"""Chaos in small: seeds that are run with every build. `make chaos` does it at length."""

import pytest

from faults import unavailable, untested
from run import run_once

FEW = {"writers": 4, "readers": 2}  # they are calm sooner


def keeps_its_promises(tmp_path, seed, faults, rounds, **options):
    violations, run = run_once(tmp_path, seed, faults, rounds, **options)
    print(run.summary())
    assert violations == []
    assert untested(run) is None


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


def test_who_lost_patience_with_a_server_that_stood_still_misses_nothing(tmp_path):
    keeps_its_promises(tmp_path, 7, ["long_freeze"], 1, **FEW)


def test_writes_that_fail_in_the_middle_lose_nothing_and_the_server_goes_on(tmp_path):
    if reason := unavailable("space"):
        pytest.skip(reason)
    keeps_its_promises(tmp_path, 35, ["space"], 2)


def test_a_wall_clock_that_jumps_changes_nothing_but_the_times_and_the_tokens(tmp_path):
    if reason := unavailable("clock"):
        pytest.skip(reason)
    keeps_its_promises(tmp_path, 13, ["clock"], 3, **FEW)
