"""Backup, restore and check: what an operator does with the database, what clients see of it."""
import concurrent.futures
import os
import shutil
import signal
import sqlite3
import threading

import pytest

from support import LIFTED, mint_tokens, run_confab
from v2 import V2

DAMAGED = 65


def confab(command, data_dir, *arguments):
    code, out, err = run_confab(command, "--data-dir", data_dir, *arguments)
    return code, out, err


def back_up(data_dir, target):
    code, out, err = confab("backup", data_dir, target)
    assert code == 0, err
    return out


def events_of(file):
    """Room by room the texts, after a look at the whole file."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rooms = {}
        for name, head in connection.execute("SELECT name, head FROM rooms").fetchall():
            rows = connection.execute(
                "SELECT seq, body FROM events e JOIN rooms r ON r.id = e.room WHERE r.name = ? "
                "ORDER BY seq", (name,)).fetchall()
            assert [seq for seq, _ in rows] == list(range(1, head + 1)), name
            rooms[name] = [body for _, body in rows]
        return rooms
    finally:
        connection.close()


def damage(file):
    """Overwrites the head of the page where the rows of the events begin."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    root, = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name='events'").fetchone()
    page, = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with open(file, "r+b") as opened:
        opened.seek((root - 1) * page)
        opened.write(b"\x5a" * 64)


@pytest.fixture
def client():
    opened = []

    def connect(server, rooms):
        opened.append(V2(server, mint_tokens(server, 1)[0], rooms))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def stand_of(connected, room):
    return connected.hello["rooms"][room]


def position_of(connected, room):
    stand = connected.call("history", room=room)
    return {"epoch": stand["epoch"], "seq": stand["head"]}


def test_a_backup_beside_people_who_talk_holds_a_prefix_of_every_room(start_server, tmp_path,
                                                                     client):
    server = start_server("--loops", "2", settings=LIFTED)
    rooms = ["lobby", "kitchen"]
    over = threading.Event()
    acknowledged = {room: [] for room in rooms}

    def keep_talking(room):
        speaker = client(server, [room])
        number = 0
        while not over.is_set():
            speaker.publish(room, f"number {number}")
            acknowledged[room].append(f"number {number}")
            number += 1

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        talking = [pool.submit(keep_talking, room) for room in rooms]
        try:
            for number in range(3):
                before = {room: list(texts) for room, texts in acknowledged.items()}
                target = tmp_path / f"backup-{number}"
                said = back_up(server.data_dir, target)
                found = events_of(target)
                for room in rooms:
                    assert found.get(room, [])[:len(before[room])] == before[room]
                assert f"{sum(map(len, found.values()))} events" in said
                assert str(target.stat().st_size) in said
                assert target.stat().st_mode & 0o777 == 0o600
                assert confab("check", server.data_dir, target)[0] == 0
        finally:
            over.set()
        for each in talking:
            each.result()
    code, out, err = confab("backup", server.data_dir, tmp_path / "backup-0")
    assert code == 1 and "nothing is overwritten" in err
    assert not list(tmp_path.glob("*.part*"))


def test_who_was_ahead_of_a_restored_backup_is_told_that_it_diverged(start_server, tmp_path,
                                                                    client):
    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    for number in range(3):
        speaker.publish("lobby", f"old {number}")
    back_up(server.data_dir, tmp_path / "backup")
    for number in range(3):
        speaker.publish("lobby", f"lost {number}")
    ahead = position_of(speaker, "lobby")
    code, _, err = confab("restore", server.data_dir, tmp_path / "backup")
    assert code == 1 and "already runs" in err
    server.stop()
    code, _, err = confab("restore", server.data_dir, tmp_path / "backup")
    assert code == 1 and "--force" in err
    code, out, err = confab("restore", server.data_dir, tmp_path / "backup", "--force")
    assert code == 0 and "3 events" in out, err
    kept, = server.data_dir.glob("confab.db.before-restore-*")
    assert len(events_of(kept)["lobby"]) == 6

    server = start_server(settings=LIFTED)
    server.wait_for_output("log_new_epoch")
    speaker = client(server, ["lobby"])
    assert [speaker.publish("lobby", f"new {number}")["seq"] for number in range(3)] == [4, 5, 6]
    resumed = client(server, {"lobby": ahead})
    stand = stand_of(resumed, "lobby")
    assert stand["resume"] == "diverged" and stand["epoch"] != ahead["epoch"]
    server.stop()
    server = start_server(settings=LIFTED)
    assert stand_of(client(server, ["lobby"]), "lobby")["epoch"] == stand["epoch"]
    assert "log_new_epoch" not in server.output


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_older_file_that_is_put_back_by_hand_is_noticed(start_server, tmp_path, client, end):
    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    speaker.publish("lobby", "old")
    server.stop()
    shutil.copy(server.data_dir / "confab.db", tmp_path / "saved.db")

    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    speaker.publish("lobby", "lost")
    ahead = position_of(speaker, "lobby")
    server.stop()
    if end == "kill":  # the mark is the one of the start: what was stored by then is what it knows
        server = start_server(settings=LIFTED)
        server.popen.send_signal(signal.SIGKILL)
        server.expected_exit = server.wait()
    for left in server.data_dir.glob("confab.db*"):
        left.unlink()
    shutil.copy(tmp_path / "saved.db", server.data_dir / "confab.db")

    server = start_server(settings=LIFTED)
    server.wait_for_output("log_new_epoch")
    assert stand_of(client(server, {"lobby": ahead}), "lobby")["resume"] == "diverged"


def test_a_crash_is_no_reason_for_a_new_epoch(start_server, client):
    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    speaker.publish("lobby", "hello")
    here = position_of(speaker, "lobby")
    server.popen.send_signal(signal.SIGKILL)
    server.expected_exit = server.wait()
    server = start_server(settings=LIFTED)
    assert stand_of(client(server, {"lobby": here}), "lobby")["resume"] == "ok"
    assert "log_new_epoch" not in server.output


def test_check_tells_what_is_wrong_and_changes_nothing(start_server, tmp_path, client):
    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    for number in range(100):
        speaker.publish("lobby", "x" * 200)
    code, out, err = confab("check", server.data_dir)
    assert code == 0 and "no damage" in out, "beside a server that runs"
    server.stop()
    database = server.data_dir / "confab.db"
    damage(database)
    before = database.read_bytes()
    code, out, err = confab("check", server.data_dir)
    assert code == DAMAGED and out and "is damaged" in err
    code, _, err = confab("backup", server.data_dir, tmp_path / "backup")
    assert code == DAMAGED and not (tmp_path / "backup").exists(), err
    assert database.read_bytes() == before


def test_a_server_does_not_start_on_a_damaged_database(start_server, client):
    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    for number in range(100):
        speaker.publish("lobby", "x" * 200)
    server.stop()
    database = server.data_dir / "confab.db"
    whole = database.read_bytes()
    damage(database)
    damaged = database.read_bytes()
    code, _, err = run_confab("serve", "--port", 0, "--data-dir", server.data_dir)
    assert code == DAMAGED
    assert "database_damaged" in err and "confab check" in err and "confab restore" in err
    assert database.read_bytes() == damaged

    unchecked = start_server(settings={**LIFTED, "store.check_at_start": "off"})
    assert "database_checked" not in unchecked.output
    unchecked.stop()
    database.write_bytes(whole)
    server = start_server(settings=LIFTED)
    assert "database_checked" in server.output


def test_a_room_whose_log_ends_elsewhere_is_damage(start_server, client):
    server = start_server(settings=LIFTED)
    client(server, ["lobby"]).publish("lobby", "hello")
    server.stop()
    with sqlite3.connect(server.data_dir / "confab.db") as connection:
        connection.execute("UPDATE rooms SET head = 7")
    connection.close()
    code, _, err = run_confab("serve", "--port", 0, "--data-dir", server.data_dir)
    assert code == DAMAGED and "room lobby" in err


def test_a_data_directory_without_a_database(tmp_path):
    os.mkdir(tmp_path / "data", 0o700)
    for command in (["check"], ["backup", tmp_path / "backup"], ["restore", tmp_path / "absent"]):
        code, _, err = run_confab(*command, "--data-dir", tmp_path / "data")
        assert code == 1 and err.startswith("confab: cannot "), err
    assert not list((tmp_path / "data").glob("confab.db*"))
