"""Every command of protocol v2, for every standing in every kind of room, says what the table says;
and the same over HTTP, where one is in no room.

The commands are those that the golden vectors have, and these have every method that the server
knows (tests/unit/api/v2_command_test.cpp): who adds a method has to say here who may use it."""
import itertools
import json
import pathlib

import pytest

from support import call, mint_moderator, mint_tokens, unique_room
from v2 import V2, new_cid

VECTORS = pathlib.Path(__file__).parents[2] / "protocol/vectors/v2/commands.json"
NO_ROOM = {"connect", "refresh", "create", "direct", "rooms"}  # each for oneself

# Of public rooms: everybody is a member. Of private ones: nobody is somebody who is no member.
STANDINGS = {
    "public": ["member", "moderator", "owner", "staff", "muted", "banned"],
    "private": ["nobody", "staff", "member", "moderator", "owner", "muted", "banned"],
    "direct": ["nobody", "staff", "member"],
}

HEARS = {"join", "leave", "history", "presence", "members", "mark_read", "delete"}
SPEAKS = {"publish", "edit", "react", "unreact", "typing"}
MODERATES = {"configure", "kick", "ban", "unban", "mute", "unmute"}
GIVES_ROLES = {"set_role"}


def expected(kind, standing, method, needs_join=True):
    """The code of the error; "" for done."""
    if standing == "banned":
        # Who is banned from a private room is no member of it either.
        gone = "banned" if kind == "public" else "no_such_room"
        return gone if not needs_join or method in NEEDS_NO_JOIN else "not_joined"
    if standing == "nobody" or (standing == "staff" and kind != "public"):
        return "no_such_room" if not needs_join or method in NEEDS_NO_JOIN else "not_joined"
    if method in HEARS or (method in SPEAKS and standing != "muted"):
        return ""
    if method == "typing":
        return ""  # is only not passed on
    if method in SPEAKS:
        return "muted"
    if kind == "direct":
        return "not_allowed"
    if method in MODERATES:
        return "" if standing in ("moderator", "owner", "staff") else "not_allowed"
    assert method in GIVES_ROLES, f"{method} is in no table"
    # Here: a member is let in.
    may = {"public": ("owner", "staff"), "private": ("owner", "moderator")}[kind]
    return "" if standing in may else "not_allowed"


NEEDS_NO_JOIN = {"join", "members", "mark_read"} | MODERATES | GIVES_ROLES


def methods():
    found = set()
    for vector in json.loads(VECTORS.read_text(encoding="utf-8")):
        if "command" in vector:
            found.update(vector["command"])
    return sorted(found)


@pytest.fixture(scope="module")
def people(server):
    """Whoever sets the rooms up, and the one whose rights are looked at, with a second token that
    makes him staff."""
    tokens = mint_tokens(server, 3)
    boss, subject, other = (V2(server, token, []) for token in tokens)
    who = subject.hello["user"]["id"]
    staff = V2(server, mint_moderator(server, **{"user-id": who}), [])
    chief = V2(server, mint_moderator(server), [])
    yield boss, subject, other, staff, chief
    for client in (boss, subject, other, staff, chief):
        client.close()


def user_id(client):
    return client.hello["user"]["id"]


def make_room(people, kind, standing):
    """A room in which the subject has that standing: its name, and who rules it."""
    boss, subject, _, _, chief = people
    who = user_id(subject)
    if kind == "direct":
        partner = boss if standing == "member" else people[2]
        return partner.call("direct", user=who if standing == "member" else user_id(boss))["room"]
    if kind == "public":
        room, ruler = unique_room(), chief
        chief.call("configure", room=room, read_only=False)
    else:
        room, ruler = boss.call("create", cid=new_cid())["room"], boss
        if standing not in ("nobody", "staff"):
            boss.call("set_role", room=room, user=who, role="member")
    if standing in ("moderator", "owner"):
        ruler.call("set_role", room=room, user=who, role=standing)
    return room


def prepare(people, client, kind, standing, method):
    """Whatever the command needs, done before the subject gets its standing; its arguments."""
    boss, subject, other, _, chief = people
    room = make_room(people, kind, standing)
    arguments = {"room": room}
    hears = not (standing == "nobody" or (standing == "staff" and kind != "public"))
    mine = 1
    if hears:
        client.call("join", room=room)
        mine = client.publish(room, "mine")["seq"]
        client.call("react", room=room, seq=mine, reaction="there")
        if method == "join":
            client.call("leave", room=room)
    ruler = chief if kind == "public" else boss
    target = user_id(other)
    if method in ("unban", "unmute") and kind != "direct" and hears:
        ruler.call(method[2:], room=room, user=target, for_s=600)
    elif method in ("kick", "ban", "mute") and kind == "private":
        ruler.call("set_role", room=room, user=target, role="member")
    if standing == "muted":
        ruler.call("mute", room=room, user=user_id(subject), for_s=600)
    if standing == "banned":
        ruler.call("ban", room=room, user=user_id(subject), for_s=600)
        while "removed" not in client.push() and method != "join":
            pass
    arguments.update({
        "publish": {"body": "x", "cid": new_cid()}, "edit": {"seq": mine, "body": "y"},
        "delete": {"seq": mine}, "react": {"seq": mine, "reaction": "new"},
        "unreact": {"seq": mine, "reaction": "there"}, "mark_read": {"seq": mine},
        "configure": {"slow_mode_s": 0}, "kick": {"user": target},
        "ban": {"user": target, "for_s": 9}, "mute": {"user": target, "for_s": 9},
        "unban": {"user": target}, "unmute": {"user": target},
        "set_role": {"user": target, "role": "member"},
    }.get(method, {}))
    return arguments


CASES = [(kind, standing, method)
         for kind, standings in STANDINGS.items()
         for standing, method in itertools.product(standings, methods())
         if method not in NO_ROOM]


def test_every_command_is_in_the_table():
    known = NO_ROOM | HEARS | SPEAKS | MODERATES | GIVES_ROLES
    assert set(methods()) == known
    assert len(CASES) == 16 * len(known - NO_ROOM)


@pytest.mark.parametrize("kind, standing, method", CASES)
def test_a_command_is_done_or_refused_as_the_table_says(people, kind, standing, method):
    client = people[3] if standing == "staff" else people[1]
    arguments = prepare(people, client, kind, standing, method)
    frame = client.reply(client.begin(method, **arguments))
    client.reply(client.begin("leave", room=arguments["room"]))
    wanted = expected(kind, standing, method)
    if wanted:
        assert frame.get("error", {}).get("code") == wanted, frame
    else:
        assert method in frame, frame


def http_request(method, a):
    """The request that does what the command does; none for what belongs to a connection."""
    room, message = f"/rooms/{a['room']}", f"/rooms/{a['room']}/messages/{a.get('seq')}"
    moderation = {key: value for key, value in a.items() if key != "room"} | {"action": method}
    return {
        "publish": ("POST", f"{room}/messages", {"body": "x"}),
        "edit": ("PATCH", message, {"body": "y"}),
        "delete": ("DELETE", message, None),
        "react": ("PUT", f"{message}/reactions/new", None),
        "unreact": ("DELETE", f"{message}/reactions/there", None),
        "history": ("GET", f"{room}/messages", None),
        "presence": ("GET", f"{room}/presence", None),
        "members": ("GET", f"{room}/members", None),
        "mark_read": ("PUT", f"{room}/read", {"seq": 1}),
        "set_role": ("PUT", f"{room}/members/{a.get('user')}", {"role": a.get("role")}),
        "configure": ("PATCH", room, {"slow_mode_s": 0}),
        **dict.fromkeys(("kick", "ban", "unban", "mute", "unmute"),
                        ("POST", f"{room}/moderation", moderation)),
    }.get(method)


HTTP_CASES = [case for case in CASES if case[2] not in ("join", "leave", "typing")]


@pytest.mark.parametrize("kind, standing, method", HTTP_CASES)
def test_a_request_is_done_or_refused_as_the_table_says(server, people, kind, standing, method):
    client = people[3] if standing == "staff" else people[1]
    arguments = prepare(people, client, kind, standing, method)
    answer = call(server, *http_request(method, arguments), token=client.token)
    client.reply(client.begin("leave", room=arguments["room"]))
    wanted = expected(kind, standing, method, needs_join=False)
    if wanted:
        assert answer.json()["code"] == wanted, answer.text
    else:
        assert answer.status in (200, 201), answer.text
