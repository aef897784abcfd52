"""The server of a chaos run: killed, stopped, filled up, and started again on the same data."""
import asyncio
import pathlib
import signal
import subprocess

from pause import pause
from support import LIFTED, SLOW, Server

BALLAST = "ballast"


class World:
    def __init__(self, directory, settings=None, env=None):
        self.directory = pathlib.Path(directory)
        self.settings = {**LIFTED, "server.loops": "2", **(settings or {})}
        self.env = env or {}
        self.patience = 10 * SLOW  # seconds until a client believes that nobody answers
        self.problems = []         # of INV12: what the server did that nobody asked for
        self.kills = 0
        self.server = None
        self._mounted = False

    @property
    def ws_url(self):
        server = self.server
        return f"ws://127.0.0.1:{server.port if server else 9}/ws"

    def start(self, launcher=(), **more):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.server = Server(self.directory / "data", settings=self.settings, launcher=launcher,
                             env={**self.env, **more})

    async def restart(self, launcher=()):
        await asyncio.to_thread(self.start, launcher)

    def _ended(self, expected):
        server = self.server
        code = server.wait()
        if code != expected:
            self.problems.append(f"INV12: exit code {code} instead of {expected}:\n"
                                 f"{server.output[-4000:]}")
        self._look_for_reports()

    def _look_for_reports(self):
        try:
            self.server.check_sanitizers()
        except AssertionError as report:
            self.problems.append(f"INV12: {report}")

    async def kill(self):
        """kill -9, and a new start."""
        self.kills += 1
        self.server.popen.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self._ended, -signal.SIGKILL)
        await self.restart()

    async def drain(self):
        """SIGTERM, and a new start."""
        self.server.popen.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self._ended, 0)
        await self.restart()

    async def freeze(self, seconds):
        """SIGSTOP, then SIGCONT."""
        self.server.popen.send_signal(signal.SIGSTOP)
        await pause(seconds)
        self.server.popen.send_signal(signal.SIGCONT)

    async def fail_sync(self, nth):
        """Starts again under strace, which lets the nth fdatasync fail with EIO. The server must
        end with exit code 70; then it starts without strace."""
        self.server.popen.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self._ended, 0)
        await self.restart(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync",
                            "-e", f"inject=fdatasync:error=EIO:when={nth}"])
        await asyncio.to_thread(self._ended, 70)
        await self.restart()

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
        if self.server and self.server.popen.poll() is None:
            self.server.popen.send_signal(signal.SIGTERM)
            self._ended(0)

    def close(self):
        if self.server:
            self.server.kill()
        if self._mounted:
            subprocess.run(["umount", "-l", self.directory / "data"], check=False)
