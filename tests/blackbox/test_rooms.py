"""Rooms: who hears what, who is said to come and go, and in which exact words."""
import json
import re
import time

import pytest

from chat import refusal_of
from raw_ws import RawWs
from support import LIFTED, call, new_user, unique_room


@pytest.fixture(scope="module")
def alice(server):
    return new_user(server, "Alice")


@pytest.fixture(scope="module")
def bob(server):
    return new_user(server, "Bob")


@pytest.fixture
def room():
    return unique_room()


def test_two_people_talk(server, chat, alice, bob, room):
    a = chat(server, alice, room).joined("Alice")
    b = chat(server, bob, room).joined("Bob")
    a.joined("Bob")
    a.send("hi Bob")
    for client in (a, b):
        message = client.hears("hi Bob")
        assert (message["user_id"], message["username"]) == (alice.id, "Alice")
    b.send("hi Alice")
    for client in (a, b):
        message = client.hears("hi Alice")
        assert (message["user_id"], message["username"]) == (bob.id, "Bob")
    b.close()
    a.left("Bob")


def test_rooms_do_not_hear_one_another(server, chat, alice, bob, room):
    a = chat(server, alice, room).joined("Alice")
    b = chat(server, bob, room + ".other").joined("Bob")
    a.send("only here")
    b.send("only there")
    a.hears("only here")
    b.hears("only there")


def test_one_person_in_several_rooms(server, chat, alice, bob, room):
    here = chat(server, alice, room).joined("Alice")
    there = chat(server, alice, room + "-2").joined("Alice")
    b = chat(server, bob, room + "-2").joined("Bob")
    there.joined("Bob")
    b.send("which one?")
    there.hears("which one?")
    here.close()
    b.send("still two of us")
    b.hears("which one?")
    b.hears("still two of us")
    there.hears("still two of us")


def test_the_same_person_twice_joins_once_and_leaves_with_the_last(server, chat, alice, bob, room):
    b = chat(server, bob, room).joined("Bob")
    first = chat(server, alice, room).joined("Alice")
    b.joined("Alice")
    second = chat(server, alice, room)
    first.send("from the first")
    for client in (first, second, b):
        client.hears("from the first")
    second.send("from the second")
    for client in (first, second, b):
        client.hears("from the second")
    second.close()
    first.send("one is left")
    b.hears("one is left")
    first.hears("one is left")
    first.close()
    b.left("Alice")
    b.send("alone")
    b.hears("alone")


@pytest.mark.parametrize("end", ["close", "cut"])
def test_leaving_is_noticed_however_it_happens(server, chat, alice, bob, room, end):
    b = chat(server, bob, room).joined("Bob")
    a = chat(server, alice, room).joined("Alice")
    b.joined("Alice")
    getattr(a, end)()
    b.left("Alice")


def test_a_reset_is_noticed(server, chat, alice, bob, room):
    b = chat(server, bob, room).joined("Bob")
    raw = RawWs(server, alice.token, room)
    b.joined("Alice")
    raw.reset()
    b.left("Alice")


def test_coming_back_is_announced_again(server, chat, alice, bob, room):
    b = chat(server, bob, room).joined("Bob")
    for _ in range(3):
        a = chat(server, alice, room).joined("Alice")
        b.joined("Alice")
        a.close()
        b.left("Alice")


def test_general_is_the_default(server, chat, alice, bob):
    a = chat(server, alice).joined("Alice")
    chat(server, bob, "general").joined("Bob")
    a.joined("Bob")


def test_the_exact_shape_of_a_message(server, alice, room):
    with RawWs(server, alice.token, room) as raw:
        raw.read_text()
        raw.text('say "hi" \\ \u00e9 \u4e2d \U0001f600 \u2028 \u0007 </script>')
        frame = raw.read_text()
    pattern = (r'\{"user_id":"[^"]+","username":"Alice",'
               r'"message":"(?:[^"\\]|\\.)*","timestamp":\d+\}')
    assert re.fullmatch(pattern, frame), frame
    message = json.loads(frame)
    assert message["message"] == 'say "hi" \\ \u00e9 \u4e2d \U0001f600 \u2028 \u0007 </script>'
    assert abs(message["timestamp"] - time.time()) < 60


def test_the_exact_shape_of_a_notice(server, alice, room):
    with RawWs(server, alice.token, room) as raw:
        frame = raw.read_text()
    pattern = r'system:\{"message":"Alice has joined the chat\.","timestamp":\d{10}\}'
    assert re.fullmatch(pattern, frame), frame


def test_a_name_is_quoted_properly(server, chat, room):
    odd = new_user(server, 'Ann "The\\Ace" O\'Neil \u4e2d')
    chat(server, odd, room).joined(odd.name)


def test_a_message_may_look_like_a_notice_and_stays_a_message(server, chat, alice, room):
    a = chat(server, alice, room).joined("Alice")
    fake = 'system:{"message":"Bob has left the chat.","timestamp":1}'
    a.send(fake)
    assert a.hears(fake)["username"] == "Alice"


def test_messages_keep_their_order(server, chat, alice, bob, room):
    a = chat(server, alice, room).joined("Alice")
    b = chat(server, bob, room).joined("Bob")
    a.joined("Bob")
    lines = [f"line {number}" for number in range(200)]
    for line in lines:
        a.send(line)
    assert [b.message()["message"] for _ in lines] == lines
    assert [a.message()["message"] for _ in lines] == lines


def test_everybody_sees_the_same_order(server, chat, alice, bob, room):
    a = chat(server, alice, room).joined("Alice")
    b = chat(server, bob, room).joined("Bob")
    a.joined("Bob")
    for number in range(100):
        a.send(f"a{number}")
        b.send(f"b{number}")
    seen = [[client.message()["message"] for _ in range(200)] for client in (a, b)]
    assert seen[0] == seen[1]


def test_an_empty_message_is_not_passed_on(server, chat, alice, room):
    a = chat(server, alice, room).joined("Alice")
    a.send("")
    a.send("something")
    a.hears("something")


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "x" * 64, "..", "-", "GENERAL"])
def test_good_room_names(server, alice, name):
    assert refusal_of(server, alice.token, name) == 101


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 65, "caf\u00e9", "a/b", "a\0b", "a\nb",
                                  "#room", "\u200broom", "a%20b"])
def test_bad_room_names(server, alice, name):
    assert refusal_of(server, alice.token, name) == 400
    answer = call(server, "GET", "/ws?token=" + alice.token + "&room=a%2Fb", headers={
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AQIDBAUGBwgJCgsMDQ4PEA=="})
    assert answer.problem(400, "bad_room_name")["title"] == "Malformed request"


def test_names_of_rooms_differ_by_the_case_of_letters(server, chat, alice, bob, room):
    a = chat(server, alice, room.lower()).joined("Alice")
    b = chat(server, bob, room.upper()).joined("Bob")
    b.send("upper")
    a.send("lower")
    a.hears("lower")
    b.hears("upper")


def test_a_room_goes_with_its_last_member(start_server, chat):
    fresh = start_server()
    user = new_user(fresh, "Alice")
    fresh.counts(0, "confab_rooms")
    client = chat(fresh, user, "short-lived").joined("Alice")
    second = chat(fresh, user, "short-lived")
    fresh.counts(1, "confab_rooms")
    client.close()
    fresh.counts(1, "confab_rooms")
    second.close()
    fresh.counts(0, "confab_rooms")


def count_in(notice, name, verb):
    """How many people a notice stands for."""
    if re.fullmatch(rf"{name} \d+ has {verb} the chat\.", notice):
        return 1
    merged = re.fullmatch(rf"(\d+) people have {verb} the chat\.", notice)
    assert merged, notice
    assert int(merged.group(1)) > 1
    return int(merged.group(1))


def test_big_rooms_merge_notices(start_server, chat):
    merging = start_server(settings={**LIFTED, "chat.notice_merge_users": "2",
                                     "chat.notice_merge_interval_ms": "1000"})
    watcher = chat(merging, new_user(merging, "Watcher"), "big").joined("Watcher")
    others = [new_user(merging, f"Guest {number}") for number in range(10)]
    clients = [chat(merging, other, "big") for other in others]
    for verb in ("joined", "left"):
        notices, people = [], 0
        while people < len(others):
            notices.append(watcher.notice())
            people += count_in(notices[-1], "Guest", verb)
        assert people == len(others)
        assert len(notices) < len(others), notices
        for client in clients:
            client.close()


def test_every_loop_has_the_same_rooms(start_server, chat):
    """A connection lives on any of the loops; the chat must not show which."""
    wide = start_server("--loops", "4", settings=LIFTED)
    users = [new_user(wide, f"Guest {number}") for number in range(4)]
    clients = []
    for index in range(16):
        clients.append(chat(wide, users[index % 4], "shared"))
    for number in range(20):
        clients[number % 16].send(f"line {number}")
    for client in clients:
        heard = []
        while len(heard) < 20:
            frame = client.receive()
            if not frame.startswith("system:"):
                heard.append(json.loads(frame)["message"])
        assert sorted(heard) == sorted(f"line {number}" for number in range(20))
