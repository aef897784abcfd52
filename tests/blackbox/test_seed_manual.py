"""The seed's "Manual Testing" section, word for word: curl, then any WebSocket client."""
import json
import os
import re
import subprocess
import time

import pytest

from support import DEADLINE_S, ROOT

REGISTER = r"""curl -X POST http://localhost:8080/auth/register \
  -H "Content-Type: application/json" \
  -d '{
    "full_name": "Test User",
    "email": "test@example.com",
    "age": 30,
    "password": "password123",
    "date_of_birth": "1993-05-15T00:00:00Z",
    "gender": "male",
    "phone_number": "+1234567890"
  }'
"""
LOGIN = r"""curl -X POST http://localhost:8080/auth/login \
  -H "Content-Type: application/json" \
  -d '{
    "email": "test@example.com",
    "password": "password123"
  }'
"""


def shell(command, server):
    """Runs the printed command; only the port differs, so that tests can run side by side."""
    command = command.replace("localhost:8080", f"127.0.0.1:{server.port}")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=True)
    return json.loads(done.stdout)


def node(script, *arguments):
    environment = dict(os.environ, NODE_PATH="/usr/share/nodejs")
    done = subprocess.run(["node", ROOT / "tests" / "blackbox" / "node" / script, *arguments],
                          capture_output=True, text=True, env=environment, timeout=DEADLINE_S)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.fixture(scope="module")
def login(server):
    """The answers to the two printed commands, on a server that has just started."""
    registered = shell(REGISTER, server)
    return registered, shell(LOGIN, server)


def test_registering_answers_as_documented(login):
    registered, _ = login
    assert list(registered) == ["success", "message", "user"]
    assert registered["success"] is True
    assert registered["message"] == "User registered successfully"
    user = registered["user"]
    assert list(user) == ["id", "name", "email"]
    assert (user["name"], user["email"]) == ("Test User", "test@example.com")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", user["id"])


def test_logging_in_answers_with_tokens(login):
    _, answer = login
    assert list(answer) == ["success", "message", "token", "refresh_token", "expires_in"]
    assert answer["success"] is True
    assert answer["message"] == "Login successful"
    assert answer["token"].count(".") == 2
    assert answer["expires_in"] == 3600
    assert "." not in answer["refresh_token"], "a refresh token is opaque"


def test_chatting_with_python_websockets(login, server, chat):
    registered, answer = login
    client = chat(server, answer["token"])
    before = int(time.time())
    frame = client.receive()
    assert frame.startswith("system:")
    notice = json.loads(frame[len("system:"):])
    assert list(notice) == ["message", "timestamp"]
    assert notice["message"] == "Test User has joined the chat."
    client.send("hello, world")
    message = client.message()
    assert list(message) == ["user_id", "username", "message", "timestamp"]
    assert message["user_id"] == registered["user"]["id"]
    assert message["username"] == "Test User"
    assert message["message"] == "hello, world"
    assert type(message["timestamp"]) is int
    assert before - 2 <= message["timestamp"] <= time.time() + 2


def test_chatting_with_node_ws(login, server):
    _, answer = login
    code, lines, errors = node("chat.js", server.ws_url(answer["token"]), "hello from node")
    assert code == 0, errors
    assert lines[0].startswith('system:{"message":"Test User has joined the chat."')
    assert json.loads(lines[-1])["message"] == "hello from node"


def test_node_ws_may_send_the_token_in_a_header(login, server):
    _, answer = login
    assert node("probe.js", server.ws_url(), answer["token"])[1] == ["open"]


def test_node_ws_is_refused_without_a_token(server):
    assert node("probe.js", server.ws_url())[1] == ["401"]


def test_the_documented_port_is_the_default(tmp_path):
    """`confab serve` needs no flags for the seed's URLs to work."""
    from support import run_confab
    code, out, err = run_confab("check-config", "--print", "--data-dir", tmp_path / "data")
    assert code == 0, err
    assert re.search(r"port\s*=\s*8080", out), out
    assert re.search(r'bind\s*=\s*["\']127\.0\.0\.1["\']', out), out
