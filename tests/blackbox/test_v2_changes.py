"""Protocol v2: what changes messages. Edits, deletions and reactions are events like any other;
history tells what a message is now, or the events themselves."""
import pytest

from chat import Chat
from support import mint_tokens, unique_room
from v2 import V2, new_cid


@pytest.fixture
def pair(server):
    """Two people in one room, in which the first has said something."""
    room = unique_room()
    alice, bob = (V2(server, token, [room]) for token in mint_tokens(server, 2))
    alice.caught_up(), bob.caught_up()
    assert alice.publish(room, "hello wrold")["seq"] == 1
    alice.event(), bob.event()
    yield room, alice, bob
    alice.close(), bob.close()


def folded(client, room, **arguments):
    return client.call("history", room=room, **arguments)["messages"]


def fold(events, reader):
    """What a client makes of the events it heard: the messages as they are now."""
    messages = {}
    for event in events:
        if event["kind"] == "message":
            messages[event["seq"]] = dict(event)
            continue
        message = messages[event["target"]]
        change = {"seq": event["seq"], "ts": event["ts"]}
        if event["kind"] == "edit":
            message.update(body=event["body"], edited=change)
        elif event["kind"] == "delete":
            message.update(body="", deleted=change)
            message.pop("reactions", None)
            message.pop("who", None)
        else:
            who = message.setdefault("who", {}).setdefault(event["reaction"], set())
            (who.add if event["added"] else who.discard)(event["user"]["id"])
    for message in messages.values():
        reactions = [{"reaction": text, "count": len(who), "mine": reader in who}
                     for text, who in sorted(message.pop("who", {}).items(),
                                             key=lambda item: item[0].encode()) if who]
        if reactions:
            message["reactions"] = reactions
    return list(messages.values())


def test_an_edit_is_heard_and_history_tells_the_new_text(pair):
    room, alice, bob = pair
    reply = alice.call("edit", room=room, seq=1, body="hello world", cid=new_cid())
    assert reply["seq"] == 2 and reply["dup"] is False
    heard = bob.event()
    assert heard["kind"] == "edit" and heard["target"] == 1 and heard["body"] == "hello world"
    assert heard["seq"] == 2 and heard["id"] == reply["id"] and heard["ts"] == reply["ts"]
    assert alice.event() == heard
    message, = folded(bob, room)
    assert message["seq"] == 1 and message["body"] == "hello world"
    assert message["edited"] == {"seq": 2, "ts": reply["ts"]}
    events = bob.call("history", room=room, events=True)["events"]
    assert [event["body"] for event in events] == ["hello wrold", "hello world"]


def test_a_deleted_message_has_no_text_anywhere(pair):
    room, alice, bob = pair
    alice.call("edit", room=room, seq=1, body="my secret")
    alice.call("delete", room=room, seq=1)
    assert [bob.event()["kind"] for _ in range(2)] == ["edit", "delete"]
    message, = folded(bob, room)
    assert message["body"] == "" and message["deleted"]["seq"] == 3
    events = bob.call("history", room=room, events=True)["events"]
    assert "secret" not in str(events) and "wrold" not in str(events)
    for method, more in (("edit", {"body": "x"}), ("delete", {}), ("react", {"reaction": "+"})):
        assert alice.error(method, room=room, seq=1, **more)["code"] == "message_deleted"


def test_messages_of_others_are_left_alone(pair):
    room, alice, bob = pair
    for method, more in (("edit", {"body": "x"}), ("delete", {})):
        error = bob.error(method, room=room, seq=1, **more)
        assert error["code"] == "not_author" and error["retryable"] is False
    assert bob.error("edit", room=room, seq=99, body="x")["code"] == "no_such_message"
    assert folded(bob, room)[0]["body"] == "hello wrold"
    assert bob.call("history", room=room)["head"] == 1, "refusals leave no hole"


def test_changes_need_the_room(server, pair):
    room, _, _ = pair
    with_nothing = V2(server, mint_tokens(server, 1)[0], [])
    for method, more in (("edit", {"body": "x"}), ("delete", {}), ("react", {"reaction": "+"}),
                         ("unreact", {"reaction": "+"})):
        assert with_nothing.error(method, room=room, seq=1, **more)["code"] == "not_joined"
    with_nothing.close()


def test_reactions_count_users_once(pair):
    room, alice, bob = pair
    first = bob.call("react", room=room, seq=1, reaction="\N{THUMBS UP SIGN}")
    heard = alice.event()
    assert heard["kind"] == "reaction" and heard["added"] is True
    assert heard["reaction"] == "\N{THUMBS UP SIGN}" and heard["target"] == 1
    again = bob.call("react", room=room, seq=1, reaction="\N{THUMBS UP SIGN}")
    assert again == {**first, "dup": True}
    alice.call("react", room=room, seq=1, reaction="\N{THUMBS UP SIGN}")
    assert folded(bob, room)[0]["reactions"] == [
        {"reaction": "\N{THUMBS UP SIGN}", "count": 2, "mine": True}]
    bob.call("unreact", room=room, seq=1, reaction="\N{THUMBS UP SIGN}")
    assert bob.error("unreact", room=room, seq=1,
                     reaction="\N{THUMBS UP SIGN}")["code"] == "no_such_reaction"
    assert folded(bob, room)[0]["reactions"] == [
        {"reaction": "\N{THUMBS UP SIGN}", "count": 1, "mine": False}]


def test_a_repeated_change_gets_the_first_answer(server, pair):
    room, alice, _ = pair
    cid = new_cid()
    first = alice.call("edit", room=room, seq=1, body="second", cid=cid)
    alice.call("edit", room=room, seq=1, body="third")
    assert alice.call("edit", room=room, seq=1, body="second", cid=cid) == {**first, "dup": True}
    assert folded(alice, room)[0]["body"] == "third"
    assert alice.error("edit", room=room, seq=1, body="other", cid=cid)["code"] == "conflict"
    assert alice.error("delete", room=room, seq=1, cid=cid)["code"] == "conflict"


def test_who_was_away_gets_the_changes_too(server):
    room = unique_room()
    one, two = mint_tokens(server, 2)
    alice, bob = V2(server, one, [room]), V2(server, two, [room])
    epoch = bob.hello["rooms"][room]["epoch"]
    alice.publish(room, "a")
    bob.close()
    alice.call("edit", room=room, seq=1, body="b")
    alice.call("react", room=room, seq=1, reaction="+")
    back = V2(server, two, {room: {"epoch": epoch, "seq": 1}})
    assert [back.event()["kind"] for _ in range(2)] == ["edit", "reaction"]
    assert back.caught_up() == {"room": room, "seq": 3}
    alice.close(), back.close()


def test_v1_hears_messages_and_no_changes(server, pair):
    room, alice, bob = pair
    token = mint_tokens(server, 1)[0]
    old = Chat(server, token, room)
    old.receive()
    alice.call("edit", room=room, seq=1, body="hello world")
    alice.call("delete", room=room, seq=1)
    alice.publish(room, "after")
    old.hears("after")
    old.close()


def test_what_was_heard_adds_up_to_what_history_tells(server):
    """Three people, every command, in an order that a fixed rule makes."""
    room = unique_room()
    people = [V2(server, token, [room]) for token in mint_tokens(server, 3)]
    for person in people:
        person.caught_up()
    stored, said = 0, [1]
    for step in range(150):
        person = people[step % 3]
        target = said[step * 7 % len(said)]
        method, arguments = [
            ("publish", {"body": f"text {step}", "cid": new_cid()}),
            ("react", {"seq": target, "reaction": "+!?"[step // 3 % 3]}),
            ("edit", {"seq": target, "body": f"edit {step}"}),
            ("react", {"seq": target, "reaction": "+"}),
            ("unreact" if step % 2 else "delete",
             {"seq": target, **({"reaction": "+"} if step % 2 else {})})][step % 5]
        frame = person.reply(person.begin(method, room=room, **arguments))
        if "error" not in frame and not frame[method]["dup"]:
            stored += 1
            assert frame[method]["seq"] == stored
            if method == "publish" and step > 0:
                said.append(stored)
    assert stored > 75
    for person in people:
        heard = [person.event() for _ in range(stored)]
        assert [event["seq"] for event in heard] == list(range(1, stored + 1))
        told, after = [], 0
        while True:
            page = person.call("history", room=room, after=after)
            told += page["messages"]
            if page["end"]:
                break
            after = page["to"]
        # What was deleted later was heard with its text; nothing of that is told any more.
        assert told == fold(heard, person.hello["user"]["id"])
        person.close()
