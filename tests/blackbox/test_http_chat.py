"""Rooms over HTTP: what a server or a bot says is stored, heard and read like everything else."""
import concurrent.futures
import http.client
import signal
import threading

import pytest

from chat import Chat
from support import DEADLINE_S, LIFTED, call, mint_moderator, mint_tokens, unique_room
from v2 import V2, new_cid


@pytest.fixture
def token(server):
    return mint_tokens(server, 1)[0]


def path_of(room, seq=None):
    return f"/rooms/{room}/messages" + (f"/{seq}" if seq else "")


def say(server, token, room, body, key=None, **more):
    headers = {"Idempotency-Key": key} if key else None
    return call(server, "POST", path_of(room), {"body": body, **more}, token, headers)


def test_what_is_said_is_stored_and_heard_in_both_protocols(server, token):
    room = unique_room()
    v1_token, v2_token = mint_tokens(server, 2)
    old, new = Chat(server, v1_token, room), V2(server, v2_token, [room])
    for _ in range(2):
        assert "has joined" in old.notice()
    new.caught_up()
    answer = say(server, token, room, "build 7 is green")
    assert answer.status == 201
    made = answer.json()
    assert made["seq"] == 1 and made["dup"] is False
    old.hears("build 7 is green")
    event = new.event()
    assert event["body"] == "build 7 is green" and event["id"] == made["id"]
    assert "cid" not in event
    old.close(), new.close()


def test_nobody_needs_to_be_in_the_room_and_nobody_comes_by_it(server, token):
    room = unique_room()
    for number in range(1, 4):
        assert say(server, token, room, f"text {number}").json()["seq"] == number
    page = call(server, "GET", path_of(room), token=token)
    assert page.status == 200 and page.headers["Cache-Control"] == "no-store"
    told = page.json()
    assert [message["body"] for message in told["messages"]] == ["text 1", "text 2", "text 3"]
    assert told["head"] == told["as_of"] == 3 and told["end"] is True
    client = V2(server, token, {room: {"epoch": told["epoch"], "seq": 1}})
    assert [client.event()["seq"] for _ in range(2)] == [2, 3]
    client.close()


def test_a_key_makes_it_happen_once(server, token):
    room, key = unique_room(), new_cid()
    first = say(server, token, room, "once", key)
    again = say(server, token, room, "once", key)
    assert (first.status, again.status) == (201, 200)
    assert again.json() == {**first.json(), "dup": True}
    say(server, token, room, "twice", key).problem(409, "conflict")
    client = V2(server, token, [room])
    assert client.publish(room, "once", key) == {**first.json(), "dup": True}
    client.close()
    say(server, token, room, "x", "not a uuid").problem(422, "bad_cid")


def test_the_same_key_many_times_at_once(server, token):
    room, key = unique_room(), new_cid()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: say(server, token, room, "once", key), range(32)))
    assert sorted(answer.status for answer in answers) == [200] * 31 + [201]
    assert {answer.json()["seq"] for answer in answers} == {1}
    assert call(server, "GET", path_of(room), token=token).json()["head"] == 1


def test_messages_are_changed_by_their_authors(server, token):
    room, other = unique_room(), mint_tokens(server, 1)[0]
    say(server, token, room, "wrold")
    edit = {"body": "world"}
    call(server, "PATCH", path_of(room, 1), edit, other).problem(403, "not_author")
    assert call(server, "PATCH", path_of(room, 1), edit, token).json()["seq"] == 2
    message, = call(server, "GET", path_of(room), token=other).json()["messages"]
    assert message["body"] == "world" and message["edited"]["seq"] == 2
    call(server, "DELETE", path_of(room, 1), token=other).problem(403, "not_author")
    assert call(server, "DELETE", path_of(room, 1), token=token).status == 200
    message, = call(server, "GET", path_of(room), token=other).json()["messages"]
    assert message["body"] == "" and message["deleted"]["seq"] == 3
    call(server, "DELETE", path_of(room, 1), token=token).problem(409, "message_deleted")
    for seq in ("9", "0", "x", "-1", "1.0", "9" * 30):
        call(server, "DELETE", path_of(room, seq), token=token).problem(404, "no_such_message")


def test_answers_name_what_they_answer(server, token):
    room = unique_room()
    say(server, token, room, "question")
    assert say(server, token, room, "answer", reply_to=1).status == 201
    say(server, token, room, "answer", reply_to=99).problem(404, "no_such_message")
    events = call(server, "GET", path_of(room) + "?events=true", token=token).json()["events"]
    assert events[1]["reply_to"] == 1 and len(events) == 2


def test_messages_name_whom_they_are_to_reach(server, token):
    room = unique_room()
    for user in ("bob", "carol"):
        say(server, token, room, f"hi {user}", mentions=[user, "bob", "bob"])
    said = [message["mentions"] for message in
            call(server, "GET", path_of(room), token=token).json()["messages"]]
    assert said == [["bob"], ["carol", "bob"]]
    seq = say(server, token, room, "to be deleted", mentions=["bob"]).json()["seq"]
    assert call(server, "DELETE", path_of(room, seq), token=token).status == 200
    last = call(server, "GET", path_of(room) + "?limit=2", token=token).json()["messages"][0]
    assert "deleted" in last and "mentions" not in last
    for wrong in ("bob", [1], [["bob"]]):
        say(server, token, room, "x", mentions=wrong).problem(422, "invalid_field")
    say(server, token, room, "x", mentions=[str(each) for each in range(21)]).problem(
        422, "bad_request")
    say(server, token, room, "x", mentions=["x" * 129]).problem(422, "bad_user")


def test_history_is_read_in_pages(server, token):
    room = unique_room()
    for number in range(1, 11):
        say(server, token, room, f"text {number}")

    def seqs(query):
        page = call(server, "GET", f"{path_of(room)}?{query}", token=token).json()
        return [message["seq"] for message in page["messages"]], page["end"]
    assert seqs("limit=3") == ([8, 9, 10], False)
    assert seqs("before=3&limit=3") == ([1, 2], True)
    assert seqs("after=8") == ([9, 10], True)
    assert seqs("around=5&limit=3")[0] == [4, 5, 6]
    for wrong in ("limit=0", "limit=101", "limit=x", "before=-1", "after=1&before=2",
                  "after=99999999999999999999", "events=1"):
        call(server, "GET", f"{path_of(room)}?{wrong}", token=token).problem(422, "bad_request")


@pytest.mark.parametrize("method, body", [("POST", {"body": "x"}), ("GET", None)])
def test_who_is_not_known_is_refused(server, method, body):
    call(server, method, path_of("lobby"), body).problem(401, "token_missing")
    call(server, method, path_of("lobby"), body, "nonsense").problem(401, "token_malformed")


def test_what_is_wrong_is_named(server, token):
    post = lambda room, body: call(server, "POST", path_of(room), body, token)
    post("bad%20name", {"body": "x"}).problem(422, "bad_room_name")
    post("r" * 65, {"body": "x"}).problem(422, "bad_room_name")
    post("lobby", {"body": ""}).problem(422, "body_empty")
    post("lobby", {"body": "x" * 4001}).problem(413, "body_too_long")
    post("lobby", {"body": "a\u0000"}).problem(422, "bad_body")
    post("lobby", {}).problem(422, "missing_field")
    post("lobby", {"body": 1}).problem(422, "invalid_field")
    post("lobby", {"body": "x", "colour": "red"}).problem(422, "unknown_field")
    post("lobby", {"body": "x", "reply_to": -1}).problem(422, "bad_request")
    call(server, "POST", path_of("lobby"), token=token).problem(415, "unsupported_media_type")
    call(server, "PUT", path_of("lobby"), token=token).problem(405, "method_not_allowed")


def test_the_rate_is_that_of_the_user_whatever_it_speaks(start_server):
    strict = start_server(settings={**LIFTED, "limits.user_messages_per_second": "1",
                                    "limits.user_messages_burst": "5"})
    alice, bob = mint_tokens(strict, 2)
    client = V2(strict, alice, ["lobby"])
    for number in range(40):  # faster than one in a second, however slow the machine is
        if number % 2:
            client.reply(client.begin("publish", room="lobby", body="x", cid=new_cid()))
            continue
        answer = say(strict, alice, "lobby", "by HTTP")
        if answer.status != 201:
            break
    answer.problem(429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0
    assert number < 39
    assert say(strict, bob, "lobby", "others may").status == 201
    client.close()


def test_a_room_that_was_only_spoken_to_is_gone_from_memory(start_server):
    fresh = start_server(settings=LIFTED)
    token = mint_tokens(fresh, 1)[0]
    for number in range(20):
        assert say(fresh, token, f"room-{number}", "x").status == 201
        say(fresh, token, f"empty-{number}", "x", reply_to=5).problem(404)
    fresh.counts(0, "confab_rooms")


def test_requests_that_wait_for_the_log_do_not_outlive_the_server(start_server):
    fresh = start_server(settings=LIFTED)
    token = mint_tokens(fresh, 1)[0]
    room, begun = unique_room(), threading.Event()

    def keep_asking():
        try:
            while True:
                say(fresh, token, room, "x" * 1000)
                call(fresh, "GET", path_of(room), token=token)
                begun.set()
        except (OSError, http.client.HTTPException):
            return  # the end
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(keep_asking)
        assert begun.wait(DEADLINE_S)
        fresh.popen.send_signal(signal.SIGTERM)
        fresh.popen.send_signal(signal.SIGTERM)  # at once, whatever is under way
    assert fresh.wait() == 0


def test_private_rooms_and_bans_hold_over_http_too(server):
    owner, stranger, boss = *mint_tokens(server, 2), mint_moderator(server)
    client, other = V2(server, owner, []), V2(server, stranger, [])
    room = client.call("create", cid=new_cid())["room"]
    path = f"/rooms/{room}/messages"
    assert call(server, "POST", path, {"body": "mine"}, token=owner).status == 201
    assert call(server, "GET", path, token=owner).json()["messages"][0]["body"] == "mine"
    for method, body in (("GET", None), ("POST", {"body": "not mine"})):
        call(server, method, path, body, token=stranger).problem(404, "no_such_room")
    call(server, "GET", f"/rooms/{room}/presence", token=stranger).problem(404, "no_such_room")
    call(server, "DELETE", f"{path}/2", token=stranger).problem(404, "no_such_room")
    public = unique_room()
    ruler = V2(server, boss, [])
    ruler.call("ban", room=public, user=other.hello["user"]["id"], for_s=60)
    for method, body in (("GET", None), ("POST", {"body": "x"})):
        call(server, method, f"/rooms/{public}/messages", body, token=stranger).problem(
            403, "banned")
    for each in (client, other, ruler):
        each.close()
