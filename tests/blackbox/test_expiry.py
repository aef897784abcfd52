"""What happens to an open connection when its token ends."""
import json
import time

from chat import refusal_of
from raw_ws import RawWs
from support import SLOW, call, new_user

TTL_S = int(3 * max(1, SLOW / 3))


def test_an_open_connection_ends_with_its_token(start_server, chat):
    brief = start_server(settings={"auth.token_ttl_s": TTL_S})
    user = new_user(brief, "Alice")
    issued = time.time()
    client = chat(brief, user).joined("Alice")
    client.send("in time")
    client.hears("in time")
    assert client.closed() == 4001
    assert time.time() >= issued + TTL_S - 2, "closed before the token ended"
    brief.counts(1, "confab_websocket_closes_total", reason="token_expired")


def test_the_others_stay_and_see_the_leave(start_server, chat):
    brief = start_server(settings={"auth.token_ttl_s": TTL_S})
    first = chat(brief, new_user(brief, "Alice")).joined("Alice")
    time_between = TTL_S / 2
    assert first.stays_open(time_between), "the token is still good"
    second = chat(brief, new_user(brief, "Bob")).joined("Bob")
    first.joined("Bob")
    assert first.closed() == 4001
    second.left("Alice")
    assert second.closed() == 4001


def test_a_raw_client_sees_the_close_frame(start_server):
    brief = start_server(settings={"auth.token_ttl_s": TTL_S})
    with RawWs(brief, new_user(brief).token) as raw:
        assert raw.close_code() == 4001


def test_the_operator_may_let_connections_outlive_their_token(start_server, chat):
    lenient = start_server(settings={"auth.token_ttl_s": TTL_S,
                                     "auth.close_on_token_expiry": "false"})
    user = new_user(lenient, "Alice")
    client = chat(lenient, user).joined("Alice")
    assert client.stays_open(TTL_S + 2)
    client.send("still here")
    client.hears("still here")


def test_an_expired_token_opens_nothing(start_server):
    brief = start_server(settings={"auth.token_ttl_s": "1"})
    user = new_user(brief)
    with RawWs(brief, user.token) as raw:
        raw.close_code()
    problem = call(brief, "GET", "/auth/me", token=user.token).problem(401, "token_expired")
    assert "expired" in json.dumps(problem)
    assert refusal_of(brief, user.token) == 401
    fresh = call(brief, "POST", "/auth/refresh-token", {"refresh_token": user.refresh})
    assert fresh.status == 200
    assert refusal_of(brief, fresh.json()["token"]) == 101
