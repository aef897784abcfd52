"""Protocol v2: one connection, many rooms, acknowledged publishes, history, resume."""
import base64
import json
import signal

import pytest
import websockets

from chat import Chat, run
from support import LIFTED, mint_tokens, new_user, run_confab, unique_room
from v2 import V2, new_cid


@pytest.fixture
def v2():
    """v2(server, token, rooms): clients that are closed with the test."""
    opened = []

    def open_client(*arguments, **options):
        client = V2(*arguments, **options)
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        client.close()


@pytest.fixture
def token(server):
    return mint_tokens(server, 1)[0]


def subject(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]


def test_connect_tells_who_and_where_and_how(server, v2, token):
    room = unique_room()
    client = v2(server, token, [room])
    hello = client.hello
    assert client.socket.subprotocol == "confab.v2"
    assert hello["user"]["id"] == subject(token)
    assert hello["conn"]
    assert hello["ping_s"] == 25
    assert 3500 < hello["token_ttl_s"] <= 3600
    assert hello["limits"]["message_bytes"] == 65536
    assert hello["rooms"][room]["head"] == 0
    assert hello["rooms"][room]["resume"] == "ok"
    assert client.caught_up() == {"room": room, "seq": 0}


def test_a_publish_is_acknowledged_and_heard_by_everybody(server, v2):
    room = unique_room()
    alice, bob = (v2(server, token, [room]) for token in mint_tokens(server, 2))
    alice.caught_up(), bob.caught_up()
    cid = new_cid()
    reply = alice.publish(room, "hello", cid)
    assert reply["seq"] == 1 and reply["dup"] is False
    for client in (alice, bob):
        event = client.event()
        assert event["room"] == room
        assert event["seq"] == 1
        assert event["kind"] == "message"
        assert event["id"] == reply["id"]
        assert event["user"] == alice.hello["user"]
        assert event["cid"] == cid
        assert event["ts"] == reply["ts"]
        assert event["body"] == "hello"
        assert "reply_to" not in event


def test_a_retry_gets_the_first_answer(server, v2, token):
    room = unique_room()
    alice = v2(server, token, [room])
    cid = new_cid()
    first = alice.publish(room, "once", cid)
    alice.publish(room, "between")
    assert alice.publish(room, "once", cid) == {**first, "dup": True}
    again = v2(server, token, [room])
    assert again.publish(room, "once", cid) == {**first, "dup": True}
    error = alice.error("publish", room=room, body="twice", cid=cid)
    assert error["code"] == "conflict" and error["retryable"] is False
    assert [e["body"] for e in alice.call("history", room=room)["messages"]] == ["once", "between"]


def test_a_reply_names_a_message_that_is_there(server, v2, token):
    room = unique_room()
    alice = v2(server, token, [room])
    alice.caught_up()
    alice.publish(room, "question")
    alice.publish(room, "answer", reply_to=1)
    alice.event()
    assert alice.event()["reply_to"] == 1
    error = alice.error("publish", room=room, body="x", cid=new_cid(), reply_to=99)
    assert error["code"] == "no_such_message" and error["field"] == "reply_to"


def test_v1_and_v2_hear_each_other(server, v2, chat):
    room = unique_room()
    old_token, new_token = mint_tokens(server, 2)
    old = chat(server, old_token, room)
    old.receive()
    new = v2(server, new_token, [room])
    new.caught_up()
    assert "has joined" in old.notice()
    old.send("from v1")
    assert new.event()["body"] == "from v1"
    old.hears("from v1")
    new.publish(room, "from v2")
    old.hears("from v2")
    event = new.event()
    assert event["body"] == "from v2" and event["seq"] == 2
    assert "cid" not in new.call("history", room=room)["messages"][0]


def test_many_rooms_on_one_connection(server, v2):
    rooms = [unique_room() for _ in range(128)]
    alice, bob = mint_tokens(server, 2)
    everywhere = v2(server, alice, rooms)
    assert set(everywhere.hello["rooms"]) == set(rooms)
    assert [everywhere.caught_up()["room"] for _ in rooms]
    elsewhere = v2(server, bob, rooms[3:5])
    elsewhere.publish(rooms[3], "three")
    elsewhere.publish(rooms[4], "four")
    heard = {(e["room"], e["body"]) for e in (everywhere.event(), everywhere.event())}
    assert heard == {(rooms[3], "three"), (rooms[4], "four")}
    assert everywhere.error("join", room=unique_room())["code"] == "too_many_rooms"
    everywhere.call("leave", room=rooms[0])
    everywhere.call("join", room=unique_room())
    too_many = v2(server, bob, connect=False)
    assert too_many.error("connect", token=bob,
                          rooms={unique_room(): None for _ in range(129)})["code"] == \
        "too_many_rooms"


def test_who_left_hears_nothing_more(server, v2):
    room, other = unique_room(), unique_room()
    alice, bob = (v2(server, token, [room, other]) for token in mint_tokens(server, 2))
    alice.call("leave", room=room)
    bob.publish(room, "not for alice")
    bob.publish(other, "for both")
    alice.caught_up(), alice.caught_up()
    assert alice.event()["body"] == "for both"
    for method, arguments in (("publish", {"body": "x", "cid": new_cid()}), ("history", {}),
                              ("leave", {})):
        assert alice.error(method, room=room, **arguments)["code"] == "not_joined"
    assert alice.error("join", room=other)["code"] == "already_joined"


def test_history_pages_in_every_direction(server, v2, token):
    room = unique_room()
    alice = v2(server, token, [room])
    for number in range(1, 11):
        alice.publish(room, f"text {number}")

    def seqs(**arguments):
        page = alice.call("history", room=room, **arguments)
        assert page["room"] == room and page["head"] == 10 and page["oldest"] == 1
        found = [message["seq"] for message in page["messages"]]
        assert (page["from"], page["to"]) == (found[0], found[-1]) and page["as_of"] == 10
        raw = alice.call("history", room=room, events=True, **arguments)
        assert [event["seq"] for event in raw["events"]] == found and raw["end"] == page["end"]
        return found, page["end"]

    assert seqs(limit=3) == ([8, 9, 10], False)
    assert seqs() == (list(range(1, 11)), True)
    assert seqs(before=8, limit=3) == ([5, 6, 7], False)
    assert seqs(before=3, limit=3) == ([1, 2], True)
    assert seqs(after=0, limit=3) == ([1, 2, 3], False)
    assert seqs(after=8, limit=3) == ([9, 10], True)
    assert seqs(around=5, limit=4)[0] == [3, 4, 5, 6]
    assert seqs(around=1, limit=4)[0] == [1, 2, 3, 4]
    event = alice.call("history", room=room, limit=1)["messages"][0]
    assert event["body"] == "text 10" and event["kind"] == "message"
    for wrong in ({"limit": 0}, {"limit": 101}, {"before": -1}, {"after": 1.5},
                  {"before": 1, "after": 2}):
        assert alice.error("history", room=room, **wrong)["code"] == "bad_request"


def test_who_comes_back_gets_what_it_missed(server, v2):
    room = unique_room()
    one, two = mint_tokens(server, 2)
    alice, bob = v2(server, one, [room]), v2(server, two, [room])
    bob.publish(room, "seen")
    epoch = alice.hello["rooms"][room]["epoch"]
    alice.close()
    for number in range(5):
        bob.publish(room, f"missed {number}")
    back = v2(server, one, {room: {"epoch": epoch, "seq": 1}})
    state = back.hello["rooms"][room]
    assert state["resume"] == "ok" and state["head"] == 6
    assert [back.event()["seq"] for _ in range(5)] == [2, 3, 4, 5, 6]
    assert back.caught_up() == {"room": room, "seq": 6}
    bob.publish(room, "live")
    assert back.event()["seq"] == 7


@pytest.mark.parametrize("missed, resume", [(300, "ok"), (301, "behind")])
def test_what_is_too_much_to_be_sent_by_itself_is_behind(server, v2, missed, resume):
    room = unique_room()
    token = mint_tokens(server, 1)[0]
    alice = v2(server, token, [room])
    numbers = [alice.begin("publish", room=room, body=f"{i}", cid=new_cid())
               for i in range(missed)]
    for number in numbers:
        assert "publish" in alice.reply(number)
    epoch = alice.hello["rooms"][room]["epoch"]
    back = v2(server, token, {room: {"epoch": epoch, "seq": 0}})
    state = back.hello["rooms"][room]
    assert state["resume"] == resume
    if resume == "behind":
        assert state["oldest"] == 1 and state["head"] == missed
        assert back.publish(room, "x")["seq"] == missed + 1
        assert back.event()["seq"] == missed + 1, "what comes is sent all the same"
    else:
        assert [back.event()["seq"] for _ in range(missed)] == list(range(1, missed + 1))
        assert back.caught_up()["seq"] == missed


def test_a_position_of_another_life_is_told(server, v2, token):
    room = unique_room()
    alice = v2(server, token, [room])
    alice.publish(room, "x")
    epoch = alice.hello["rooms"][room]["epoch"]
    for position in ({"epoch": "another", "seq": 1}, {"epoch": epoch, "seq": 2}):
        back = v2(server, token, {room: position})
        assert back.hello["rooms"][room]["resume"] == "diverged"


def test_positions_survive_a_restart_and_kill_9(start_server, tmp_path):
    epoch = None
    token = None
    for round_number in range(3):
        server = start_server(settings=LIFTED)
        token = token or mint_tokens(server, 1)[0]
        position = None if epoch is None else {"epoch": epoch, "seq": 0}
        client = V2(server, token, {"lobby": position})
        state = client.hello["rooms"]["lobby"]
        assert epoch in (None, state["epoch"])
        epoch = state["epoch"]
        assert [client.event()["body"] for _ in range(round_number)] == [
            f"round {number}" for number in range(round_number)]
        assert client.caught_up()["seq"] == round_number
        assert client.publish("lobby", f"round {round_number}")["seq"] == round_number + 1
        server.popen.send_signal(signal.SIGKILL)
        server.expected_exit = server.wait()


def test_the_token_may_come_in_the_header_and_never_in_the_query(server, v2, token):
    known = v2(server, headers={"Authorization": f"Bearer {token}"})
    assert known.hello["user"]["id"] == subject(token)

    async def with_query():
        return await websockets.connect(f"ws://127.0.0.1:{server.port}/ws?token={token}",
                                        subprotocols=["confab.v2"])
    socket = run(with_query())
    run(socket.send('{"id":1,"connect":{}}'))
    assert json.loads(run(socket.recv()))["error"]["code"] == "token_missing"
    run(socket.wait_closed())
    assert socket.close_code == 4001


def test_a_bad_token_ends_the_connection_for_good(server, v2, token):
    stranger = v2(server, connect=False)
    assert stranger.error("connect", token=token[:-6] + "AAAAAA")["retryable"] is False
    assert stranger.closed() == 4503
    with pytest.raises(websockets.InvalidStatusCode) as refused:
        V2(server, headers={"Authorization": "Bearer nonsense"})
    assert refused.value.status_code == 401


def test_the_time_that_a_token_has_left_is_told(server, v2):
    code, out, err = run_confab("token", "mint", "--ttl", "60", "--data-dir", server.data_dir)
    assert code == 0, err
    assert v2(server, out.strip()).hello["token_ttl_s"] <= 60


def test_refresh_on_the_open_connection(server, v2):
    user = new_user(server, "Alice")
    alice = v2(server, user.token)
    assert 3500 < alice.call("refresh", token=user.token)["token_ttl_s"] <= 3600
    stranger = mint_tokens(server, 1)[0]
    assert alice.error("refresh", token=stranger)["code"] == "other_user"
    assert alice.closed() == 4503


def test_before_connect_there_is_nothing_else(server, v2, token):
    client = v2(server, connect=False)
    for method, arguments in (("join", {"room": "lobby"}), ("leave", {"room": "lobby"}),
                              ("history", {"room": "lobby"}), ("refresh", {"token": token}),
                              ("publish", {"room": "lobby", "body": "x", "cid": new_cid()})):
        assert client.error(method, **arguments)["code"] == "not_connected"
    client.connect(token)
    assert client.error("connect", token=token)["code"] == "already_connected"


def test_frames_that_make_no_sense(server, v2, token):
    client = v2(server, token)
    client.send_text('{"id":77,"dance":{}}')
    assert client.reply(77)["error"]["code"] == "unknown_method"
    for text in ("not json", "[]"):
        client.send_text(text)
        assert client.receive()["error"]["code"] == "bad_frame"
    client.call("join", room=unique_room())
    client.send_text('{"id":"one","join":{"room":"a"}}')
    assert client.closed() == 1008


def test_commands_that_are_refused_are_counted_by_reason(start_server):
    fresh = start_server(settings=LIFTED)
    client = V2(fresh, mint_tokens(fresh, 1)[0], ["lobby"])
    client.error("dance")
    client.error("publish", room="elsewhere", body="x", cid=new_cid())
    client.error("edit", room="lobby", seq=9, body="x")
    client.error("join", room="lobby")
    for reason in ("malformed", "not_allowed", "not_found", "conflict"):
        fresh.counts(1, "confab_command_errors_total", reason=reason)
    fresh.counts(0, "confab_command_errors_total", reason="not_possible")
    client.close()


def test_binary_is_refused(server, v2, token):
    client = v2(server, token)
    run(client.socket.send(b"\x00"))
    assert client.closed() == 1003


def test_too_many_publishes_are_told_when_to_come_back(start_server):
    strict = start_server(settings={"limits.user_messages_per_second": "1",
                                    "limits.user_messages_burst": "3"})
    client = V2(strict, mint_tokens(strict, 1)[0], ["lobby"])
    errors = []
    for number in [client.begin("publish", room="lobby", body="x", cid=new_cid())
                   for _ in range(10)]:
        frame = client.reply(number)
        if "error" in frame:
            errors.append(frame["error"])
    assert 5 <= len(errors) <= 7
    for error in errors:
        assert error["code"] == "rate_limited" and error["retryable"] is True
        assert error["retry_ms"] > 0
    client.close()


def test_who_never_connects_is_not_kept(server, v2):
    silent = v2(server, connect=False)
    assert silent.closed(30) == 4001


SMALL_FEED = {**LIFTED, "feed.room_bytes_max": "524288"}
LONG = "\U0001f600" * 4000


def pages(client, room, after, head):
    """The seqs of the events behind `after` up to `head`, from history."""
    at = after
    while at < head:
        page = client.call("history", room=room, after=at, limit=100, events=True)
        for event in page["events"]:
            if event["seq"] <= head:
                at = event["seq"]
                yield at


def test_a_slow_reader_is_told_what_to_fetch_and_goes_on(start_server, v2):
    server = start_server(settings={**SMALL_FEED, "ws.outbox_stall_timeout_ms": "120000"})
    slow_token, busy_token = mint_tokens(server, 2)
    slow = v2(server, slow_token, ["lobby", "other"], max_queue=1)
    busy = v2(server, busy_token, ["lobby", "other"])
    slow.caught_up(), slow.caught_up()
    head = 0
    while server.metric("confab_lags_total") < 2:
        assert head < 5000, "nobody was too slow"
        for _ in range(50):
            head = busy.publish("lobby", LONG)["seq"]
    busy.publish("other", "of a quiet room")
    head = busy.publish("lobby", "the last word")["seq"]
    seen, lags, elsewhere = [], [], []
    while not seen or seen[-1] < head or not elsewhere:
        push = slow.push()
        if "lag" in push:
            lag = push["lag"]
            assert lag["room"] == "lobby"
            assert lag["from"] <= (seen[-1] if seen else 0) + 1 <= lag["head"] + 1
            assert lag["from"] == (lags[-1]["head"] if lags else 0) + 1
            lags.append(lag)
            seen += pages(slow, "lobby", seen[-1] if seen else 0, lag["head"])
        elif push["event"]["room"] == "other":
            elsewhere.append(push["event"]["seq"])
        else:
            seen.append(push["event"]["seq"])
    assert len(lags) >= 2
    assert seen == list(range(1, head + 1)), "each once, in order"
    assert elsewhere == [1], "a room that is not behind loses nothing"
    assert slow.publish("lobby", "still here")["seq"] == head + 1
    assert slow.event()["seq"] == head + 1
    assert server.metric("confab_websocket_closes_total", reason="too_slow") == 0


def test_who_reads_nothing_at_all_is_closed_and_can_resume(start_server, v2):
    server = start_server(settings={**SMALL_FEED, "ws.outbox_stall_timeout_ms": "1000"})
    slow_token, busy_token = mint_tokens(server, 2)
    slow = V2(server, slow_token, ["lobby"], max_queue=1)
    busy = v2(server, busy_token, ["lobby"])
    epoch = busy.hello["rooms"]["lobby"]["epoch"]
    head = 0
    while not server.metric("confab_websocket_closes_total", reason="too_slow"):
        assert head < 20_000, "nobody was cut off"
        for _ in range(50):
            head = busy.publish("lobby", LONG)["seq"]
    known, may_miss = 0, False
    try:
        while True:
            frame = slow.receive()
            if "lag" in frame:
                assert may_miss or frame["lag"]["from"] <= known + 1
                may_miss = True
            elif "event" in frame and not may_miss:
                known += 1
                assert frame["event"]["seq"] == known, "no hole that no lag tells of"
    except websockets.ConnectionClosed:
        pass
    # Who reads nothing for longer than a close may take is told nothing any more.
    assert slow.socket.close_code in (4009, 1006)
    assert known < head
    back = v2(server, slow_token, {"lobby": {"epoch": epoch, "seq": known}})
    assert back.hello["rooms"]["lobby"]["resume"] == "behind"
    assert list(pages(back, "lobby", known, head)) == list(range(known + 1, head + 1))


def test_a_server_that_goes_away_says_when_to_come_back(start_server):
    fresh = start_server(settings={"limits.connects_per_second": "2",
                                   "limits.connects_burst": "100"})
    token = mint_tokens(fresh, 1)[0]
    clients = [V2(fresh, token, ["lobby"]) for _ in range(5)]
    for client in clients:
        client.caught_up()
    silent = V2(fresh, connect=False)
    fresh.popen.send_signal(signal.SIGTERM)
    windows = []
    for client in clients:
        drain = client.push()["drain"]
        assert drain["close_ms"] == 500
        windows.append(tuple(drain["reconnect_ms"]))
        assert client.closed() == 1001
    assert silent.closed() == 1001, "who never said connect is not told"
    assert sorted(windows) == [(0, 1000)] * 2 + [(1000, 2000)] * 2 + [(2000, 3000)]
    assert fresh.wait() == 0
