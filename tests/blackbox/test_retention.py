"""What retention.* takes away: clients see where a room begins now, and nothing else changes."""
import signal
import sqlite3

import pytest

from support import LIFTED, eventually, mint_tokens, run_confab
from v2 import V2, new_cid

KEEP_FIVE = {**LIFTED, "retention.public.events_per_room": "5"}


@pytest.fixture
def client():
    opened = []

    def connect(server, rooms, token=None):
        opened.append(V2(server, token or mint_tokens(server, 1)[0], rooms))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def deleted(server):
    return server.metric("confab_log_deleted_events_total")


def fill(speaker, count):
    """Publishes; the cids in the order of the messages."""
    cids = [new_cid() for _ in range(count)]
    for number, cid in enumerate(cids, 1):
        speaker.publish("lobby", f"number {number}", cid)
    return cids


def seqs(page):
    return [event["seq"] for event in page["events"]]


def test_the_oldest_are_deleted_and_clients_are_told_where_the_room_begins(start_server, client):
    server = start_server(settings=LIFTED)
    fill(client(server, ["lobby"]), 12)
    server.stop()
    server = start_server(settings=KEEP_FIVE)
    eventually(lambda: deleted(server) == 7, "the pass of the start")
    reader = client(server, {"lobby": None})
    epoch = reader.hello["rooms"]["lobby"]["epoch"]
    assert reader.hello["rooms"]["lobby"]["head"] == 12

    for asked in ({}, {"after": 0}, {"before": 13}, {"around": 3}):
        page = reader.call("history", room="lobby", events=True, **asked)
        assert page["oldest"] == 8 and page["head"] == 12, asked
        assert all(8 <= seq <= 12 for seq in seqs(page)), asked
    assert seqs(reader.call("history", room="lobby", events=True, after=0)) == [8, 9, 10, 11, 12]
    assert reader.call("history", room="lobby", before=8)["messages"] == []

    far = client(server, {"lobby": {"epoch": epoch, "seq": 3}}).hello["rooms"]["lobby"]
    assert far["resume"] == "behind" and far["oldest"] == 8
    for seq in (7, 10, 12):
        near = client(server, {"lobby": {"epoch": epoch, "seq": seq}})
        assert near.hello["rooms"]["lobby"]["resume"] == "ok", seq
        assert [near.event()["seq"] for _ in range(12 - seq)] == list(range(seq + 1, 13))


def test_a_cid_is_known_for_as_long_as_its_message(start_server, client):
    server = start_server(settings=LIFTED)
    token = mint_tokens(server, 1)[0]
    cids = fill(client(server, ["lobby"], token), 12)
    server.stop()
    server = start_server(settings=KEEP_FIVE)
    eventually(lambda: deleted(server) == 7, "the pass of the start")
    speaker = client(server, ["lobby"], token)
    kept = speaker.publish("lobby", "number 12", cids[11])
    assert kept["dup"] is True and kept["seq"] == 12
    forgotten = speaker.publish("lobby", "number 1", cids[0])
    assert forgotten["dup"] is False and forgotten["seq"] == 13


def test_an_empty_room_goes_on_counting(start_server, client):
    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    fill(speaker, 3)
    here = {"epoch": speaker.call("history", room="lobby")["epoch"], "seq": 3}
    server.stop()
    with sqlite3.connect(server.data_dir / "confab.db") as connection:
        connection.execute("UPDATE events SET at = at - 86400000 * 31")
    connection.close()
    for _ in range(2):  # the second start finds a room without events
        server = start_server(settings={**LIFTED, "retention.public.age_days": "30"})
        page = eventually(lambda: (lambda p: p["oldest"] == 4 and p)(
            client(server, ["lobby"]).call("history", room="lobby")), "the room is empty")
        assert page["head"] == 3 and page["messages"] == []
        assert client(server, {"lobby": here}).hello["rooms"]["lobby"]["resume"] == "ok"
        server.stop()
    server = start_server(settings=LIFTED)
    assert client(server, ["lobby"]).publish("lobby", "next")["seq"] == 4


def test_what_happened_to_deleted_messages_is_gone_with_them(start_server, client):
    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    fill(speaker, 6)
    for seq in (1, 6):
        speaker.call("edit", room="lobby", seq=seq, body=f"edited {seq}", cid=new_cid())
        speaker.call("react", room="lobby", seq=seq, reaction="+1")
    server.stop()
    server = start_server(settings=KEEP_FIVE)
    eventually(lambda: deleted(server) == 5, "the pass of the start")
    reader = client(server, ["lobby"])
    message, = reader.call("history", room="lobby")["messages"]
    assert message["seq"] == 6 and message["body"] == "edited 6"
    assert [each["count"] for each in message["reactions"]] == [1]
    assert reader.error("react", room="lobby", seq=1, reaction="+1")["code"] == "no_such_message"
    server.stop()
    assert run_confab("check", "--data-dir", server.data_dir)[0] == 0


def test_a_reload_takes_new_rules_over_at_once(start_server, tmp_path, client):
    file = tmp_path / "confab.toml"
    file.write_text("")
    server = start_server("--config", file, settings=LIFTED)
    speaker = client(server, ["lobby"])
    fill(speaker, 12)
    assert deleted(server) == 0
    file.write_text("[retention.public]\nbytes_per_room = 25\n")  # "number 12" has nine
    server.popen.send_signal(signal.SIGHUP)
    eventually(lambda: deleted(server) == 10, "the pass of the reload")
    assert speaker.publish("lobby", "next")["seq"] == 13
    assert seqs(speaker.call("history", room="lobby", events=True)) == [11, 12, 13]


def test_people_go_on_talking_while_much_is_deleted(start_server, tmp_path, client):
    file = tmp_path / "confab.toml"
    file.write_text("")
    server = start_server("--config", file, settings=LIFTED)
    speaker = client(server, ["lobby"])
    for _ in range(20):
        for number in [speaker.begin("publish", room="lobby", body="x" * 100, cid=new_cid())
                       for _ in range(200)]:
            assert "publish" in speaker.reply(number)
    file.write_text("[retention.public]\nevents_per_room = 10\n")
    server.popen.send_signal(signal.SIGHUP)
    said = 0
    while deleted(server) < 3900:
        said += 1
        assert said < 10_000, "nothing is deleted"
        assert speaker.publish("lobby", f"meanwhile {said}")["seq"] == 4000 + said
    server.stop()
    with sqlite3.connect(server.data_dir / "confab.db") as connection:
        head, oldest = connection.execute("SELECT head, oldest FROM rooms").fetchone()
        found = [seq for seq, in connection.execute("SELECT seq FROM events ORDER BY seq")]
    connection.close()
    assert head == 4000 + said and found == list(range(oldest, head + 1))


def test_an_edit_does_not_outlive_its_message(start_server, client):
    server = start_server(settings=LIFTED)
    speaker = client(server, ["lobby"])
    speaker.publish("lobby", "original")
    speaker.call("edit", room="lobby", seq=1, body="private after all")
    fill(speaker, 4)
    server.stop()
    server = start_server(settings=KEEP_FIVE)
    eventually(lambda: deleted(server) == 1, "the pass of the start")
    page = client(server, {"lobby": None}).call("history", room="lobby", events=True)
    assert page["events"][0]["kind"] == "edit" and page["events"][0]["body"] == ""
