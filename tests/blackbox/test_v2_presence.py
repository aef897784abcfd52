"""Protocol v2: who is in a room, and who is writing something."""
import math
import time

from chat import Chat
from support import LIFTED, call, mint_tokens, unique_room
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


def deltas_until(client, is_done):
    """The pushes of who came and went, up to the one of which that is true."""
    deltas = []
    while not deltas or not is_done(deltas[-1]):
        deltas.append(client.presence_delta())
        assert set(deltas[-1]) - {"more"} == {"room", "count", "joined", "left"}
    return deltas


def test_who_comes_and_goes_is_told_to_those_who_are_there(server):
    room = unique_room()
    one, two, three = mint_tokens(server, 3)
    alice = V2(server, one, [room])
    own = deltas_until(alice, lambda delta: delta["count"] == 1)[-1]
    assert own == {"room": room, "count": 1, "joined": [alice.hello["user"]], "left": []}
    bob = V2(server, two, [room])
    came = deltas_until(alice, lambda delta: delta["count"] == 2)
    assert came == [{"room": room, "count": 2, "joined": [bob.hello["user"]], "left": []}]
    again = V2(server, two, [room])
    bob.close()
    old = Chat(server, three, room)
    came = deltas_until(alice, lambda delta: delta["count"] == 3)
    assert [len(delta["joined"]) for delta in came] == [1] and not came[0]["left"], \
        "another connection of somebody who is there is nobody new"
    old.close()
    again.call("leave", room=room)
    went = deltas_until(alice, lambda delta: delta["count"] == 1)
    gone = [user["id"] for delta in went for user in delta["left"]]
    assert sorted(gone) == sorted([bob.hello["user"]["id"], came[0]["joined"][0]["id"]])
    assert not again.presences or again.presences[-1]["count"] > 1, "who has left hears no more"
    alice.close(), again.close()


def test_many_who_come_are_merged_and_some_are_named(start_server):
    interval = 2
    server = start_server(settings={**LIFTED,
                                    "chat.notice_merge_interval_ms": str(1000 * interval)})
    first, *tokens = mint_tokens(server, 31)
    alice = V2(server, first, ["lobby"])
    deltas_until(alice, lambda delta: delta["count"] == 1)
    crowd = [V2(server, connect=False) for _ in range(30)]
    began = time.monotonic()
    for client, token in zip(crowd, tokens):
        client.connect(token, ["lobby"])
    deltas = deltas_until(alice, lambda delta: delta["count"] == 31)
    most = math.ceil((time.monotonic() - began) / interval) + 1
    assert len(deltas) <= most, f"{len(deltas)} pushes, {most} at most"
    for delta, before in zip(deltas, [1] + [delta["count"] for delta in deltas]):
        assert len(delta["joined"]) == min(delta["count"] - before, 20)
        assert delta.get("more", False) is (delta["count"] - before > 20)
    for client in (alice, *crowd):
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
