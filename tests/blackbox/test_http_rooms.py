"""Rooms themselves over HTTP: making them, who is what in them, keeping order, and what moderators
of the server may do to users."""
import concurrent.futures
from urllib.parse import quote

import pytest

from chat import Chat
from support import LIFTED, call, mint_moderator, mint_tokens, unique_room
from v2 import V2, new_cid


class Api:
    """The HTTP API with the token of somebody."""

    def __init__(self, server, token):
        self.server, self.token = server, token
        self.id = call(server, "GET", "/auth/me", token=token).json()["user"]["id"]

    def __call__(self, method, path, body=None, **headers):
        return call(self.server, method, path, body, self.token, headers)

    def make(self, **body):
        return self("POST", "/rooms", body).json()["room"]

    def role(self, room, user, role):
        return self("PUT", f"/rooms/{room}/members/{user.id}", {"role": role})

    def moderate(self, room, action, user, **more):
        return self("POST", f"/rooms/{room}/moderation",
                    {"action": action, "user": user.id, **more})

    def say(self, room, body):
        return self("POST", f"/rooms/{room}/messages", {"body": body})


@pytest.fixture
def people(server):
    return [Api(server, token) for token in mint_tokens(server, 3)]


@pytest.fixture
def boss(server):
    return Api(server, mint_moderator(server))


def test_a_private_room_is_made_once_for_each_key(people):
    alice, bob, _ = people
    key = {"Idempotency-Key": new_cid()}
    first, again = (alice("POST", "/rooms", {"title": "Plans"}, **key) for _ in range(2))
    assert (first.status, again.status) == (201, 200)
    room = first.json()["room"]
    assert room.startswith("~p") and first.json()["dup"] is False
    assert again.json() == {"room": room, "dup": True}
    assert bob("POST", "/rooms", {}, **key).json()["room"] != room
    assert alice("POST", "/rooms", {}).json()["room"] != alice("POST", "/rooms", {}).json()["room"]
    told = alice("GET", f"/rooms/{room}/members").json()
    assert told["title"] == "Plans" and told["kind"] == "private" and told["role"] == "owner"
    assert [(m["id"], m["role"]) for m in told["members"]] == [(alice.id, "owner")]


def test_a_direct_room_is_the_same_for_both(people):
    alice, bob, _ = people
    first = alice("POST", "/rooms", {"user": bob.id})
    second = bob("POST", "/rooms", {"user": alice.id})
    assert (first.status, second.status) == (201, 200)
    assert first.json()["room"] == second.json()["room"]
    alice("POST", "/rooms", {"user": bob.id, "title": "x"}).problem(422, "bad_request")


def test_members_are_let_in_and_taken_out_and_their_connections_hear_of_it(server, people):
    alice, bob, eve = people
    room = alice.make()
    bob.say(room, "hello").problem(404, "no_such_room")
    listener = V2(server, bob.token, [])
    assert alice.role(room, bob, "member").json()["seq"] == 2
    assert listener.notice()["added"] == {"room": room, "role": "member"}
    assert bob.say(room, "hello").status == 201
    listener.call("join", room=room)
    assert alice("GET", f"/rooms/{room}/members").json()["count"] == 2
    gone = alice("DELETE", f"/rooms/{room}/members/{bob.id}")
    assert gone.status == 200
    while "removed" not in (frame := listener.push()):
        pass
    assert frame["removed"]["seq"] == gone.json()["seq"]
    bob.say(room, "hello").problem(404, "no_such_room")
    alice.role(room, eve, "king").problem(422, "bad_request")
    alice("DELETE", f"/rooms/{room}/members/{eve.id}").problem(404, "no_such_member")
    listener.close()


def test_members_come_in_pages(people):
    alice = people[0]
    room = alice.make()
    ids = sorted([alice.id, *(f"member-{number}" for number in range(5))])
    for user in ids:
        if user != alice.id:
            alice("PUT", f"/rooms/{room}/members/{user}", {"role": "member"})
    found, after = [], ""
    while True:
        page = alice("GET", f"/rooms/{room}/members?limit=2{after}").json()
        found += [member["id"] for member in page["members"]]
        if page["end"]:
            break
        after = f"&after={found[-1]}"
    assert found == ids and page["count"] == len(ids)
    for wrong in ("limit=0", "limit=101", "limit=x"):
        alice("GET", f"/rooms/{room}/members?{wrong}").problem(422, "bad_request")


def test_ids_are_percent_encoded_where_they_have_to_be(people):
    alice = people[0]
    room = alice.make()
    strange = "auth0|5/6 ü%"
    alice("PUT", f"/rooms/{room}/members/{quote(strange, safe='')}", {"role": "member"})
    assert strange in [m["id"] for m in alice("GET", f"/rooms/{room}/members").json()["members"]]
    alice("PUT", f"/rooms/{room}/members/%ff", {"role": "member"}).problem(422, "bad_request")
    alice("PUT", f"/rooms/{room}/members/%00", {"role": "member"}).problem(422, "bad_user")
    alice("PUT", f"/rooms/{room}/members/{'x' * 129}", {"role": "member"}).problem(422, "bad_user")


def test_settings_of_a_room_are_changed_and_in_force_at_once(people, boss):
    alice, bob, _ = people
    room = unique_room()
    assert boss("PATCH", f"/rooms/{room}", {"read_only": True}).status == 200
    alice.say(room, "x").problem(403, "read_only")
    boss("PATCH", f"/rooms/{room}", {"read_only": False, "slow_mode_s": 600})
    assert alice.say(room, "x").status == 201
    slow = alice.say(room, "y")
    slow.problem(429, "slow_mode")
    assert 590 <= int(slow.headers["Retry-After"]) <= 600
    private = alice.make(title="Old")
    assert alice("PATCH", f"/rooms/{private}", {"title": "New"}).status == 200
    assert alice("GET", f"/rooms/{private}/members").json()["title"] == "New"
    patch = lambda body: alice("PATCH", f"/rooms/{private}", body)
    patch({}).problem(422, "bad_request")
    patch({"slow_mode_s": -1}).problem(422, "bad_request")
    patch({"slow_mode_s": 21601}).problem(422, "bad_request")
    patch({"read_only": "yes"}).problem(422, "invalid_field")
    patch({"title": "a\u0007"}).problem(422, "bad_title")
    patch({"colour": "red"}).problem(422, "unknown_field")
    bob("PATCH", f"/rooms/{room}", {"read_only": True}).problem(403, "not_allowed")


def test_order_is_kept_over_http(server, people, boss):
    alice, bob, _ = people
    room = unique_room()
    old = Chat(server, bob.token, room)
    assert boss.moderate(room, "mute", bob, for_s=600, reason="hush").status == 200
    bob.say(room, "x").problem(403, "muted")
    assert boss.moderate(room, "unmute", bob).status == 200
    assert bob.say(room, "x").status == 201
    key = {"Idempotency-Key": new_cid()}
    ban = lambda: boss("POST", f"/rooms/{room}/moderation",
                       {"action": "ban", "user": bob.id, "for_s": 600}, **key).json()
    first = ban()
    assert ban() == {**first, "dup": True}
    assert old.closed() == 4003
    bob.say(room, "x").problem(403, "banned")
    bob("GET", f"/rooms/{room}/messages").problem(403, "banned")
    boss.moderate(room, "unban", bob)
    boss.moderate(room, "unban", bob).problem(404, "not_banned")
    assert boss.moderate(room, "kick", bob).status == 200
    alice.moderate(room, "kick", bob).problem(403, "not_allowed")
    for wrong in ({"for_s": 0}, {"for_s": 315_360_001}):
        boss.moderate(room, "ban", bob, **wrong).problem(422, "bad_request")
    boss.moderate(room, "ban", bob).problem(422, "missing_field")
    boss.moderate(room, "kick", bob, for_s=1).problem(422, "unknown_field")
    boss.moderate(room, "crown", bob).problem(422, "bad_request")


def test_reactions_are_given_and_taken_back(people):
    alice, bob, _ = people
    room = unique_room()
    alice.say(room, "x")
    path = f"/rooms/{room}/messages/1/reactions/"
    first = bob("PUT", path + quote("👍"))
    assert first.status == 200 and first.json()["dup"] is False
    assert bob("PUT", path + quote("👍")).json()["dup"] is True
    message, = alice("GET", f"/rooms/{room}/messages").json()["messages"]
    assert message["reactions"] == [{"reaction": "👍", "count": 1, "mine": False}]
    assert bob("DELETE", path + quote("👍")).status == 200
    bob("DELETE", path + quote("👍")).problem(404, "no_such_reaction")
    bob("PUT", path + "a%20b").problem(422, "bad_reaction")
    bob("PUT", path + "%f0%9f").problem(422, "bad_request")
    bob("PUT", f"/rooms/{room}/messages/9/reactions/x").problem(404, "no_such_message")


def test_rooms_tell_what_is_unread_until_it_is_read(people):
    alice, bob, _ = people
    room = alice.make(title="Plans")
    alice.role(room, bob, "member")
    for number in range(3):
        alice.say(room, f"text {number}")
    mine = lambda: bob("GET", "/rooms").json()["rooms"]
    told, = mine()
    assert (told["room"], told["title"], told["role"]) == (room, "Plans", "member")
    assert (told["head"], told["read"], told["unread"]) == (5, 0, 3)
    assert bob("PUT", f"/rooms/{room}/read", {"seq": 4}).json() == {"seq": 4}
    assert bob("PUT", f"/rooms/{room}/read", {"seq": 2}).json() == {"seq": 4}
    assert mine()[0]["unread"] == 1
    bob("PUT", f"/rooms/{room}/read", {"seq": -1}).problem(422, "bad_request")
    people[2]("PUT", f"/rooms/{room}/read", {"seq": 1}).problem(404, "no_such_room")


def test_a_key_may_be_quoted_and_a_conflict_names_it(people):
    alice = people[0]
    room, key = unique_room(), new_cid()
    post = lambda body, written: alice("POST", f"/rooms/{room}/messages", {"body": body},
                                       **{"Idempotency-Key": written})
    assert post("x", f'"{key}"').status == 201
    assert post("x", key).json()["dup"] is True
    assert post("y", key).problem(409, "conflict")["field"] == "Idempotency-Key"


def test_reading_has_a_rate_of_its_own(start_server):
    strict = start_server(settings={**LIFTED, "limits.user_reads_per_second": "1",
                                    "limits.user_reads_burst": "3"})
    token, other = mint_tokens(strict, 2)
    paths = ["/rooms", "/rooms/lobby/messages", "/rooms/lobby/members", "/rooms/lobby/presence"]
    answers = [call(strict, "GET", path, token=token) for path in paths * 3]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) >= 6
    for answer in refused:
        answer.problem(429, "rate_limited")
        assert int(answer.headers["Retry-After"]) >= 1
    assert call(strict, "GET", "/rooms", token=other).status == 200
    said = call(strict, "POST", "/rooms/lobby/messages", {"body": "x"}, token)
    assert said.status == 201, "what is said has another rate"


def test_who_has_read_too_much_over_http_may_not_go_on_over_a_connection(start_server):
    strict = start_server(settings={**LIFTED, "limits.user_reads_per_second": "1",
                                    "limits.user_reads_burst": "3"})
    token, other = mint_tokens(strict, 2)
    connections = [V2(strict, each, ["lobby"]) for each in (token, token, other)]
    for _ in range(6):
        call(strict, "GET", "/rooms", token=token)
    seq = connections[0].call("publish", room="lobby", body="x", cid=new_cid())["seq"]
    asked = {"history": {"room": "lobby"}, "members": {"room": "lobby"}, "rooms": {},
             "presence": {"room": "lobby"}, "mark_read": {"room": "lobby", "seq": seq}}
    refused = []
    for client in connections:
        numbers = [client.begin(name, **arguments) for name, arguments in asked.items()]
        refused.append([frame["error"] for frame in map(client.reply, numbers)
                        if "error" in frame])
    assert len(refused[0]) + len(refused[1]) >= 8, "one rate for both connections"
    for error in refused[0] + refused[1]:
        assert (error["code"], error["retryable"]) == ("rate_limited", True)
        assert error["retry_ms"] > 0
    assert len(refused[2]) == 2, "the other one has three of his own"
    for client in connections:
        client.close()


def test_who_is_disconnected_loses_all_connections_and_nobody_else_any(server, people, boss):
    alice, bob, _ = people
    room = unique_room()
    old, new, idle = (Chat(server, bob.token, room), V2(server, bob.token, [room]),
                      V2(server, bob.token, []))
    others = [Chat(server, alice.token, room), V2(server, alice.token, [room])]
    bob("POST", f"/users/{alice.id}/disconnect").problem(403, "not_allowed")
    answer = boss("POST", f"/users/{bob.id}/disconnect")
    assert answer.status == 202 and answer.json() == {"user": bob.id}
    assert (old.closed(), new.closed(), idle.closed()) == (4003, 4503, 4503)
    others[0].send("still here")
    while "still here" not in str(others[1].push()):
        pass
    server.wait_for_output(f'"user_disconnected","user":"{bob.id}","by":"{boss.id}"')
    for client in others:
        client.close()
    call(server, "POST", f"/users/{bob.id}/disconnect").problem(401, "token_missing")


def test_bots_are_given_tokens_that_give_no_power(people, boss):
    made = boss("POST", "/tokens", {"user": "bot-builds", "name": "Builds", "expires_in": 600})
    assert made.status == 201 and made.headers["Cache-Control"] == "no-store"
    told = made.json()
    assert told["expires_in"] == 600 and told["user"] == {"id": "bot-builds", "name": "Builds"}
    bot = Api(boss.server, told["token"])
    assert bot.id == "bot-builds"
    room = unique_room()
    bot.say(room, "green")
    message, = bot("GET", f"/rooms/{room}/messages").json()["messages"]
    assert message["user"] == {"id": "bot-builds", "name": "Builds"}
    bot("POST", "/tokens", {"user": "bot-more"}).problem(403, "not_allowed")
    bot.moderate(room, "kick", people[0]).problem(403, "not_allowed")
    people[0]("POST", "/tokens", {"user": "bot-x"}).problem(403, "not_allowed")
    for user in (people[0].id, "bot-", "bot-a b", "robot-x", "bot-" + "x" * 125, ""):
        boss("POST", "/tokens", {"user": user}).problem(422, "bad_request")
    for more in ({"expires_in": 59}, {"expires_in": 86_401}, {"name": ""}, {"name": "a\u202eb"}):
        boss("POST", "/tokens", {"user": "bot-x", **more}).problem(422, "bad_request")
    boss("POST", "/tokens", {"user": "bot-x", "moderator": True}).problem(422, "unknown_field")


def test_many_ask_for_the_same_room_at_once(people):
    alice = people[0]
    key = {"Idempotency-Key": new_cid()}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: alice("POST", "/rooms", {}, **key), range(24)))
    assert sorted(answer.status for answer in answers) == [200] * 23 + [201]
    assert len({answer.json()["room"] for answer in answers}) == 1
