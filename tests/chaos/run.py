"""One chaos run: `run.py --seed 7 --rounds 100 --faults kill,storm,freeze`. Prints its seed, which
makes the same people say the same things and the same faults come in the same order; how they
interleave is the machine's. Exit code 1: an invariant was violated; the history is kept and named.
"""
import argparse
import asyncio
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "blackbox")]

import checker  # noqa: E402
from history import History  # noqa: E402
from member import Member  # noqa: E402
from pause import pause  # noqa: E402
from support import SLOW, mint_tokens, raise_descriptor_limit  # noqa: E402
from workload import Calm, become_calm, read_file, tell_all, wander, write  # noqa: E402
from world import World  # noqa: E402

ROOMS = ["hot", "b", "c", "d"]
FAULTS = ["kill", "drain", "freeze", "storm", "sync", "full"]


class Run:
    def __init__(self, directory, seed, writers=6, readers=6, calm_s=60, settings=None, env=None):
        self.random = random.Random(seed)
        self.world = World(directory, settings, env)
        self.history = History(pathlib.Path(directory) / "history.jsonl")
        self.calm_s = calm_s  # how long it may take at the end
        self.counts = Counter()
        self.reads_while_full = 0
        self._sizes = (writers, readers)
        self.writers, self.readers = [], []

    async def go(self, faults, rounds):
        """The violations."""
        if "full" in faults:
            self.world.mount_small_disk(64)
        await self.world.restart()
        self._invite()
        stop = asyncio.Event()
        living = [asyncio.ensure_future(member.live()) for member in self.members]
        busy = [asyncio.ensure_future(write(member, ROOMS, stop)) for member in self.writers]
        busy += [asyncio.ensure_future(wander(member, ROOMS, stop)) for member in self.readers]
        for _ in range(rounds):
            await pause(self.random.uniform(0.2, 0.8) * SLOW ** 0.5)
            fault = self.random.choice(faults)
            self.counts[fault] += 1
            await getattr(self, f"fault_{fault}")()
        await pause(0.3)
        stop.set()
        try:
            await asyncio.wait_for(asyncio.gather(*busy), self.calm_s * SLOW)
            await become_calm(self.members, ROOMS, self.calm_s * SLOW)
        except Calm as problem:
            self.world.problems.append(str(problem))
        except asyncio.TimeoutError:
            self.world.problems.append("INV10: something that was said never got an answer")
        for ended in (member for member in living if member.done()):
            self.world.problems.append(f"INV10: somebody gave up: {ended.exception()!r}")
        told = await tell_all(self.members[0], ROOMS)
        for member in self.members:
            await member.end()
        await asyncio.gather(*living)
        await asyncio.to_thread(self.world.stop)
        return self._violations(told)

    @property
    def members(self):
        return self.writers + self.readers

    def _invite(self):
        tokens = mint_tokens(self.world.server, sum(self._sizes))
        names = [f"writer{n}" for n in range(self._sizes[0])]
        names += [f"reader{n}" for n in range(self._sizes[1])]
        made = [Member(name, token, self.world, self.history, self.random.random())
                for name, token in zip(names, tokens)]
        for member in made:
            member.rooms = dict.fromkeys(ROOMS)
        self.writers, self.readers = made[:self._sizes[0]], made[self._sizes[0]:]

    def _violations(self, told):
        self.history.close()
        data = self.world.server.data_dir / "confab.db"
        final = read_file(data)
        problems = list(self.world.problems)
        if told != {room: final.get(room, []) for room in ROOMS}:
            problems.append("INV4: history tells something else than the file")
        return problems + checker.check(self.history.entries, {room: final.get(room, [])
                                                               for room in ROOMS})

    async def fault_kill(self):
        await self.world.kill()

    async def fault_drain(self):
        await self.world.drain()

    async def fault_freeze(self):
        await self.world.freeze(self.random.uniform(0.2, 1.5))

    async def fault_storm(self):
        for member in self.members:
            member.cut()

    async def fault_sync(self):
        await self.world.fail_sync(self.random.randint(20, 60))

    async def fault_full(self):
        """Publishing is refused, reading goes on, and all is well when there is space again."""
        self.world.fill_disk()
        for _ in range(20):
            await pause(0.05)
            reader = self.random.choice(self.members)
            if await reader.read_head(self.random.choice(ROOMS), 0):
                self.reads_while_full += 1
        self.world.free_disk()

    def refusals(self):
        """How often what was refused for now."""
        return Counter(entry["code"] for entry in self.history.entries if entry["type"] == "again")

    def untested(self):
        """Why this run proves nothing of a fault that it should have shown; None: it does."""
        if self.counts["full"] and not (self.refusals()["storage_full"] and self.reads_while_full):
            return "the disk was never so full that something was refused and something else read"
        return None

    def summary(self):
        kinds = Counter(entry["type"] for entry in self.history.entries)
        retried = sum(1 for entry in self.history.entries
                      if entry["type"] == "ok" and entry["retried"])
        paged = sum(1 for entry in self.history.entries
                    if entry["type"] == "event" and entry["via"] == "history")
        return (f"faults {dict(self.counts)}, said {kinds['invoke']}, acknowledged {kinds['ok']} "
                f"({retried} of them after a repetition), refused {kinds['fail']}, for now "
                f"{dict(self.refusals())}, events seen {kinds['event']} ({paged} by history), "
                f"starts {kinds['start']}, reads {kinds['read']}")


def run_once(directory, seed, faults, rounds, **options):
    """(violations, the run)"""
    run = Run(directory, seed, **options)
    try:
        return asyncio.run(run.go(faults, rounds)), run
    finally:
        run.world.close()


def unavailable(fault):
    """Why this fault cannot be made here; None: it can."""
    if fault == "full":
        with tempfile.TemporaryDirectory() as directory:
            if not _works("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory):
                return "needs the right to mount a disk"
            _works("umount", directory)
    if fault == "sync" and SLOW > 1:
        return "needs a build without sanitizers, which cannot be traced"
    if fault == "sync" and not _works("strace", "-o", "/dev/null", "true"):
        return "needs strace and the right to trace"
    return None


def _works(*command):
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--faults", default="kill,drain,freeze,storm")
    options.add_argument("--planted", help="a fault of a build with CONFAB_PLANTED_FAULTS")
    given = options.parse_args()
    faults = []
    for fault in given.faults.split(","):
        reason = unavailable(fault)
        print(f"{fault} is left out: it {reason}") if reason else faults.append(fault)
    if not faults:
        return 0
    raise_descriptor_limit()
    directory = tempfile.mkdtemp(prefix="confab-chaos-")
    env = {"PLANTED_FAULT": given.planted} if given.planted else {}
    print(f"seed {given.seed}, {given.rounds} rounds of {', '.join(faults)}, in {directory}",
          flush=True)
    violations, run = run_once(directory, given.seed, faults, given.rounds, env=env)
    print(run.summary())
    for violation in violations[:20]:
        print(violation)
    print(f"{len(violations)} violations")
    if run.untested():
        print(run.untested())
    if violations or run.untested():
        return 1
    shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
