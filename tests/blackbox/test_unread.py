"""Protocol v2: the rooms of a user, what is unread in them, and who is mentioned."""
import pytest

from support import mint_moderator, mint_tokens, new_user, run_confab, unique_room
from v2 import V2, new_cid


def user_id(client):
    return client.hello["user"]["id"]


def rooms_of(client):
    return {room["room"]: room for room in client.call("rooms")["rooms"]}


@pytest.fixture(params=["sqlite", "memory"])
def pair(request, start_server, tmp_path):
    settings = {}
    if request.param == "memory":
        # It would make a secret of its own, which nobody else knows.
        run_confab("token", "mint", "--data-dir", tmp_path / "data")
        settings = {"auth.secret_file": tmp_path / "data" / "secret"}
    server = start_server("--store", request.param, settings=settings)
    clients = [V2(server, token, []) for token in mint_tokens(server, 2)]
    yield server, *clients
    for client in clients:
        client.close()


def test_the_rooms_of_a_user_are_those_he_is_a_member_of_or_has_read(pair):
    _, alice, bob = pair
    assert alice.call("rooms") == {"rooms": []}
    private = alice.call("create", cid=new_cid(), title="Plans")["room"]
    direct = alice.call("direct", user=user_id(bob))["room"]
    public = unique_room()
    alice.call("join", room=public)
    alice.publish(public, "hello")
    assert set(rooms_of(alice)) == {private, direct}
    alice.call("mark_read", room=public, seq=1)
    seen = rooms_of(alice)
    assert set(seen) == {private, direct, public}
    assert (seen[private]["kind"], seen[private]["title"], seen[private]["role"]) == (
        "private", "Plans", "owner")
    assert (seen[direct]["kind"], seen[public]["kind"]) == ("direct", "public")
    assert seen[public]["read"] == seen[public]["head"] == 1
    assert set(rooms_of(bob)) == {direct}
    assert "with" not in seen[private] and "with" not in seen[public]
    assert seen[direct]["with"] == {"id": user_id(bob)}
    assert rooms_of(bob)[direct]["with"] == {"id": user_id(alice)}
    note = alice.call("direct", user=user_id(alice))["room"]
    assert rooms_of(alice)[note]["with"] == {"id": user_id(alice)}


def test_who_has_an_account_has_a_name_also_when_he_is_not_there(server):
    accounts = [new_user(server, name) for name in ("Ann Other", "Ben Other")]
    ann, ben = (V2(server, account.token, []) for account in accounts)
    room = ann.call("direct", user=accounts[1].id)["room"]
    assert rooms_of(ann)[room]["with"] == {"id": accounts[1].id, "name": "Ben Other"}
    assert rooms_of(ben)[room]["with"] == {"id": accounts[0].id, "name": "Ann Other"}
    ben.close()
    members = ann.call("members", room=room)["members"]
    assert {each["id"]: each["name"] for each in members} == {
        accounts[0].id: "Ann Other", accounts[1].id: "Ben Other"}
    ann.close()


def test_unread_are_messages_of_others_behind_the_marker(pair):
    _, alice, bob = pair
    room = alice.call("direct", user=user_id(bob))["room"]
    for client in (alice, bob):
        client.call("join", room=room)
    seqs = [alice.publish(room, f"{n}")["seq"] for n in range(5)]
    bob.publish(room, "mine")
    bob.call("react", room=room, seq=seqs[0], reaction="up")
    assert rooms_of(bob)[room]["unread"] == 5 and rooms_of(alice)[room]["unread"] == 1
    alice.call("delete", room=room, seq=seqs[4])
    assert rooms_of(bob)[room]["unread"] == 4
    assert bob.call("mark_read", room=room, seq=seqs[1]) == {"seq": seqs[1]}
    assert rooms_of(bob)[room]["unread"] == 2


def test_a_marker_never_goes_back_nor_beyond_the_head(pair):
    _, alice, bob = pair
    room = alice.call("direct", user=user_id(bob))["room"]
    alice.call("join", room=room)
    alice.publish(room, "one")
    assert alice.call("mark_read", room=room, seq=1000) == {"seq": 2}
    assert alice.call("mark_read", room=room, seq=1) == {"seq": 2}
    assert alice.error("mark_read", room=unique_room(), seq=1)["code"] == "no_such_room"


def test_all_connections_of_a_user_hear_what_he_has_read_and_where_he_was_added(pair):
    server, alice, _ = pair
    token = mint_tokens(server, 1)[0]
    several = [V2(server, token, []) for _ in range(5)]
    who = user_id(several[0])
    private = alice.call("create", cid=new_cid())["room"]
    alice.call("set_role", room=private, user=who, role="moderator")
    direct = alice.call("direct", user=who)["room"]
    several[2].call("mark_read", room=private, seq=2)
    for client in several:
        assert client.notice() == {"added": {"room": private, "role": "moderator"}}
        assert client.notice() == {"added": {"room": direct, "role": "member"}}
        assert client.notice() == {"read": {"room": private, "seq": 2}}
        client.close()
    assert alice.pushes == [] and alice.notices == []


def test_mentions_are_counted_for_whom_they_name(pair):
    _, alice, bob = pair
    room = alice.call("direct", user=user_id(bob))["room"]
    for client in (alice, bob):
        client.call("join", room=room)
    named = alice.publish(room, "hey you", mentions=[user_id(bob), "somebody else"])["seq"]
    alice.publish(room, "nobody in particular")
    bob.caught_up()
    event = bob.event()
    assert event["mentions"] == [user_id(bob), "somebody else"]
    assert rooms_of(bob)[room]["mentions"] == 1 and rooms_of(alice)[room]["mentions"] == 0
    message = [m for m in bob.call("history", room=room)["messages"] if m["seq"] == named][0]
    assert message["mentions"] == event["mentions"]
    alice.call("delete", room=room, seq=named)
    assert rooms_of(bob)[room]["mentions"] == 0


def test_everything_unread_is_counted(pair):
    server, alice, bob = pair
    room = alice.call("direct", user=user_id(bob))["room"]
    alice.call("join", room=room)
    numbers = [alice.begin("publish", room=room, body="x", cid=new_cid(),
                           mentions=[user_id(bob)]) for _ in range(45)]
    for number in numbers:
        alice.reply(number)
    seen = rooms_of(bob)[room]
    assert (seen["unread"], seen["mentions"]) == (45, 45)


def test_rooms_come_with_the_newest_first(pair):
    _, alice, bob = pair
    rooms = [alice.call("create", cid=new_cid())["room"] for _ in range(4)]
    alice.call("join", room=rooms[1])
    alice.publish(rooms[1], "newest")
    listed = [room["room"] for room in alice.call("rooms")["rooms"]]
    assert listed[0] == rooms[1] and set(listed) == set(rooms)


def test_who_is_banned_or_out_is_told_of_the_room_no_more(pair):
    server, alice, bob = pair
    boss = V2(server, mint_moderator(server), [])
    private = alice.call("create", cid=new_cid())["room"]
    alice.call("set_role", room=private, user=user_id(bob), role="member")
    public = unique_room()
    bob.call("join", room=public)
    bob.publish(public, "hello")
    bob.call("mark_read", room=public, seq=1)
    assert set(rooms_of(bob)) == {private, public}
    alice.call("kick", room=private, user=user_id(bob))
    boss.call("ban", room=public, user=user_id(bob), for_s=60)
    assert rooms_of(bob) == {}
    boss.close()
