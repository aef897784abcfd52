"""The server of a chaos run: killed, stopped, filled up, and started again on the same data."""
import asyncio
import pathlib
import re
import signal
import subprocess
import time
from collections import Counter

from clock import Clock
from pause import pause, until
from support import LIFTED, SLOW, Server, run_confab

BALLAST = "ballast"
WRITES = "write,pwrite64"
TOKEN_TTL_S = 300
# Twice or three times what it takes; a sanitizer has a shadow of it all, and more.
PEAK_MIB_MAX = 100 if SLOW == 1 else 2000
CALM_MIB_MAX = 60 if SLOW == 1 else 2000
QUEUES = ["mailbox_tasks", "feed_bytes", "log_waiting_events"]


class World:
    def __init__(self, directory, history, settings=None, env=None):
        self.directory = pathlib.Path(directory)
        self.history = history
        # Pings come often, so that every fault meets the server while it waits for an answer.
        pings = dict.fromkeys(("ws.ping_interval_ms", "ws.pong_timeout_ms"),
                              round(2000 * SLOW))
        self.settings = {**LIFTED, "server.loops": "2", **pings, **(settings or {})}
        self.env = env or {}
        self.patience = 10 * SLOW  # seconds until a client believes that nobody answers
        self.problems = []         # what the server did, or left undone, that no client can tell
        self.clock = None          # that of the server, when it is to jump
        self.server = None
        self._mounted = False

    @property
    def ws_url(self):
        server = self.server
        return f"ws://127.0.0.1:{server.port if server else 9}/ws"

    def start(self, launcher=(), **more):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.server = Server(self.directory / "data", settings=self.settings, launcher=launcher,
                             env={**self.env, **self._clock_env(), **more})

    def _clock_env(self):
        return self.clock.env if self.clock else {}

    def set_clock_free(self):
        """From the next start on, the server's wall clock can jump."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.clock = Clock(self.directory)

    def mint(self, *arguments):
        """Access tokens, made by the server's clock. Where it jumps, they are short-lived."""
        ttl = ("--ttl", TOKEN_TTL_S) if self.clock else ()
        code, out, err = run_confab("token", "mint", *arguments, *ttl, "--data-dir",
                                    self.server.data_dir, env=self._clock_env())
        assert code == 0, err
        return out.split()

    def latest_time(self, since):
        """Unix milliseconds: the server's clock showed nothing later since that moment of ours."""
        return (self.clock.latest(since) if self.clock else time.time()) * 1000

    async def restart(self, launcher=()):
        await asyncio.to_thread(self.start, launcher)

    def _ended(self, expected):
        server = self.server
        code = server.wait()
        if code != expected:
            self.problems.append(f"INV12: exit code {code} instead of {expected}:\n"
                                 f"{server.output[-4000:]}")
        self._look_for_reports()

    def note_memory(self, field="VmHWM", limit=PEAK_MIB_MAX):
        """What the server has taken since its start, at most; or another line of its status."""
        status = pathlib.Path(f"/proc/{self.server.popen.pid}/status").read_text()
        if found := re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE):
            self.history.add("server", "memory", what=field, mib=int(found.group(1)) / 1024,
                             limit=limit)

    async def note_calm(self, members):
        """What the server holds when so many members are there and nobody says anything. It may
        take a moment until it has noticed that others are gone."""
        left = {}

        def nothing_is_left():
            left.update(self._left(members))
            return not any(left.values())
        await until(nothing_is_left, 20 * SLOW)
        self.history.add("server", "calm", left=dict(left))
        self.note_memory("VmRSS", CALM_MIB_MAX)

    def _left(self, members):
        sums = Counter()
        for name, value in re.findall(r"^(confab_\w+)(?:\{.*\})? (\d+)$", self.server.metrics(),
                                      re.MULTILINE):
            sums[name] += int(value)
        return {"connections": sums["confab_connections"] - members - 1,  # one asks for this
                **{name: sums[f"confab_{name}"] for name in QUEUES}}

    def _look_for_reports(self):
        try:
            self.server.check_sanitizers()
        except AssertionError as report:
            self.problems.append(f"INV12: {report}")

    async def kill(self):
        """kill -9, and a new start."""
        await self.end_by(signal.SIGKILL)
        await self.restart()

    async def drain(self):
        """SIGTERM, and a new start."""
        await self.end_by(signal.SIGTERM)
        await self.restart()

    async def end_by(self, number):
        self.note_memory()
        self.server.popen.send_signal(number)
        await asyncio.to_thread(self._ended, 0 if number == signal.SIGTERM else -number)

    async def freeze(self, seconds):
        """SIGSTOP, then SIGCONT."""
        self.server.popen.send_signal(signal.SIGSTOP)
        await pause(seconds)
        self.server.popen.send_signal(signal.SIGCONT)

    async def stand_still_until(self, condition, seconds):
        """SIGSTOP, then SIGCONT when the condition holds. Whether it ever did."""
        self.server.popen.send_signal(signal.SIGSTOP)
        try:
            return await until(condition, seconds)
        finally:
            self.server.popen.send_signal(signal.SIGCONT)

    async def fail_sync(self, nth):
        """Starts again under strace, which lets the nth fdatasync fail with EIO. The server must
        end with exit code 70; then it starts without strace."""
        await self.end_by(signal.SIGTERM)
        await self.restart(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync",
                            "-e", f"inject=fdatasync:error=EIO:when={nth}"])
        await asyncio.to_thread(self._ended, 70)
        await self.restart()

    async def fail_writes(self, where, first, last, step):
        """Starts again under strace, which lets every step-th write from the first to the last fail
        with ENOSPC; each thread counts its own. Where: "log", which is SQLite's, and the copying of
        it into the database; or "database", the copying only. Gives a function that tells how many
        have failed. The server is traced until it ends."""
        await self.end_by(signal.SIGTERM)
        report = self.directory / "strace.txt"
        report.unlink(missing_ok=True)
        database = self.directory / "data" / "confab.db"
        paths = [database, f"{database}-wal"] if where == "log" else [database]
        # -D: the process that is started becomes the server, not strace.
        await self.restart(["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", report,
                            *(part for path in paths for part in ("-P", path)),
                            "-e", f"trace={WRITES}",
                            "-e", f"inject={WRITES}:error=ENOSPC:when={first}..{last}+{step}"])
        return lambda: report.read_text(errors="replace").count("(INJECTED)")

    def mount_small_disk(self, mebibytes):
        """The data live on a disk of their own. Needs root."""
        data = self.directory / "data"
        data.mkdir(parents=True, mode=0o700)
        size = f"size={mebibytes}m,mode=0700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", data], check=True)
        self._mounted = True

    def fill_disk(self):
        try:
            with open(self.directory / "data" / BALLAST, "wb", buffering=0) as ballast:
                while ballast.write(b"x" * 4096):
                    pass
        except OSError:
            pass

    def free_disk(self):
        (self.directory / "data" / BALLAST).unlink(missing_ok=True)

    def stop(self):
        if self.server.popen.poll() is None:
            self.note_memory()
            self.server.popen.send_signal(signal.SIGTERM)
            self._ended(0)
        else:
            self.problems.append(f"INV12: it ended by itself with {self.server.popen.poll()}:\n"
                                 f"{self.server.output[-4000:]}")

    def close(self):
        if self.server:
            self.server.kill()
        if self._mounted:
            subprocess.run(["umount", "-l", self.directory / "data"], check=False)
