"""Passwords, tokens and messages show up in no log, no metric and no error; but for messages, which
are there to be kept, in no file either."""
import json

import pytest

from raw_http import exchange, get
from support import LIFTED, call, new_user, register

PASSWORD = "canary-password-7d41f0"
WRONG = "canary-wrong-password-91ac"
MESSAGE = "canary-message-body-c5d2"
BOGUS = "eyJhbGciOiJIUzI1NiJ9.canary-bogus-token-3b7e.c2ln"


@pytest.fixture(scope="module")
def traces(tmp_path_factory, start_module_server):
    """Everything a busy server leaves behind: its texts, its files, and the secrets it was told."""
    from chat import Chat
    directory = tmp_path_factory.mktemp("secrets")
    server = start_module_server(directory, LIFTED | {"log.level": "debug"})
    user = new_user(server, "Alice", password=PASSWORD)
    said = []

    def note(method, path, body=None, **options):
        answer = call(server, method, path, body, **options)
        if answer.status >= 400:
            said.append(answer.text)
        return answer
    client = Chat(server, user.token)
    client.receive()
    client.send(MESSAGE)
    client.receive()
    client.close()
    note("POST", "/auth/login", {"email": user.email, "password": WRONG})
    note("POST", "/auth/login", f'{{"password":"{WRONG}",', headers={
        "Content-Type": "application/json"})
    note("POST", "/auth/login", {"email": user.email, "password": PASSWORD, "otp": WRONG})
    note("POST", "/auth/register", dict(user.profile, password=PASSWORD))
    note("POST", "/auth/register", dict(user.profile, password=[PASSWORD]))
    note("GET", f"/ws?token={BOGUS}")
    note("GET", f"/nothing?token={user.token}")
    note("GET", "/auth/me", token=BOGUS)
    note("POST", "/auth/refresh-token", {"refresh_token": BOGUS})
    second = note("POST", "/auth/refresh-token", {"refresh_token": user.refresh}).json()
    third = note("POST", "/auth/refresh-token", {"refresh_token": second["refresh_token"]}).json()
    note("POST", "/auth/refresh-token", {"refresh_token": user.refresh})
    note("POST", "/auth/change-password",
         {"old_password": WRONG, "new_password": PASSWORD}, token=user.token)
    said.append(exchange(server, get(f"/ws?token={BOGUS}\0"))[0].body.decode())
    said.append(server.metrics())
    secrets = [PASSWORD, WRONG, MESSAGE, BOGUS.split(".")[1], user.token, user.refresh,
               second["token"], second["refresh_token"], third["token"], third["refresh_token"]]
    secrets += [token.rsplit(".", 1)[1] for token in (user.token, second["token"])]
    live = read_all(server.data_dir)
    server.stop()
    yield {"answers": "\n".join(said), "log": server.output, "files": live,
           "files after the end": read_all(server.data_dir), "secrets": secrets}


def read_all(directory):
    return b"\n".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize("place", ["answers", "log"])
def test_no_text_shows_a_secret(traces, place):
    for secret in traces["secrets"]:
        assert secret not in traces[place]


@pytest.mark.parametrize("place", ["files", "files after the end"])
def test_no_file_holds_a_secret_in_plain_text(traces, place):
    assert b"$argon2id$" in traces[place], "otherwise this looked into the wrong place"
    assert MESSAGE.encode() in traces[place]
    for secret in set(traces["secrets"]) - {MESSAGE}:
        assert secret.encode() not in traces[place]


def test_the_log_tells_what_happened(traces):
    assert "refresh_reused" in traces["log"]
    events = [json.loads(line) for line in traces["log"].splitlines() if line.startswith("{")]
    assert len(events) > 5
    for event in events:
        assert event["ts"].endswith("Z") and event["level"] and event["event"]


def test_the_signing_secret_is_not_shown_at_start(start_server):
    fresh = start_server()
    secrets = [path for path in fresh.data_dir.iterdir() if "secret" in path.name]
    assert secrets
    for path in secrets:
        assert path.read_text().strip() not in fresh.output


def test_a_name_cannot_forge_a_log_line(start_server):
    fresh = start_server()
    register(fresh)
    email = 'x"\\u001b[31m@example.com\r\n{"level":"fatal"}'
    call(fresh, "POST", "/auth/login", {"email": email, "password": "password123"})
    call(fresh, "GET", "/x", headers={"User-Agent": "\x1b[31m", "X-Request-Id": "a\tb"})
    fresh.stop()
    for line in fresh.stderr.splitlines() + fresh.stdout.splitlines():
        assert not line.startswith('{"level":"fatal"}')
        assert "\x1b" not in line
