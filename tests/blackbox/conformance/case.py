"""One conformance case: what is sent, and all that must come back."""
from dataclasses import dataclass

import pytest

from wire import BINARY, NAMES, TEXT, Ws, as_bytes, frame


def says(kind, payload=b""):
    """An event that must come: a message or a pong with this payload."""
    return kind, as_bytes(payload)


def closes(code):
    """The server closes with this code, and nothing follows. None: a Close frame without one."""
    return "close", code


@dataclass(frozen=True)
class Case:
    """`send` is written piece by piece, each in steps of `chop` bytes if it is not 0. `expect` is
    complete: nothing comes in between or after. When it does not end with a Close, the connection
    must still be good, and the client closes it."""
    name: str
    send: tuple
    expect: tuple
    chop: int = 0
    offer: str = None

    def run(self, server):
        with Ws(server, self.offer) as ws:
            for piece in self.send:
                ws.send(piece, self.chop)
            for number, expected in enumerate(self.expect):
                event = ws.read_event()
                assert short(event) == short(expected), f"event {number}"
                assert event == expected
            if self.expect and self.expect[-1][0] == "close":
                ws.answer_close(self.expect[-1][1])
            else:
                ws.close_cleanly()


def short(event):
    """An event as it is shown when it is not the right one."""
    kind, value = event
    if isinstance(value, bytes) and len(value) > 60:
        value = value[:40] + b"... %d bytes" % len(value)
    return kind, value


def parametrize(cases):
    """Runs a test once per case, under its name."""
    names = [case.name for case in cases]
    assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
    return pytest.mark.parametrize("case", cases, ids=names)


def chopped(cases, *sizes):
    """The cases, sent in pieces of a few bytes instead of frame by frame; once for each size."""
    return [Case(f"{case.name}, in pieces of {size}", (b"".join(case.send),), case.expect,
                 chop=size, offer=case.offer) for size in sizes for case in cases]


def echo(opcode, payload, name, **options):
    """A case: one whole message, which comes back."""
    assert opcode in (TEXT, BINARY)
    return Case(name, (frame(opcode, payload, **options),), (says(NAMES[opcode], payload),))
