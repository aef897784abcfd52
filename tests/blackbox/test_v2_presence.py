"""Protocol v2: who is in a room, and who is writing something."""
from chat import Chat
from support import call, mint_tokens, unique_room
from v2 import V2


def test_presence_counts_people_and_names_some(server):
    room = unique_room()
    one, two = mint_tokens(server, 2)
    alice, again, bob = (V2(server, token, [room]) for token in (one, one, two))
    answer = alice.call("presence", room=room)
    assert answer["count"] == 2
    ids = {person.hello["user"]["id"] for person in (alice, bob)}
    assert {user["id"] for user in answer["users"]} == ids
    assert all(set(user) == {"id", "name"} for user in answer["users"])
    again.close(), bob.close()
    while alice.call("presence", room=room)["count"] != 1:
        pass
    alice.close()


def test_presence_is_for_those_who_are_in_the_room(server):
    room = unique_room()
    client = V2(server, mint_tokens(server, 1)[0], [])
    assert client.error("presence", room=room)["code"] == "not_joined"
    assert client.error("typing", room=room)["code"] == "not_joined"
    client.close()


def test_a_server_may_ask_who_is_there(server):
    room = unique_room()
    one, two = mint_tokens(server, 2)
    ask = lambda: call(server, "GET", f"/rooms/{room}/presence", token=two).json()
    assert ask() == {"count": 0, "users": []}
    client = V2(server, one, [room])
    assert ask()["count"] == 1
    call(server, "GET", f"/rooms/{room}/presence").problem(401, "token_missing")
    call(server, "GET", "/rooms/a%20b/presence", token=two).problem(422, "bad_room_name")
    client.close()


def test_typing_is_told_and_kept_nowhere(server):
    room = unique_room()
    one, two, three = mint_tokens(server, 3)
    alice, bob = V2(server, one, [room]), V2(server, two, [room])
    old = Chat(server, three, room)
    old.receive()
    bob.caught_up()
    assert alice.call("typing", room=room) == {}
    alice.call("typing", room=room)  # so soon: not passed on
    alice.publish(room, "done")
    assert bob.push()["typing"] == {"room": room, "user": alice.hello["user"]}
    assert bob.event()["body"] == "done", "once, and in its place"
    old.hears("done")
    assert alice.call("history", room=room, events=True)["head"] == 1
    alice.close(), bob.close(), old.close()
