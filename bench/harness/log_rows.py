"""What is measured of the durable log: one row each, and who takes part in it."""
from harness.rows import Row

DURABLE, MEMORY, MANY = "confab_v2_durable", "confab_v2", "confab_v2_many"
TWO_CORES = "confab_v2_cores"
FLOOR, FLOOR_HEADS, FLOOR_EACH = "insert_batch", "insert_heads", "insert_each"
INSERTS = (FLOOR, FLOOR_HEADS, FLOOR_EACH)

PUBLISH = "1,000 rooms x 2, W=1"
REPLAY = "1,000 clients come back, 100 events missed"
REPLAY_NOTHING = "1,000 clients come back, nothing missed"
LIVE = "1,000 rooms x 2 live"
REPLAY_EVENTS = 1000  # in each of the rooms
MISSED = 100


def _paced(name, rooms, rate):
    return Row(name, "publish", (DURABLE, MEMORY), 2 * rooms, rooms, client=("--rate", str(rate)))


def _back(name, seq):
    return Row(name, "replay", ("confab_v2_replay",), 1000, 100,
               client=("--seq", str(seq), "--handshakes", "1000"))


LOG_ROWS = [
    Row(PUBLISH, "publish", (DURABLE, *INSERTS, TWO_CORES, MEMORY), 2000, 1000),
    _paced("50 rooms x 2, 1 publish/s in each", 50, 1),
    _paced("1,000 rooms x 2, 1 publish/s in each", 1000, 1),
    _paced("1,000 rooms x 2, 10 publishes/s in each", 1000, 10),
    _back(REPLAY, REPLAY_EVENTS - MISSED),
    _back(REPLAY_NOTHING, REPLAY_EVENTS),
    Row(LIVE, "live", (DURABLE, MANY), 2000, 1000, client=("--rate", "1")),
]
