"""One chaos run: `run.py --seed 7 --rounds 100 --faults kill,storm,freeze`. Prints its seed, which
makes the same people say the same things and the same faults come in the same order; how they
interleave is the machine's. Exit code 1: an invariant was violated; the history is kept and named.
"""
import argparse
import asyncio
import pathlib
import random
import shutil
import sys
import tempfile
from collections import Counter

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "blackbox")]

import checker  # noqa: E402
from connection import LOST, Refused  # noqa: E402
from faults import FAULTS, unavailable, untested  # noqa: E402
from history import History  # noqa: E402
from moderation import Authority, intrude  # noqa: E402
from pause import pause  # noqa: E402
from sdk_client import SdkClient  # noqa: E402
from sdk_client import unavailable as sdk_unavailable  # noqa: E402
from speaker import Speaker  # noqa: E402
from support import SLOW, raise_descriptor_limit  # noqa: E402
from v1_client import V1Client  # noqa: E402
from workload import Calm, become_calm, read_file, tell_all, wander, write  # noqa: E402
from world import World  # noqa: E402

PUBLIC = ["hot", "b"]
PRIVATE = ["Plans", "Secrets"]  # their titles; the names are the server's


class Run:
    def __init__(self, directory, seed, writers=6, readers=6, calm_s=60, settings=None, env=None):
        self.random = random.Random(seed)
        self.rooms = []
        self.history = History(pathlib.Path(directory) / "history.jsonl")
        self.world = World(directory, self.history, settings, env)
        self.calm_s = calm_s  # how long it may take at the end
        self.counts = Counter()
        self.reads_while_full = 0
        self.unproven = []  # what a fault was to bring about, and did not
        self._sizes = (writers, readers)
        self.writers, self.readers = [], []
        self.twin = self.owner = self.moderator = self.intruder = self.sdk = self.v1 = None

    async def go(self, faults, rounds):
        """The violations."""
        try:
            return await self._go(faults, rounds)
        finally:
            for client in self.everybody:
                await client.end()  # also when the run itself has a fault: they never give up

    async def _go(self, faults, rounds):
        if "full" in faults:
            self.world.mount_small_disk(64)
        if "long_freeze" in faults:
            self.world.patience = 1 * SLOW
        if "clock" in faults:
            self.world.set_clock_free()
        await self.world.restart()
        self._invite()
        living = [asyncio.ensure_future(self.owner.live())]
        private = await self._found_rooms()
        living += [asyncio.ensure_future(member.live()) for member in self.members
                   if member is not self.owner]
        living.append(asyncio.ensure_future(self.v1.live()))
        if self.sdk:
            living.append(asyncio.ensure_future(self.sdk.live(PUBLIC)))
            await asyncio.wait_for(self.sdk.come(), self.calm_s * SLOW)
        self.counts["moderation"] = 1
        stop = asyncio.Event()
        busy = [write(member, self.rooms, stop) for member in self.writers]
        busy += [wander(member, self.rooms, stop) for member in (*self.readers, self.twin)]
        busy += [self.owner.moderate(private, self.people, stop),
                 self.moderator.moderate(PUBLIC, self.people, stop),
                 intrude(self.intruder, private, stop), self.v1.chat(stop)]
        busy = [asyncio.ensure_future(each) for each in busy]
        for _ in range(rounds):
            await pause(self.random.uniform(0.2, 0.8) * SLOW ** 0.5)
            fault = self.random.choice(faults)
            self.counts[fault] += 1
            await FAULTS[fault](self)
        await pause(0.3)
        stop.set()
        return await self._end(busy, living)

    async def _end(self, busy, living):
        told = None
        try:
            busy += [asyncio.ensure_future(self.sdk.stop())] if self.sdk else []
            await asyncio.wait_for(asyncio.gather(*busy), self.calm_s * SLOW)
            await asyncio.wait_for(self._settle(), self.calm_s * SLOW)
            await become_calm(self.members, self.rooms, self._kept_out(), self.calm_s * SLOW)
        except Calm as problem:
            self.world.problems.append(str(problem))
        except asyncio.TimeoutError:
            self.world.problems.append("INV10: something that was said never got an answer")
        for ended in (member for member in living if member.done()):
            self.world.problems.append(f"INV10: somebody gave up: {ended.exception()!r}")
        try:
            told = await tell_all(self.owner, self.rooms)
            await self._until_the_sdk_has_all(told)
            await self.v1.reach([event.plain for event in told[self.v1.room] if event.plain][-1])
            await self.world.note_calm(len(self.everybody))
        except (*LOST, Refused) as problem:
            self.world.problems.append(f"INV10: the server does not tell its end: {problem!r}")
        for client in self.everybody:
            await client.end()
        await asyncio.gather(*living)
        await asyncio.to_thread(self.world.stop)
        return self._violations(told)

    async def _until_the_sdk_has_all(self, told):
        if not self.sdk:
            return
        heads = {room: told[room][-1].seq for room in PUBLIC}
        try:
            await asyncio.wait_for(self.sdk.reach(heads), self.calm_s * SLOW)
        except asyncio.TimeoutError:
            self.world.problems.append(f"INV10: the SDK stands at {self.sdk.heard}, not {heads}")

    @property
    def people(self):
        """Who is let in and taken out, with all connections."""
        return self.writers + self.readers

    @property
    def members(self):
        others = [self.twin, self.owner, self.moderator, self.intruder]
        return [*self.people, *(member for member in others if member)]

    @property
    def everybody(self):
        """All clients, those of protocol v1 and of the SDK among them."""
        return [*self.members, *(client for client in (self.v1, self.sdk) if client)]

    def _invite(self):
        names = [f"writer{n}" for n in range(self._sizes[0])]
        names += [f"reader{n}" for n in range(self._sizes[1])]
        tokens = self.world.mint("--count", len(names) + 4)
        boss, = self.world.mint("--moderator")

        def make(kind, name, token, **more):
            return kind(name, token, self.world, self.history, self.random.random(), **more)
        made = [make(Speaker, *each) for each in zip(names, tokens)]
        self.writers, self.readers = made[:self._sizes[0]], made[self._sizes[0]:]
        if not sdk_unavailable():
            self.sdk = SdkClient("sdk", tokens[-3], self.world, self.history,
                                 self.random.randrange(2**32))
        self.twin = make(Speaker, "twin", tokens[0])  # another connection of the first writer
        self.owner = make(Authority, "owner", tokens[-1])
        self.moderator = make(Authority, "moderator", boss, is_moderator=True)
        self.intruder = make(Speaker, "intruder", tokens[-2])
        self.v1 = make(V1Client, "v1", tokens[-4], room=PUBLIC[0])

    async def _found_rooms(self):
        """Before the first fault. Everybody tries to be everywhere."""
        await asyncio.wait_for(self.owner.online.wait(), self.world.patience)
        private = await self.owner.found(PRIVATE, self.people)
        self.rooms = PUBLIC + private
        for member in self.members:
            member.rooms = dict.fromkeys(self.rooms)
        self.owner.cut()  # and comes back to them
        return private

    async def _settle(self):
        await self.owner.settle([room for room in self.rooms if room not in PUBLIC], self.people)
        await self.moderator.settle(PUBLIC, self.people)

    def _kept_out(self):
        """(room, user) of all who must not be let in at the end."""
        strangers = {(room, member.user) for room in self.rooms if room not in PUBLIC
                     for member in (self.moderator, self.intruder)}
        return strangers | self.owner.kept | self.moderator.kept

    def _violations(self, told):
        self.history.close()
        data = self.world.server.data_dir / "confab.db"
        final = read_file(data)
        problems = list(self.world.problems)
        if told is not None and told != {room: final.get(room, []) for room in self.rooms}:
            problems.append("INV4: history tells something else than the file")
        return problems + checker.check(self.history.entries, {room: final.get(room, [])
                                                               for room in self.rooms})

    def refusals(self):
        """How often what was refused for now."""
        return Counter(entry["code"] for entry in self.history.entries if entry["type"] == "again")

    def stored_before(self):
        """How much was repeated although it had been stored, because the answer was lost."""
        return sum(1 for entry in self.history.entries if entry["type"] == "ok" and entry["dup"])

    def moderated(self):
        """How often somebody was taken out of a room by command, was told so, was not let in, and
        came back."""
        invoked = {entry["op"]: entry for entry in self.history.entries
                   if entry["type"] == "invoke"}
        outside, counts = set(), Counter()
        for entry in self.history.entries:
            kind, place = entry["type"], (entry["client"], entry.get("room"))
            counts[kind] += kind in ("removed", "denied")
            if kind == "ok":
                method = invoked[entry["op"]]["method"]
                counts[method] += method in ("kick", "ban", "unban", "set_role")
            elif kind in ("removed", "denied"):
                outside.add(place)
            elif kind == "enter" and place in outside:
                outside.remove(place)
                counts["back"] += 1
        return +counts

    def summary(self):
        kinds = Counter(entry["type"] for entry in self.history.entries)
        retried = sum(1 for entry in self.history.entries
                      if entry["type"] == "ok" and entry["retried"])
        peak = max((entry["mib"] for entry in self.history.entries if entry["type"] == "memory"),
                   default=0)
        paged = sum(1 for entry in self.history.entries
                    if entry["type"] == "event" and entry["via"] == "history")
        faults = {fault: n for fault, n in self.counts.items() if fault != "moderation"}
        return (f"faults {faults}, said {kinds['invoke']}, acknowledged {kinds['ok']} "
                f"({retried} of them after a repetition, {self.stored_before()} had been stored "
                f"before), refused {kinds['fail']}, for now {dict(self.refusals())}, events seen "
                f"{kinds['event']} ({paged} by history), heard over v1 {kinds['heard']}, "
                f"moderated {dict(self.moderated())}, "
                f"unknown {kinds['unknown']}, starts {kinds['start']}, reads "
                f"{kinds['read']}, new tokens {kinds['token']}, at most {peak:.0f} MiB")


def run_once(directory, seed, faults, rounds, **options):
    """(violations, the run)"""
    run = Run(directory, seed, **options)
    try:
        return asyncio.run(run.go(faults, rounds)), run
    finally:
        run.world.close()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--faults", default="kill,drain,freeze,storm")
    options.add_argument("--planted", help="a fault of a build with CONFAB_PLANTED_FAULTS")
    given = options.parse_args()
    faults = []
    for fault in given.faults.split(","):
        if fault not in FAULTS:
            options.error(f"there is no fault {fault}; there are {', '.join(FAULTS)}")
        reason = unavailable(fault)
        print(f"{fault} is left out: it {reason}") if reason else faults.append(fault)
    if not faults:
        return 0
    if sdk_unavailable():
        print(f"nobody uses the SDK: {sdk_unavailable()}")
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
    if untested(run):
        print(untested(run))
    if violations or untested(run):
        return 1
    shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
