"""The wall clock of the server of a chaos run: libfaketime moves it while the server runs. Its
monotonic clock goes on as it is, as on any machine whose clock is set."""
import os
import pathlib
import time

LIBRARIES = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


class Clock:
    def __init__(self, directory):
        self.ahead = 0  # of ours, in seconds
        self._jumps = []  # (when, by our monotonic clock; how far ahead it was until then)
        self._file = pathlib.Path(directory) / "clock"
        self.jump(0)

    @property
    def env(self):
        return {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(self._file),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def now(self):
        """Unix seconds by the server's clock."""
        return time.time() + self.ahead

    def jump(self, seconds):
        """Forward, or back; whoever asks for the time from now on sees it."""
        before = self.ahead
        self.ahead += seconds
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{self.ahead:+d}\n")
        os.replace(draft, self._file)  # never half a line
        self._jumps.append((time.monotonic(), before))

    def latest(self, since):
        """The latest time that it may have shown since that moment of our monotonic clock."""
        return time.time() + max([self.ahead] + [ahead for when, ahead in self._jumps
                                                 if when >= since])
