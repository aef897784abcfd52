"""What the black-box tests share: the server as a process, HTTP calls, accounts, deadlines.

Nothing here knows the inside of the server: the tests see a binary, its ports and its files.
Waiting is always for a condition, with a deadline that CONFAB_TEST_SLOW stretches.
"""
import http.client
import itertools
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("CONFAB_BIN", ROOT / "build" / "release" / "confab")).resolve()
SLOW = float(os.environ.get("CONFAB_TEST_SLOW", "1"))
IO_URING = os.environ.get("CONFAB_TEST_IO_URING", "auto")  # net.io_uring of every server
DEADLINE_S = 15 * SLOW

SANITIZER_REPORT = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|"
                              r": runtime error: |assertion failed:")
SEED_USER = {
    "full_name": "Test User",
    "email": "test@example.com",
    "age": 30,
    "password": "password123",
    "date_of_birth": "1993-05-15T00:00:00Z",
    "gender": "male",
    "phone_number": "+1234567890",
}
# For tests in which one address does what in life many do.
LIFTED = {"auth.throttle": "false"} | {f"limits.{key}": "1000000" for key in (
    "connections_per_address", "connections_per_user", "connects_per_second", "connects_burst",
    "address_connects_per_second", "address_connects_burst", "messages_per_second",
    "messages_burst", "user_messages_per_second", "user_messages_burst",
    "user_reads_per_second", "user_reads_burst",
    "address_messages_per_second", "address_messages_burst", "pings_per_second", "pings_burst")}


def raise_descriptor_limit():
    """Lets this process, and the servers it starts, have as many descriptors as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def eventually(condition, what, seconds=None):
    """Asks again and again until the condition holds, and returns its value."""
    end = time.monotonic() + (seconds or DEADLINE_S)
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for: {what}")
        pause.wait(0.02)


class Process:
    """A confab process whose output is read as it comes, so that no pipe ever fills up."""

    def __init__(self, arguments, env=None, stdin=subprocess.DEVNULL, cwd=None, binary=None,
                 launcher=()):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CONFAB_")}
        environment.update(env or {})
        self.arguments = [*launcher, str(binary or BINARY), *map(str, arguments)]
        self.popen = subprocess.Popen(self.arguments, stdin=stdin, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, env=environment, cwd=cwd)
        self._changed = threading.Condition()
        self._text = {"stdout": "", "stderr": ""}
        self._open = 2
        self._readers = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True)
            for name, pipe in (("stdout", self.popen.stdout), ("stderr", self.popen.stderr))]
        for reader in self._readers:
            reader.start()

    def _read(self, name, pipe):
        for line in iter(pipe.readline, b""):
            with self._changed:
                self._text[name] += line.decode("utf-8", "replace")
                self._changed.notify_all()
        pipe.close()
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    @property
    def stdout(self):
        return self._text["stdout"]

    @property
    def stderr(self):
        return self._text["stderr"]

    @property
    def output(self):
        return self.stdout + self.stderr

    def wait_for_output(self, pattern, seconds=None):
        """The first match of the pattern in stdout or stderr; fails when the process ends first."""
        expression = re.compile(pattern)
        end = time.monotonic() + (seconds or DEADLINE_S)
        with self._changed:
            while True:
                found = expression.search(self.stdout) or expression.search(self.stderr)
                if found:
                    return found
                left = end - time.monotonic()
                if self._open == 0 or left <= 0:
                    raise AssertionError(f"no {pattern!r} in the output of {self.arguments}:\n"
                                         f"{self.output}")
                self._changed.wait(left)

    def wait(self, seconds=None):
        """The exit code, with all the output read."""
        code = self.popen.wait(seconds or DEADLINE_S)
        for reader in self._readers:
            reader.join(DEADLINE_S)
        return code

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.wait()

    def check_sanitizers(self):
        report = SANITIZER_REPORT.search(self.stderr)
        assert not report, f"the server reported {report.group(0)}:\n{self.stderr[-20000:]}"


class Server(Process):
    """`confab serve`, on a free port unless told which; settings are keys and values of --set."""

    def __init__(self, data_dir, *arguments, settings=None, env=None, port=0, launcher=()):
        self.data_dir = pathlib.Path(data_dir)
        settings = {"net.io_uring": IO_URING, **(settings or {})}
        pairs = [("--set", f"{key}={value}") for key, value in settings.items()]
        super().__init__(["serve", "--port", port, "--data-dir", data_dir, *arguments,
                          *itertools.chain.from_iterable(pairs)], env=env, cwd=data_dir.parent,
                         launcher=launcher)
        self.expected_exit = 0
        try:
            self.port = int(self.wait_for_output(r"http://127\.0\.0\.1:(\d+)").group(1))
        except BaseException:
            self.kill()
            raise

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ws_url(self, token=None, room=None):
        query = {k: v for k, v in (("token", token), ("room", room)) if v is not None}
        return f"ws://127.0.0.1:{self.port}/ws" + ("?" + urlencode(query) if query else "")

    def stop(self):
        """SIGTERM; the end must be clean. Doing it twice is no error."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        try:
            code = self.wait(30 + DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end the server:\n{self.output[-20000:]}")
        self.check_sanitizers()
        assert code == self.expected_exit, f"exit code {code}:\n{self.output[-20000:]}"

    def metrics(self):
        answer = call(self, "GET", "/metrics")
        assert answer.status == 200, answer.text
        return answer.text

    def metric(self, name, **labels):
        """One sample of /metrics, as a number."""
        for line in self.metrics().splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if match and match.group(1) == name:
                found = dict(re.findall(r'(\w+)="([^"]*)"', match.group(2) or ""))
                if labels.items() <= found.items():
                    return float(match.group(3))
        raise AssertionError(f"no metric {name} {labels}")

    def counts(self, expected, name, **labels):
        """Waits until a metric has this value. A client may see what happened before the loop that
        did it has counted it, so one look right after an effect proves nothing."""
        eventually(lambda: self.metric(name, **labels) == expected,
                   f"{name} {labels} == {expected}")


def run_confab(*arguments, stdin=None, env=None, seconds=None):
    """Runs a command to its end: (exit code, stdout, stderr)."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CONFAB_")}
    environment.update(env or {})
    done = subprocess.run([str(BINARY), *map(str, arguments)], input=stdin, text=True,
                          capture_output=True, env=environment, timeout=seconds or DEADLINE_S * 2)
    report = SANITIZER_REPORT.search(done.stderr)
    assert not report, f"{arguments} reported {report.group(0)}:\n{done.stderr[-20000:]}"
    return done.returncode, done.stdout, done.stderr


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    def problem(self, status, code=None):
        """The problem document (RFC 9457) that this answer must be."""
        assert self.status == status, f"{self.status} instead of {status}: {self.text}"
        kind = self.headers.get_content_type()
        assert kind == "application/problem+json", kind
        document = self.json()
        assert document["status"] == status
        assert document["title"] and document["type"]
        assert re.fullmatch(r"[a-z][a-z0-9_]*", document["code"]), document
        assert document["request_id"], document
        if code is not None:
            assert document["code"] == code, document
        return document


def call(server, method, path, body=None, token=None, headers=None):
    """One request on a connection of its own. A dict as body goes as JSON."""
    send = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        send.setdefault("Content-Type", "application/json")
    if token is not None:
        send["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_S)
    try:
        connection.request(method, path, body=body, headers=send)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@dataclass
class Account:
    server: Server
    email: str
    password: str
    name: str
    id: str
    token: str = ""
    refresh: str = ""
    profile: dict = field(default_factory=dict)


def registration(name="Test User", **changes):
    """A proper registration for a fresh e-mail address; a change of None leaves the field out."""
    body = dict(SEED_USER, full_name=name, email=f"u{uuid.uuid4().hex[:16]}@example.com")
    body.update(changes)
    return {key: value for key, value in body.items() if value is not None}


def register(server, name="Test User", **changes):
    body = registration(name, **changes)
    answer = call(server, "POST", "/auth/register", body)
    assert answer.status == 201, answer.text
    user = answer.json()["user"]
    return Account(server, body["email"], body["password"], name, user["id"], profile=body)


def log_in(account):
    answer = call(account.server, "POST", "/auth/login",
                  {"email": account.email, "password": account.password})
    assert answer.status == 200, answer.text
    account.token = answer.json()["token"]
    account.refresh = answer.json()["refresh_token"]
    return account


def new_user(server, name="Test User", **changes):
    """Registered and logged in."""
    return log_in(register(server, name, **changes))


def mint_tokens(server, count):
    """Tokens for fresh user ids, signed with the secret in the server's data directory."""
    code, out, err = run_confab("token", "mint", "--count", count, "--data-dir", server.data_dir)
    assert code == 0, err
    tokens = out.split()
    assert len(tokens) == count
    return tokens


def mint_moderator(server, **more):
    """A token of a moderator of all public rooms."""
    code, out, err = run_confab("token", "mint", "--moderator", "--data-dir", server.data_dir,
                                *(f"--{name}={value}" for name, value in more.items()))
    assert code == 0, err
    return out.strip()


def unique_room():
    return f"room-{uuid.uuid4().hex[:12]}"


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def path_with(path, **query):
    return path + "?" + urlencode(query, quote_via=quote)
