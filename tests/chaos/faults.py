"""The faults of a chaos run, a function each; why one cannot be had; what a run has to show."""
import signal
import subprocess
import tempfile

from clock import LIBRARIES
from connection import claims_of
from pause import pause, until
from speaker import OF_STANDING
from support import SLOW


async def kill(run):
    await run.world.kill()


async def drain(run):
    await run.world.drain()


async def freeze(run):
    await run.world.freeze(run.random.uniform(0.2, 1.5))


async def long_freeze(run):
    """The server stands still until everybody has lost patience and has come back in vain, once or
    twice. When it goes on, it finds what they said before they went, and where they knocked."""
    times = run.random.randint(1, 2)
    goal = {member: member.in_vain + times for member in run.members}
    given_up = sum(member.given_up for member in run.members)
    deadline = 20 * run.world.patience
    if not await run.world.stand_still_until(
            lambda: all(member.in_vain >= enough for member, enough in goal.items()), deadline):
        run.unproven.append("somebody did not notice that the server stood still")
    if sum(member.given_up for member in run.members) == given_up:
        run.unproven.append("nobody hung up while the server stood still")
    arrivals = {member: member.arrivals for member in run.members}
    if not await until(
            lambda: all(member.arrivals > so_far for member, so_far in arrivals.items()), deadline):
        run.world.problems.append("INV10: somebody did not come back to a server that went on")


async def storm(run):
    for client in run.everybody:
        client.cut()


async def sync(run):
    await run.world.fail_sync(run.random.randint(20, 60))


async def full(run):
    """Publishing is refused, reading goes on, and all is well when there is space again."""
    run.world.fill_disk()
    for _ in range(20):
        await pause(0.05)
        reader = run.random.choice(run.members)
        if await reader.read_head(run.random.choice(run.rooms), 0):
            run.reads_while_full += 1
    run.world.free_disk()


async def space(run):
    """Writes fail for want of space, for as long as it takes until some have failed; then there is
    space again. Those of the log: all, or one in several, so that transactions break off in their
    middle; the same process goes on, or is killed before and another begins with what is left. Or
    those of the database only, which nobody may notice: the log cannot be copied into it."""
    where = run.random.choice(["log", "log", "log", "database"])
    run.counts[f"space: {where}"] += 1
    first, step = run.random.randint(100, 200), run.random.choice([1, 1, 5, 11])
    calls, dies = run.random.randint(10, 30), run.random.random() < 0.3
    if where == "database":
        first, step, calls = 1, 1, 5
    failed = await run.world.fail_writes(where, first, first + (calls - 1) * step, step)
    begin = len(run.history.entries)
    enough = calls // 2 if dies else calls
    if not await until(lambda: failed() >= enough, 30 * SLOW):
        run.unproven.append(f"only {failed()} of {enough} writes to the {where} failed")
    codes = run.history.refusals_since(begin) - OF_STANDING
    if codes - ({"storage_full"} if where == "log" else set()):
        run.world.problems.append(f"INV12: without space for the {where} people heard {codes}")
    if dies:
        return await run.world.kill()
    begin = len(run.history.entries)
    if not await until(lambda: run.history.acknowledged_since(begin), 30 * SLOW):
        run.world.problems.append("INV10: nothing was acknowledged when there was space again")


async def clock(run):
    """The server's wall clock jumps, forward and back in turns and further than its tokens live;
    sometimes while it is down."""
    ahead = run.world.clock.ahead
    minutes = run.random.randint(6, 30)
    seconds = 60 * (minutes if ahead <= 0 else -minutes)
    ends = run.random.choice([None, None, None, signal.SIGTERM, signal.SIGKILL])
    run.counts["clock: forward" if seconds > 0 else "clock: back"] += 1
    begin = len(run.history.entries)
    if ends:
        await run.world.end_by(ends)
    run.world.clock.jump(seconds)
    if ends:
        await run.world.restart()
    if not await until(lambda: run.history.acknowledged_at(run.world.clock.now(), begin),
                       30 * SLOW):
        run.world.problems.append("INV10: nothing was acknowledged at the new time of the server")
    if not await until(lambda: all(claims_of(member.token)["exp"] > run.world.clock.now()
                                   for member in run.members), 30 * SLOW):
        run.world.problems.append("INV12: somebody is in whose token has expired")


FAULTS = {each.__name__: each for each in (
    kill, drain, freeze, long_freeze, storm, sync, full, space, clock)}
TRACED = {"sync", "space"}


def unavailable(fault):
    """Why this fault cannot be made here; None: it can."""
    if fault == "full":
        with tempfile.TemporaryDirectory() as directory:
            if not _works("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory):
                return "needs the right to mount a disk"
            _works("umount", directory)
    if fault in TRACED and SLOW > 1:
        return "needs a build without sanitizers, which cannot be traced"
    if fault == "clock" and SLOW > 1:
        return "needs a build without sanitizers, before which nothing can be loaded"
    if fault == "clock" and not LIBRARIES:
        return "needs libfaketime"
    if fault in TRACED and not _works("strace", "-o", "/dev/null", "true"):
        return "needs strace and the right to trace"
    return None


def _works(*command):
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def untested(run):
    """Why this run proves nothing of a fault that it should have shown; None: it does."""
    if run.unproven:
        return run.unproven[0]
    if run.counts["moderation"]:
        done = run.moderated()
        missing = {"removed", "denied", "back"} - set(done)
        if missing:
            return f"of those who were taken out of rooms, nobody was {sorted(missing)}"
    if run.sdk and not all(any(entry["client"] == run.sdk.name and entry["type"] == kind
                               for entry in run.history.entries) for kind in ("ok", "event")):
        return "the client of the SDK said nothing, or heard nothing"
    if run.v1 and not any(entry["type"] == "heard" for entry in run.history.entries):
        return "the client of protocol v1 heard nothing"
    if run.counts["long_freeze"] and not run.stored_before():
        return "nothing was stored of what was said before the server stood still"
    if run.counts["space: log"] and not run.refusals()["storage_full"]:
        return "nobody was told that the storage is full"
    if run.counts["clock"] and not any(entry["type"] == "token" for entry in run.history.entries):
        return "the clock jumped, and no token noticed"
    if run.counts["full"] and not (run.refusals()["storage_full"] and run.reads_while_full):
        return "the disk was never so full that something was refused and something else read"
    return None
