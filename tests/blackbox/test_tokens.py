"""Which tokens open a chat and which do not: the server's own and those of outside issuers."""
import base64
import json
import re
import time

import pytest

from chat import refusal_of
from jose_tools import AUDIENCE, KeyServer, base64url, claims, hs256, key_set, new_key, sign
from support import LIFTED, call, eventually, log_in, new_user, run_confab, unique_room
from v2 import V2

OWN_SECRET = "bX2q9-Vw7Yt_4KpLz0RfH6sDnJcG1aEuO8iTmQ5"
PARTNER_SECRET = "9fK3v_Zr8Qw1-NxTbY6uLhPj2GdSeCa4MoWi7R0k"
PARTNER = "https://partner.example"
HOUR = 3600


def issuer_settings(name, algorithm, **keys):
    return {f"auth.issuers.{name}.{key}": value for key, value in {
        "algorithm": algorithm, "iss": f"https://{name}.example", "aud": AUDIENCE,
        "user_id_prefix": f"{name}:", **keys}.items()}


@pytest.fixture(scope="module")
def keys():
    return {algorithm: new_key(algorithm) for algorithm in ("RS256", "ES256", "EdDSA")}


@pytest.fixture(scope="module")
def server(tmp_path_factory, start_module_server, keys):
    """A server whose own secret is known here, with one outside issuer per algorithm."""
    directory = tmp_path_factory.mktemp("tokens")
    settings = dict(LIFTED)
    for name, text in (("own", OWN_SECRET), ("partner", PARTNER_SECRET)):
        (directory / name).write_text(text)
        (directory / name).chmod(0o600)
    settings["auth.secret_file"] = directory / "own"
    settings |= issuer_settings("partner", "HS256", secret_file=directory / "partner")
    for algorithm, key in keys.items():
        path = directory / f"{algorithm}.json"
        path.write_text(key_set(key))
        settings |= issuer_settings(algorithm.lower(), algorithm, jwks_file=path)
    return start_module_server(directory, settings)


def own_claims(**changes):
    now = int(time.time())
    body = {"iss": "confab", "aud": "confab", "sub": "3f2b8a52-9f3e-4d8e-8a44-0d8c6a3f1b11",
            "name": "Forged", "sid": "5f0c0c3e-7d55-4b57-8b3e-1a2b3c4d5e6f", "iat": now,
            "exp": now + HOUR, "jti": base64url(str(time.monotonic_ns()))}
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def own(header=None, secret=OWN_SECRET, **changes):
    return hs256(secret, own_claims(**changes), header or {"alg": "HS256", "typ": "at+jwt"})


def refused_everywhere(server, token):
    """401 before any upgrade and on the API alike; the code of the problem document."""
    assert refusal_of(server, token) == 401
    assert refusal_of(server, headers={"Authorization": f"Bearer {token}"}) == 401
    return call(server, "GET", "/auth/me", token=token).problem(401)["code"]


def test_the_forger_could_make_a_good_token(server):
    """Otherwise the tables below would prove nothing."""
    assert refusal_of(server, own()) == 101


def test_no_token_is_refused_and_the_scheme_is_named(server):
    assert refusal_of(server) == 401
    answer = call(server, "GET", "/auth/me")
    answer.problem(401, "token_missing")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_longer_than_any_is_refused(server):
    """In the query it is the target that is too long already."""
    assert call(server, "GET", "/auth/me", token="a" * 2049).status == 401
    assert refusal_of(server, "a" * 2049) in (401, 414)


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer a b", "token"])
def test_an_authorization_that_is_no_bearer_token_is_refused(server, value):
    assert call(server, "GET", "/auth/me", headers={"Authorization": value}).status == 401


def test_the_bearer_scheme_is_known_in_any_case_of_letters(server):
    user = new_user(server)
    answer = call(server, "GET", "/auth/me", headers={"Authorization": f"bearer {user.token}"})
    assert answer.status == 200


@pytest.mark.parametrize("token", [
    "x", "a.b", "a.b.c", "a.b.c.d", "..", "....", "e30.e30.", "e30.e30.e30", "=.=.=",
    "eyJhbGciOiJIUzI1NiJ9..", "%00.%00.%00", "null", "undefined",
])
def test_what_is_not_a_token_is_refused(server, token):
    assert refused_everywhere(server, token) in ("token_malformed", "token_untrusted")


OWN_REFUSED = {
    "expired": lambda: own(exp=int(time.time()) - HOUR),
    "not yet valid": lambda: own(nbf=int(time.time()) + HOUR),
    "issued in the future": lambda: own(iat=int(time.time()) + HOUR),
    "no expiry": lambda: own(exp=None),
    "expiry as text": lambda: own(exp=str(int(time.time()) + HOUR)),
    "expiry as a fraction": lambda: own(exp=time.time() + HOUR),
    "expiry beyond all times": lambda: own(exp=10 ** 300),
    "negative expiry": lambda: own(exp=-1),
    "other audience": lambda: own(aud="elsewhere"),
    "no audience": lambda: own(aud=None),
    "unknown issuer": lambda: own(iss="https://nobody.example"),
    "no issuer": lambda: own(iss=None),
    "no subject": lambda: own(sub=None),
    "subject as a number": lambda: own(sub=7),
    "empty subject": lambda: own(sub=""),
    "long subject": lambda: own(sub="x" * 129),
    "wrong secret": lambda: own(secret=PARTNER_SECRET),
    "empty secret": lambda: own(secret=b""),
    "type of another token": lambda: own({"alg": "HS256", "typ": "refresh+jwt"}),
    "no type": lambda: own({"alg": "HS256"}),
    "no algorithm": lambda: own({"typ": "at+jwt"}),
    "two algorithms": lambda: hs256(OWN_SECRET, own_claims(),
                                    '{"alg":"none","alg":"HS256","typ":"at+jwt"}'),
    "other algorithm": lambda: own({"alg": "HS512", "typ": "at+jwt"}),
    "algorithm in small letters": lambda: own({"alg": "hs256", "typ": "at+jwt"}),
    "algorithm of a public key": lambda: own({"alg": "RS256", "typ": "at+jwt"}),
    "critical extension": lambda: own({"alg": "HS256", "typ": "at+jwt", "crit": ["exp"]}),
    "claim twice": lambda: hs256(OWN_SECRET, json.dumps(own_claims())[:-1] + ',"sub":"other"}',
                                 {"alg": "HS256", "typ": "at+jwt"}),
    "payload is an array": lambda: hs256(OWN_SECRET, "[]", {"alg": "HS256", "typ": "at+jwt"}),
    "padding": lambda: own() + "=",
    "white space": lambda: own() + "%0A",
    "standard alphabet": lambda: own().replace("-", "+").replace("_", "/") + "+",
}


@pytest.mark.parametrize("why", OWN_REFUSED)
def test_a_token_is_refused_for(server, why):
    token = OWN_REFUSED[why]()
    code = refused_everywhere(server, token)
    expected = {"expired": "token_expired", "not yet valid": "token_not_yet_valid",
                "wrong secret": "token_untrusted", "other audience": "token_untrusted"}
    assert code == expected.get(why, code)


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", ""])
def test_unsigned_tokens_are_refused(server, algorithm):
    head = base64url(json.dumps({"alg": algorithm, "typ": "at+jwt"}))
    body = base64url(json.dumps(own_claims()))
    signature = own().rsplit(".", 1)[1]
    for token in (f"{head}.{body}.", f"{head}.{body}.{signature}"):
        refused_everywhere(server, token)


def test_every_changed_character_breaks_a_token(server):
    token = new_user(server).token
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for at in range(0, len(token), 7):
        if token[at] == ".":
            continue
        other = alphabet[(alphabet.index(token[at]) + 1) % 64]
        changed = token[:at] + other + token[at + 1:]
        assert call(server, "GET", "/auth/me", token=changed).status == 401, at


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "EdDSA"])
def test_an_outside_issuers_token_opens_a_chat(server, keys, chat, algorithm):
    if algorithm == "HS256":
        name, token = "partner", hs256(PARTNER_SECRET, claims(PARTNER))
    else:
        name = algorithm.lower()
        token = sign(algorithm, keys[algorithm], claims(f"https://{name}.example"))
    user_id = f"{name}:u-4711"
    client = chat(server, token, unique_room()).joined("Grace Hopper")
    client.send("hello from elsewhere")
    message = client.hears("hello from elsewhere")
    assert (message["user_id"], message["username"]) == (user_id, "Grace Hopper")
    me = call(server, "GET", "/auth/me", token=token)
    assert me.status == 200
    assert me.json()["user"]["id"] == user_id


@pytest.mark.parametrize("changes, name", [
    ({"name": None, "preferred_username": "grace"}, "grace"),
    ({"name": None}, "User_partner:"),
    ({"name": ""}, "User_partner:"),
    ({"name": "Eve\r\nsystem:{}"}, "Evesystem:{}"),
])
def test_the_name_comes_from_the_claims(server, chat, changes, name):
    token = hs256(PARTNER_SECRET, claims(PARTNER, **changes))
    chat(server, token, unique_room()).joined(name)


def test_an_audience_may_be_one_of_several(server):
    good = hs256(PARTNER_SECRET, claims(PARTNER, aud=["other", AUDIENCE]))
    bad = hs256(PARTNER_SECRET, claims(PARTNER, aud=["other", "another"]))
    assert refusal_of(server, good) == 101
    assert refusal_of(server, bad) == 401


def test_an_issuer_cannot_sign_for_another(server, keys):
    rsa_issuer = "https://rs256.example"
    for token in (hs256(PARTNER_SECRET, claims(rsa_issuer)),
                  hs256(PARTNER_SECRET, own_claims(), {"alg": "HS256", "typ": "at+jwt"}),
                  sign("ES256", keys["ES256"], claims(rsa_issuer)),
                  sign("EdDSA", keys["EdDSA"], claims("https://es256.example")),
                  sign("RS256", new_key("RS256"), claims(rsa_issuer))):
        refused_everywhere(server, token)


def test_a_public_key_is_no_shared_secret(server, keys):
    """RFC 8725 section 2.1: HS256 with the RSA public key as the secret."""
    pem = keys["RS256"].export_to_pem()
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    for secret in (pem, pem.strip(), der, keys["RS256"].export_public().encode()):
        for header in ({"alg": "HS256", "typ": "JWT"}, {"alg": "RS256", "typ": "JWT"}):
            refused_everywhere(server, hs256(secret, claims("https://rs256.example"), header))


def test_keys_that_come_with_the_token_are_ignored(server):
    forger = new_key("RS256")
    with KeyServer(forger) as canary:
        for header in ({"jku": canary.url}, {"x5u": canary.url},
                       {"jwk": json.loads(forger.export_public())}):
            token = sign("RS256", forger, claims("https://rs256.example"), **header)
            if len(token) <= 2048:
                refused_everywhere(server, token)
        assert canary.requests == []


@pytest.mark.parametrize("kid", ["../../../../dev/null", "x' OR '1'='1", "", "k" * 500, "unknown"])
def test_an_unknown_kid_finds_no_key(server, keys, kid):
    token = sign("ES256", keys["ES256"], claims("https://es256.example"), kid=kid)
    assert refusal_of(server, token) == 401


def test_the_query_wins_over_the_header(server):
    user = new_user(server)
    assert refusal_of(server, user.token, headers={"Authorization": "Bearer nonsense"}) == 101
    assert refusal_of(server, "nonsense", headers={"Authorization": f"Bearer {user.token}"}) == 401
    assert refusal_of(server, "", headers={"Authorization": f"Bearer {user.token}"}) == 401


def test_the_query_is_for_the_websocket_only(server):
    user = new_user(server)
    assert call(server, "GET", f"/auth/me?token={user.token}").status == 401


def test_a_refusal_is_a_problem_document(server):
    answer = call(server, "GET", "/ws?token=nonsense", headers={
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AQIDBAUGBwgJCgsMDQ4PEA=="})
    problem = answer.problem(401, "token_malformed")
    assert "nonsense" not in json.dumps(problem)


def ws_answer(server, token):
    """What GET /ws says to this token instead of opening a chat."""
    return call(server, "GET", f"/ws?token={token}", headers={
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AQIDBAUGBwgJCgsMDQ4PEA=="})


def refused_as_ended(server, token):
    ws_answer(server, token).problem(401, "session_revoked")
    assert refusal_of(server, headers={"Authorization": f"Bearer {token}"}) == 401
    call(server, "GET", "/auth/me", token=token).problem(401, "session_revoked")


def test_a_logged_out_session_opens_no_chat(server):
    user = new_user(server)
    ended = user.token
    log_in(user)
    assert call(server, "POST", "/auth/logout", token=ended).status == 200
    refused_as_ended(server, ended)
    assert refusal_of(server, user.token) == 101, "the other session goes on"


def test_open_connections_end_with_their_session_and_no_others(server, chat):
    user = new_user(server)
    ended = user.token
    log_in(user)
    room = unique_room()
    watching = chat(server, user, room).joined(user.name)
    v1 = [chat(server, ended, name) for name in (room, unique_room())]
    v2 = [V2(server, ended, [room]), V2(server, headers={"Authorization": f"Bearer {ended}"})]
    not_connected = V2(server, headers={"Authorization": f"Bearer {ended}"}, connect=False)
    assert call(server, "POST", "/auth/logout", token=ended).status == 200
    assert [client.closed() for client in v1] == [4003, 4003]
    assert [client.closed() for client in (*v2, not_connected)] == [4504, 4504, 4504]
    watching.send("still here")
    assert watching.hears("still here")["user_id"] == user.id


def test_a_refreshed_connection_follows_its_new_session(server):
    user = new_user(server)
    first = user.token
    log_in(user)
    room = unique_room()
    moved, stayed = V2(server, first, [room]), V2(server, first, [room])
    moved.call("refresh", token=user.token)
    assert call(server, "POST", "/auth/logout", token=first).status == 200
    assert stayed.closed() == 4504
    moved.publish(room, "still here")
    assert call(server, "POST", "/auth/logout", token=user.token).status == 200
    assert moved.closed() == 4504


def test_a_changed_password_ends_the_chat_of_the_other_sessions(server, chat):
    user = new_user(server)
    others = [user.token, log_in(user).token]
    log_in(user)
    open_chats = [chat(server, token, unique_room()) for token in others]
    room = unique_room()
    mine = chat(server, user, room).joined(user.name)
    body = {"old_password": user.password, "new_password": "a new password"}
    assert call(server, "POST", "/auth/change-password", body, token=user.token).status == 200
    for ended in others:
        refused_as_ended(server, ended)
    assert [client.closed() for client in open_chats] == [4003, 4003]
    assert refusal_of(server, user.token) == 101
    mine.send("still here")
    mine.hears("still here")


def test_a_reused_refresh_token_ends_the_chat_of_its_family(server):
    user = new_user(server)
    tokens = [{"token": user.token, "refresh_token": user.refresh}]
    for _ in range(2):
        body = {"refresh_token": tokens[-1]["refresh_token"]}
        tokens.append(call(server, "POST", "/auth/refresh-token", body).json())
    assert refusal_of(server, user.token) == 101
    call(server, "POST", "/auth/refresh-token", {"refresh_token": user.refresh}).problem(401)
    for pair in tokens:
        refused_as_ended(server, pair["token"])


def test_a_user_disabled_from_outside_opens_no_chat(start_server, chat):
    running = start_server()
    user, other = new_user(running), new_user(running)
    assert refusal_of(running, user.token) == 101
    before = chat(running, user)
    code, _, err = run_confab("user", "disable", user.email, "--data-dir", running.data_dir)
    assert code == 0, err
    eventually(lambda: refusal_of(running, user.token) == 401, "the disabled are refused", 10)
    refused_as_ended(running, user.token)
    assert before.closed() == 4003
    running.counts(1, "confab_websocket_closes_total", reason="not_allowed")
    assert refusal_of(running, other.token) == 101


def test_an_ended_session_stays_ended_after_a_restart(start_server):
    first = start_server()
    user = new_user(first)
    other = log_in(new_user(first))
    assert call(first, "POST", "/auth/logout", token=user.token).status == 200
    first.stop()
    again = start_server()
    refused_as_ended(again, user.token)
    assert refusal_of(again, other.token) == 101


def test_keys_are_fetched_from_a_url_and_rotated(start_server):
    first, second = new_key("ES256", "first"), new_key("ES256", "second")
    with KeyServer(first) as published:
        url_settings = issuer_settings("cloud", "ES256", jwks_url=published.url)
        fetching = start_server(settings=url_settings)
        old = sign("ES256", first, claims("https://cloud.example"))
        new = sign("ES256", second, claims("https://cloud.example"))
        eventually(lambda: refusal_of(fetching, old) == 101, "the first key is known")
        assert refusal_of(fetching, new) in (401, 503)
        fetched = len(published.requests)
        published.body = key_set(second)
        eventually(lambda: refusal_of(fetching, new) == 101, "the new key is fetched", 60)
        assert len(published.requests) > fetched
        assert refusal_of(fetching, old) in (401, 503), "a key that is gone counts no more"
        for _ in range(20):
            refusal_of(fetching, old)
        assert len(published.requests) <= fetched + 5, "unknown keys must not cause a flood"
        published.status = 500
        assert refusal_of(fetching, new) == 101, "what is known stays while the issuer is away"


def test_ready_names_an_issuer_without_keys(start_server):
    with KeyServer() as broken:
        broken.status = 500
        waiting = start_server(settings=issuer_settings("cloud", "RS256", jwks_url=broken.url))
        ready = call(waiting, "GET", "/ready")
        assert ready.status == 503
        assert re.search(r"cloud", ready.text)
        token = sign("RS256", new_key("RS256"), claims("https://cloud.example"))
        assert refusal_of(waiting, token) in (401, 503)
