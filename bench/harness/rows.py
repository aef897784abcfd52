"""What is measured: one row each, and the servers that take part in it."""
import resource
from typing import NamedTuple

FLOORS = ("floor_each", "floor_joined", "floor_uring", "floor_same")
WRAPPED = ("confab_tls", "confab_deflate", "confab_durable")
PEERS = ("ws", "socketio", "nats", "mosquitto", "nchan")
BASE, BASE_JOINED = "floor_uring", "floor_joined"  # what ratios are to
PEER_RUNS_MAX = 3
DESCRIPTORS_SPARE = 500  # a server needs some for other things than members


class Row(NamedTuple):
    name: str
    kind: str  # load, connect or paced: which table it is in
    servers: tuple
    members: int
    rooms: int = 1
    window: int = 1
    client: tuple = ()    # more arguments of the load client
    seconds: float = 0.0  # measured; 0: as --seconds says
    runs_max: int = 99


def _many(count):
    return f"{count:,}"


def _one_room(window, servers):
    return Row(f"1 room x 1,000, W={window}", "load", servers, 1000, 1, window)


def _members(count):
    return Row(f"1 room x {_many(count)}, W=1", "load", (BASE, "confab"), count, runs_max=3)


def _pairs(count):
    name = f"{_many(count)} rooms x 2, W=1" if count > 1 else "1 room x 2, W=1"
    return Row(name, "load", (BASE, "confab"), 2 * count, count, runs_max=3)


def _paced(name, servers, *client, seconds=0.0):
    return Row(f"1 room x 1,000, 100 messages/s{name}", "paced", servers, 1000,
               client=("--rate", "100", *client), seconds=seconds, runs_max=3)


STALLED = ", 20 % stalled"
STALLED_SECONDS = 60.0

ROWS = [
    _one_room(1, (*FLOORS, "confab", *WRAPPED, *PEERS)),
    _one_room(8, (*FLOORS, "confab", "confab_durable")),
    _one_room(64, (*FLOORS[1:], "confab", *WRAPPED, *PEERS)),
    _one_room(512, (*FLOORS[1:], "confab")),
    Row("500 rooms x 2, W=1", "load", (*FLOORS, "confab", "confab_durable"), 1000, 500),
    _members(100), _members(5000), _members(18000),
    _pairs(1), _pairs(100), _pairs(1000), _pairs(9000),
    Row("connect 5,000 into 5,000 rooms", "connect", (BASE, "confab"), 5000, 5000),
    Row("5,000 idle in 1 room", "connect", (BASE, "confab", *PEERS), 5000),
    _paced("", (BASE, "confab"), seconds=STALLED_SECONDS),
    _paced(STALLED, ("confab",), "--stalled", "20", seconds=STALLED_SECONDS),
    _paced(", 100 reconnects/s", (BASE, "confab"), "--churn", "100"),
]

# Rows of one curve, by what changes along it.
MEMBERS_CURVE = [f"1 room x {_many(count)}, W=1" for count in (100, 1000, 5000, 18000)]
ROOMS_CURVE = [_pairs(count).name for count in (1, 100, 500, 1000, 9000)]
WINDOW_CURVE = [f"1 room x 1,000, W={window}" for window in (1, 8, 64, 512)]


def row_named(name):
    return next(row for row in ROWS if row.name == name)


def possible(rows):
    """The rows for which a process here can have enough descriptors."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return [row for row in rows if row.members + DESCRIPTORS_SPARE <= limit]


def runs_of(row, server, runs):
    return min(runs, row.runs_max, PEER_RUNS_MAX if server in PEERS else runs)
