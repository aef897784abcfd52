"""The checker notices: a build that breaks one promise when it is told to. Made by `make chaos`."""
import os
import pathlib

import pytest

import support
from run import run_once

FAULTY = pathlib.Path(os.environ.get("CONFAB_FAULTS_BIN", "absent"))
PLANTED = {
    "ack_before_commit": (["kill"], 6, "INV1"),
    "deliver_after_removal": (["storm"], 4, "INV9"),
    "drop_at_resume": (["storm"], 6, "INV5"),
    "forget_removal": (["kill"], 6, "INV9"),
    "no_dedup": (["kill"], 10, "INV2"),
    "skip_seq": (["storm"], 4, "INV3"),
    "store_after_removal": (["storm"], 4, "INV9"),
}


@pytest.fixture(autouse=True)
def faulty(monkeypatch):
    if not FAULTY.exists():
        pytest.skip("needs the build of the preset `faults`, named by CONFAB_FAULTS_BIN")
    monkeypatch.setattr(support, "BINARY", FAULTY.resolve())


@pytest.mark.parametrize("fault", PLANTED)
def test_the_checker_catches(tmp_path, fault):
    faults, rounds, expected = PLANTED[fault]
    violations, run = run_once(tmp_path, 1, faults, rounds, calm_s=5,
                                   env={"PLANTED_FAULT": fault})
    print(run.summary())
    assert expected in {violation.split(":")[0] for violation in violations}, violations[:5]


def test_without_a_planted_fault_the_same_build_keeps_its_promises(tmp_path):
    violations, _ = run_once(tmp_path, 1, ["kill"], 4)
    assert violations == []
