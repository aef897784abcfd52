"""Moderation: kick, ban, mute, slow mode, read-only rooms, deleting what others said. It is in
force at once, on open connections of both protocols, and is written down."""
import json

import pytest

from chat import Chat
from support import eventually, mint_moderator, mint_tokens, run_confab, unique_room
from v2 import V2, new_cid


def user_id(client):
    return client.hello["user"]["id"]


@pytest.fixture
def public(server):
    """A public room with a moderator of the server, and two users, each with a connection."""
    room = unique_room()
    boss = V2(server, mint_moderator(server), [room])
    alice, bob = (V2(server, token, [room]) for token in mint_tokens(server, 2))
    for client in (boss, alice, bob):
        assert "room" in client.caught_up()
    boss.publish(room, "welcome")
    for client in (boss, alice, bob):
        client.event()
    yield room, boss, alice, bob
    for client in (boss, alice, bob):
        client.close()


def test_who_is_nothing_special_may_not_moderate(public):
    room, boss, alice, bob = public
    for method, arguments in {"kick": {}, "ban": {"for_s": 9}, "mute": {"for_s": 9}, "unban": {},
                              "unmute": {}, "set_role": {"role": "moderator"}}.items():
        error = alice.error(method, room=room, user=user_id(bob), **arguments)
        assert error["code"] == "not_allowed", method
    assert alice.error("configure", room=room, read_only=True)["code"] == "not_allowed"
    assert alice.error("kick", room=room, user=user_id(boss))["code"] == "not_allowed"


def test_a_kick_ends_the_room_and_lets_come_again(public):
    room, boss, alice, bob = public
    seq = boss.call("kick", room=room, user=user_id(bob), reason="cool down")["seq"]
    heard = alice.event()
    assert heard["kind"] == "moderation" and heard["seq"] == seq
    assert heard["moderation"] == {"action": "kick", "user": user_id(bob), "reason": "cool down"}
    while True:
        frame = bob.push()
        if "removed" in frame:
            break
    assert frame["removed"] == {"room": room, "seq": seq, "action": "kick"}
    assert bob.call("join", room=room)["head"] == seq


def test_a_ban_keeps_out_until_it_is_taken_back(server, public):
    room, boss, alice, bob = public
    boss.call("ban", room=room, user=user_id(bob), for_s=3600)
    while "removed" not in bob.push():
        pass
    assert bob.error("join", room=room)["code"] == "banned"
    assert bob.error("members", room=room)["code"] == "banned"
    assert boss.error("unban", room=room, user=user_id(alice))["code"] == "not_banned"
    boss.call("unban", room=room, user=user_id(bob))
    assert bob.call("join", room=room)["resume"] == "ok"


def test_a_ban_ends_by_itself(public):
    room, boss, _, bob = public
    boss.call("ban", room=room, user=user_id(bob), for_s=1)
    while "removed" not in bob.push():
        pass
    eventually(lambda: "join" in bob.reply(bob.begin("join", room=room)), "the ban is over")


def test_who_is_muted_reads_and_does_not_speak(public):
    room, boss, alice, bob = public
    mine = bob.publish(room, "before")["seq"]
    boss.call("mute", room=room, user=user_id(bob), for_s=3600)
    for method, arguments in {
            "publish": {"body": "x", "cid": new_cid()}, "edit": {"seq": mine, "body": "y"},
            "react": {"seq": 1, "reaction": "up"}}.items():
        assert bob.error(method, room=room, **arguments)["code"] == "muted", method
    alice.publish(room, "we go on")
    bodies = [m["body"] for m in bob.call("history", room=room)["messages"]]
    assert bodies == ["welcome", "before", "we go on"]
    assert bob.call("delete", room=room, seq=mine)["dup"] is False
    boss.call("unmute", room=room, user=user_id(bob))
    bob.publish(room, "again")


def test_a_repetition_of_what_was_stored_is_answered_even_to_the_muted(public):
    room, boss, _, bob = public
    cid = new_cid()
    first = bob.publish(room, "once", cid=cid)
    boss.call("mute", room=room, user=user_id(bob), for_s=3600)
    again = bob.publish(room, "once", cid=cid)
    assert again["dup"] is True and again["seq"] == first["seq"]


def test_slow_mode_spaces_the_messages_of_members(public):
    room, boss, alice, _ = public
    boss.call("configure", room=room, slow_mode_s=3600)
    alice.publish(room, "one")
    error = alice.error("publish", room=room, body="two", cid=new_cid())
    assert error["code"] == "slow_mode" and error["retryable"]
    assert 3_500_000 < error["retry_ms"] <= 3_600_000
    boss.publish(room, "one"), boss.publish(room, "two")
    boss.call("configure", room=room, slow_mode_s=0)
    alice.publish(room, "two")


def test_a_read_only_room_is_for_moderators_to_speak_in(public):
    room, boss, alice, bob = public
    boss.call("configure", room=room, read_only=True)
    error = alice.error("publish", room=room, body="hm", cid=new_cid())
    assert error["code"] == "read_only"
    boss.publish(room, "news")
    boss.call("set_role", room=room, user=user_id(alice), role="moderator")
    alice.publish(room, "thanks")


def test_moderators_delete_what_others_said(public):
    room, boss, alice, bob = public
    seq = bob.publish(room, "spam")["seq"]
    assert alice.error("delete", room=room, seq=seq)["code"] == "not_author"
    assert alice.error("edit", room=room, seq=seq, body="ham")["code"] == "not_author"
    boss.call("delete", room=room, seq=seq)
    message = alice.call("history", room=room)["messages"][-1]
    assert message["body"] == "" and "deleted" in message


def test_moderators_do_not_act_on_who_ranks_as_high(server, public):
    room, boss, alice, bob = public
    boss.call("set_role", room=room, user=user_id(alice), role="moderator")
    boss.call("set_role", room=room, user=user_id(bob), role="moderator")
    assert alice.error("kick", room=room, user=user_id(bob))["code"] == "not_allowed"
    assert alice.error("set_role", room=room, user=user_id(bob), role="none")["code"] == (
        "not_allowed")
    boss.call("kick", room=room, user=user_id(bob))


def test_a_moderator_of_the_server_is_nobody_in_private_rooms(server, public):
    _, boss, alice, _ = public
    room = alice.call("create", cid=new_cid())["room"]
    assert boss.error("join", room=room)["code"] == "no_such_room"
    assert boss.error("kick", room=room, user=user_id(alice))["code"] == "no_such_room"


def test_v1_is_told_in_words_and_closed_when_it_has_to_go(server, public):
    room, boss, _, _ = public
    token = mint_tokens(server, 1)[0]
    named = V2(server, token, [])
    old = Chat(server, token, room)
    old.notice()
    boss.call("mute", room=room, user=user_id(named), for_s=3600)
    old.send("hello?")
    assert old.notice() == "Not sent: you may not speak in this room."
    boss.call("ban", room=room, user=user_id(named), for_s=3600)
    assert old.closed() == 4003
    assert Chat(server, token, room).closed() == 4003
    named.close()


def test_all_connections_of_who_has_to_go_are_told(server, public):
    room, boss, _, _ = public
    token = mint_tokens(server, 1)[0]
    several = [V2(server, token, [room]) for _ in range(6)]
    boss.call("kick", room=room, user=user_id(several[0]))
    for client in several:
        while "removed" not in client.push():
            pass
        client.close()


def test_moderation_is_in_the_history_and_in_the_audit(server, public):
    room, boss, alice, bob = public
    seq = bob.publish(room, "spam")["seq"]
    boss.call("delete", room=room, seq=seq)
    boss.call("ban", room=room, user=user_id(bob), for_s=60, reason="spam")
    kinds = [e["kind"] for e in alice.call("history", room=room, events=True)["events"]]
    assert kinds == ["message", "message", "delete", "moderation"]
    code, out, err = run_confab("audit", "--data-dir", server.data_dir, "--room", room)
    assert code == 0, err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(line["action"], line["actor"]) for line in lines] == [
        ("delete", user_id(boss)), ("ban", user_id(boss))]
    assert lines[0]["detail"] == {"target": seq}
    assert lines[1]["detail"]["reason"] == "spam" and lines[1]["room"] == room


def test_a_token_that_says_less_lets_do_less(server):
    user, room = f"user-{new_cid()}", unique_room()
    more, less = (run_confab("token", "mint", "--data-dir", server.data_dir, "--user-id", user,
                             *flags)[1].strip() for flags in (["--moderator"], []))
    client = V2(server, more, [room])
    client.call("configure", room=room, read_only=True)
    client.publish(room, "a moderator speaks")
    client.call("refresh", token=less)
    assert client.error("configure", room=room, read_only=False)["code"] == "not_allowed"
    assert client.error("publish", room=room, body="x", cid=new_cid())["code"] == "read_only"
    client.call("refresh", token=more)
    client.publish(room, "again")
    client.close()
