"""A run whose faults did not bring about what they are for proves nothing, and says so."""
import pytest

from faults import untested
from run import Run

TOLD_FULL = ("again", {"op": "w-1", "code": "storage_full"})
REPEATED = ("ok", {"op": "w-1", "seq": 1, "dup": True, "ts": 0, "retried": True})
NEW_TOKEN = ("token", {"code": "token_expired"})
SHOWN = {
    "full": ("full", TOLD_FULL),
    "space": ("space: log", TOLD_FULL),
    "long_freeze": ("long_freeze", REPEATED),
    "clock": ("clock", NEW_TOKEN),
}


@pytest.fixture(name="run")
def fixture_run(tmp_path):
    run = Run(tmp_path, 1)
    yield run
    run.history.close()


@pytest.mark.parametrize("count, entry", SHOWN.values(), ids=SHOWN)
def test_a_fault_must_have_been_noticed(run, count, entry):
    run.counts[count] = 1
    run.reads_while_full = 1
    assert untested(run)
    kind, what = entry
    run.history.add("w", kind, **what)
    assert untested(run) is None


MODERATED = {
    "removed": ("removed", {"room": "~p", "seq": 5, "action": "kick"}),
    "denied": ("denied", {"room": "~p", "code": "no_such_room", "what": "join"}),
    "back": ("enter", {"room": "~p", "head": 7}),
}


@pytest.mark.parametrize("missing", [None, *MODERATED])
def test_somebody_must_have_been_taken_out_kept_out_and_let_in_again(run, missing):
    run.counts["moderation"] = 1
    for name, (kind, what) in MODERATED.items():
        if name != missing:
            run.history.add("w", kind, **what)
    assert (untested(run) is None) == (missing is None)


def test_a_full_disk_must_have_been_read(run):
    run.counts["full"] = 1
    kind, what = TOLD_FULL
    run.history.add("w", kind, **what)
    assert untested(run)


def test_a_fault_that_did_not_come_about_is_named(run):
    run.unproven.append("only 1 of 15 writes failed")
    assert untested(run) == "only 1 of 15 writes failed"
