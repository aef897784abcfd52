"""Protocol v2: private and direct rooms. Who is no member learns nothing of them; membership and
roles are events of the room, kept, and in force at once."""
import json

import pytest

from chat import Chat
from support import mint_tokens, unique_room
from v2 import V2, new_cid


def members_of(client, room):
    return {m["id"]: m["role"] for m in client.call("members", room=room)["members"]}


def user_id(client):
    return client.hello["user"]["id"]


@pytest.fixture
def people(server):
    """Three users, each with a connection."""
    clients = [V2(server, token, []) for token in mint_tokens(server, 3)]
    yield clients
    for client in clients:
        client.close()


@pytest.fixture
def private(people):
    """A room of the first, of which the second is a member; both are in it."""
    alice, bob, _ = people
    room = alice.call("create", cid=new_cid(), title="Plans")["room"]
    alice.call("set_role", room=room, user=user_id(bob), role="member")
    for client in (alice, bob):
        assert client.call("join", room=room)["head"] == 2
        assert client.caught_up()["room"] == room
    return room


def test_a_private_room_is_made_once_for_each_cid(server, people):
    alice, bob, _ = people
    cid = new_cid()
    made = alice.call("create", cid=cid, title="Plans")
    assert made["room"].startswith("~p") and len(made["room"]) == 28 and made["dup"] is False
    assert alice.call("create", cid=cid, title="Plans") == {"room": made["room"], "dup": True}
    assert bob.call("create", cid=cid)["room"] != made["room"]
    assert members_of(alice, made["room"]) == {user_id(alice): "owner"}
    assert alice.call("members", room=made["room"])["title"] == "Plans"


def test_who_is_no_member_cannot_tell_it_from_a_room_that_is_not_there(people, private):
    _, _, eve = people
    other = private[:-1] + ("a" if private[-1] != "a" else "b")
    commands = {
        "join": {}, "members": {}, "mark_read": {"seq": 1},
        "set_role": {"user": user_id(eve), "role": "owner"}, "configure": {"title": "Mine"},
        "kick": {"user": user_id(eve)}, "ban": {"user": user_id(eve), "for_s": 1},
    }
    for method, arguments in commands.items():
        there = eve.error(method, room=private, **arguments)
        assert there == eve.error(method, room=other, **arguments)
        assert there["code"] == "no_such_room" and there["retryable"] is False


def test_connecting_with_a_room_of_others_does_not_cost_the_own_ones(server, people, private):
    token = mint_tokens(server, 1)[0]
    own = unique_room()
    client = V2(server, token, [private, own])
    assert client.hello["rooms"][private] == {"resume": "gone"}
    assert client.hello["rooms"][own]["resume"] == "ok"
    assert client.caught_up()["room"] == own
    assert client.publish(own, "hello")["seq"] == 1
    client.close()


def test_members_hear_each_other_and_nobody_else_does(people, private):
    alice, bob, _ = people
    alice.publish(private, "between us")
    assert bob.event()["body"] == "between us"
    assert alice.event()["body"] == "between us"


def test_who_is_let_in_hears_and_reads_what_was_said_before(people, private):
    alice, _, eve = people
    alice.publish(private, "before you came")
    reply = alice.call("set_role", room=private, user=user_id(eve), role="member")
    assert reply["seq"] == 4
    assert eve.call("join", room=private)["head"] == 4
    bodies = [m["body"] for m in eve.call("history", room=private)["messages"]]
    assert bodies == ["before you came"]
    events = eve.call("history", room=private, events=True)["events"]
    assert events[0]["kind"] == "room"
    assert events[0]["settings"] == {"created": True, "title": "Plans"}
    assert events[-1]["kind"] == "member"
    assert events[-1]["member"] == {"user": user_id(eve), "role": "member"}


@pytest.mark.parametrize("how, action", [("kick", "kick"), ("ban", "ban"), ("role", "set_role")])
def test_who_is_taken_out_hears_nothing_behind_that(people, private, how, action):
    alice, bob, _ = people
    out = {"kick": lambda: alice.begin("kick", room=private, user=user_id(bob)),
           "ban": lambda: alice.begin("ban", room=private, user=user_id(bob), for_s=60),
           "role": lambda: alice.begin("set_role", room=private, user=user_id(bob), role="none")}
    going = out[how]()
    publishing = [alice.begin("publish", room=private, body=f"secret {n}", cid=new_cid())
                  for n in range(5)]
    seq = alice.reply(going)[action]["seq"]
    for number in publishing:
        alice.reply(number)
    heard = bob.push()
    while "removed" not in heard:
        assert heard["event"]["seq"] <= seq
        heard = bob.push()
    assert heard["removed"] == {"room": private, "seq": seq, "action": action}
    assert bob.error("publish", room=private, body="still here?", cid=new_cid())["code"] == (
        "not_joined")
    assert bob.error("join", room=private)["code"] == "no_such_room"
    assert bob.error("history", room=private)["code"] == "not_joined"
    assert bob.pushes == []


def test_a_removed_member_who_comes_back_with_a_position_is_told_nothing(server, people, private):
    alice, bob, _ = people
    alice.publish(private, "one")
    alice.call("kick", room=private, user=user_id(bob))
    alice.publish(private, "two")
    epoch = alice.call("history", room=private)["epoch"]
    assert bob.error("join", room=private, position={"epoch": epoch, "seq": 2})["code"] == (
        "no_such_room")


def test_nobody_gives_himself_more_than_he_has(people, private):
    alice, bob, eve = people
    for role in ("owner", "moderator"):
        error = bob.error("set_role", room=private, user=user_id(bob), role=role)
        assert error["code"] == "not_allowed"
    assert bob.error("set_role", room=private, user=user_id(eve), role="member")["code"] == (
        "not_allowed")
    alice.call("set_role", room=private, user=user_id(bob), role="moderator")
    assert bob.call("set_role", room=private, user=user_id(eve), role="member")["seq"] == 4
    assert bob.error("set_role", room=private, user=user_id(eve), role="moderator")["code"] == (
        "not_allowed")
    assert bob.error("kick", room=private, user=user_id(alice))["code"] == "not_allowed"


def test_the_last_owner_cannot_go_before_the_others(people, private):
    alice, bob, _ = people
    error = alice.error("set_role", room=private, user=user_id(alice), role="none")
    assert error["code"] == "last_owner"
    alice.call("set_role", room=private, user=user_id(bob), role="owner")
    alice.call("set_role", room=private, user=user_id(alice), role="none")
    assert members_of(bob, private) == {user_id(bob): "owner"}
    bob.call("set_role", room=private, user=user_id(bob), role="none")


def test_a_direct_room_is_the_same_for_both_and_for_nobody_else(people):
    alice, bob, eve = people
    made = alice.call("direct", user=user_id(bob))
    assert made["room"].startswith("~d") and made["dup"] is False
    assert bob.call("direct", user=user_id(alice)) == {"room": made["room"], "dup": True}
    for client in (alice, bob):
        client.call("join", room=made["room"])
        client.caught_up()
    alice.publish(made["room"], "psst")
    assert bob.event()["body"] == "psst"
    assert eve.error("join", room=made["room"])["code"] == "no_such_room"
    for method, arguments in {"kick": {}, "ban": {"for_s": 1}, "mute": {"for_s": 1},
                              "set_role": {"role": "none"}}.items():
        error = alice.error(method, room=made["room"], user=user_id(bob), **arguments)
        assert error["code"] == "not_allowed"
    assert alice.error("configure", room=made["room"], title="x")["code"] == "not_allowed"


def test_membership_outlives_the_server(start_server, tmp_path):
    server = start_server(directory=tmp_path)
    tokens = mint_tokens(server, 2)
    alice, bob = (V2(server, token, []) for token in tokens)
    room = alice.call("create", cid=new_cid(), title="Kept")["room"]
    alice.call("set_role", room=room, user=user_id(bob), role="moderator")
    alice.call("configure", room=room, slow_mode_s=30)
    server.stop()
    server = start_server(directory=tmp_path)
    bob = V2(server, tokens[1], [room])
    seen = bob.call("members", room=room)
    assert (seen["title"], seen["slow_mode_s"], seen["role"]) == ("Kept", 30, "moderator")
    assert seen["count"] == 2 and bob.hello["rooms"][room]["head"] == 3


def test_v1_comes_into_a_private_room_only_as_a_member(server, people, private):
    alice, bob, _ = people
    member, stranger = mint_tokens(server, 2)
    assert Chat(server, stranger, private).closed() == 4003
    # A second session of its own for the member: mint one and let it in.
    who = V2(server, member, [])
    alice.call("set_role", room=private, user=user_id(who), role="member")
    old = Chat(server, member, private)
    old.joined(old_name(member))
    alice.pushes.clear()
    alice.publish(private, "old and new")
    assert old.message()["message"] == "old and new"
    alice.call("kick", room=private, user=user_id(who))
    assert old.closed() == 4003
    who.close()


def old_name(token):
    import base64
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["name"]


def test_members_are_paged_by_their_ids(people, private):
    alice = people[0]
    for n in range(5):
        alice.call("set_role", room=private, user=f"bot-{n}", role="member")
    first = alice.call("members", room=private, limit=4)
    rest = alice.call("members", room=private, after=first["members"][-1]["id"])
    ids = [m["id"] for m in first["members"] + rest["members"]]
    assert first["count"] == 7 and not first["end"] and rest["end"]
    assert ids == sorted(ids) and len(ids) == 7


def test_a_room_has_a_largest_number_of_members(start_server):
    server = start_server(settings={"limits.messages_burst": 1100,
                                    "limits.user_messages_burst": 1100})
    alice = V2(server, mint_tokens(server, 1)[0], [])
    room = alice.call("create", cid=new_cid())["room"]
    numbers = [alice.begin("set_role", room=room, user=f"u{n}", role="member")
               for n in range(999)]
    for number in numbers:
        assert "set_role" in alice.reply(number)
    error = alice.error("set_role", room=room, user="one more", role="member")
    assert error["code"] == "too_many_members"
    assert alice.call("set_role", room=room, user="u7", role="moderator")["dup"] is False
