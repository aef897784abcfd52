"""What rooms say is stored before anybody hears it: read from the file, after the worst end."""
import concurrent.futures
import json
import signal
import sqlite3

from chat import Chat
from support import LIFTED, call, eventually, mint_tokens, new_user

ROOMS = ["lobby", "kitchen"]


def stored(data_dir):
    """Room by room what the file holds: (seq, sender, text), in the order of seq."""
    file = sqlite3.connect(f"file:{data_dir}/confab.db?mode=ro", uri=True)
    try:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rooms = {name: [] for name in ROOMS}
        for name, *event in file.execute(
                "SELECT r.name, e.seq, e.sender_name, e.body FROM events e "
                "JOIN rooms r ON r.id = e.room ORDER BY r.name, e.seq"):
            rooms[name].append(tuple(event))
        heads = dict(file.execute("SELECT name, head FROM rooms"))
        for name, events in rooms.items():
            assert [seq for seq, *_ in events] == list(range(1, heads.get(name, 0) + 1)), name
        return rooms
    finally:
        file.close()


def is_in_order(part, whole):
    """Whether all of `part` is in `whole`, in the same order."""
    rest = iter(whole)
    return all(each in rest for each in part)


def test_what_anybody_heard_survives_kill_9_once_and_in_order(start_server):
    heard = {name: [] for name in ROOMS}
    for round_number in range(3):
        server = start_server("--loops", "2", settings=LIFTED)
        tokens = mint_tokens(server, 4)

        def keep_talking(writer):
            room = ROOMS[writer % 2]
            alice = Chat(server, tokens[writer], room)
            try:
                for number in range(100_000):
                    alice.send(f"round {round_number} writer {writer} number {number}")
                    while True:
                        frame = alice.receive()
                        if frame.startswith("system:"):
                            continue
                        text = json.loads(frame)["message"]
                        if writer < 2:  # one who listens in each room
                            heard[room].append(text)
                        if f"writer {writer} " in text:
                            break
            except Exception:  # the end, whatever the client makes of it
                return
        enough = [len(heard[name]) + 50 for name in ROOMS]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for writer in range(4):
                pool.submit(keep_talking, writer)
            eventually(lambda: all(len(heard[name]) >= count
                                   for name, count in zip(ROOMS, enough)), "people talk")
            server.popen.send_signal(signal.SIGKILL)
        server.expected_exit = server.wait()
        assert server.expected_exit == -signal.SIGKILL, f"round {round_number}"
        for name, events in stored(server.data_dir).items():
            texts = [text for _, _, text in events]
            assert len(set(texts)) == len(texts), "nothing is there twice"
            assert is_in_order(heard[name], texts), f"round {round_number}, {name}"


def test_what_was_taken_is_stored_when_the_server_is_asked_to_end(start_server, chat):
    server = start_server(settings=LIFTED)
    alice = chat(server, mint_tokens(server, 1)[0], "lobby")
    alice.receive()
    for number in range(200):
        alice.send(f"number {number}")
    alice.hears("number 0")
    server.stop()
    texts = [text for _, _, text in stored(server.data_dir)["lobby"]]
    assert texts == [f"number {number}" for number in range(len(texts))]


def test_rooms_go_on_where_they_stood(start_server, chat):
    for round_number in range(3):
        server = start_server(settings=LIFTED)
        alice = chat(server, mint_tokens(server, 1)[0], "lobby")
        alice.receive()
        alice.send(f"round {round_number}")
        alice.hears(f"round {round_number}")
        server.stop()
    assert [(seq, text) for seq, _, text in stored(server.data_dir)["lobby"]] == [
        (1, "round 0"), (2, "round 1"), (3, "round 2")]


def test_in_memory_nothing_reaches_the_disk(start_server, chat):
    server = start_server("--store", "memory", settings=LIFTED)
    alice = chat(server, new_user(server, "Alice"), "lobby")
    alice.receive()
    alice.send("hello")
    alice.hears("hello")
    assert not list(server.data_dir.glob("*.db*"))
    assert "confab_log_waiting_events 0" in call(server, "GET", "/metrics").text
