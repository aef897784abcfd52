"""The commands beside `serve`."""
import os
import pty
import re
import select
import subprocess
import time
import uuid

import pytest

from chat import refusal_of
from listeners import settings_file, tls_listener
from support import BINARY, DEADLINE_S, call, new_user, run_confab, unique_room
from tls_tools import DAY, Pair, self_signed


# Colours, and clearing the line: what the client itself sends to a terminal.
COLOURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[K")


class Terminal:
    """`confab chat` on a terminal of its own, as a person would use it."""

    def __init__(self, *arguments, env=None):
        self.master, slave = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CONFAB_")}
        environment.update({"TERM": "xterm"}, **(env or {}))
        self.popen = subprocess.Popen([str(BINARY), "chat", *map(str, arguments)], stdin=slave,
                                      stdout=slave, stderr=slave, env=environment,
                                      start_new_session=True)
        os.close(slave)
        self.seen = ""

    def _read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += COLOURS.sub("", data.decode("utf-8", "replace"))
        return bool(data)

    def expect(self, pattern):
        """Reads until the pattern is on the screen; forgets everything up to its end."""
        end = time.monotonic() + DEADLINE_S
        while not (found := re.search(pattern, self.seen)):
            assert time.monotonic() < end, f"no {pattern!r} in {self.seen!r}"
            if not self._read(0.2) and self.popen.poll() is not None:
                assert re.search(pattern, self.seen), f"ended without {pattern!r}: {self.seen!r}"
        before, self.seen = self.seen[:found.end()], self.seen[found.end():]
        return before

    def type(self, line):
        os.write(self.master, (line + "\n").encode())

    def finish(self):
        end = time.monotonic() + DEADLINE_S
        while self.popen.poll() is None and time.monotonic() < end:
            self._read(0.1)
        os.close(self.master)
        return self.popen.wait(1)

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()


@pytest.fixture
def terminal():
    opened = []

    def start(*arguments, env=None):
        opened.append(Terminal(*arguments, env=env))
        return opened[-1]
    yield start
    for each in opened:
        each.kill()


def test_help_and_version():
    code, out, _ = run_confab("--help")
    assert code == 0
    for command in ("serve", "check-config", "user", "token", "chat"):
        assert command in out
    code, out, _ = run_confab("--version")
    assert code == 0
    assert re.search(r"\d+\.\d+\.\d+", out)
    for command in (["serve"], ["chat"], ["user", "add"], ["token", "mint"]):
        assert run_confab(*command, "--help")[0] == 0


def test_an_unknown_flag_or_command_is_named():
    code, out, err = run_confab("serve", "--prot", "1")
    assert code != 0 and "--prot" in out + err
    code, out, err = run_confab("sevre")
    assert code != 0 and "sevre" in out + err


def test_check_config_finds_what_is_wrong(tmp_path):
    assert run_confab("check-config", "--data-dir", tmp_path / "data")[0] == 0
    code, _, err = run_confab("check-config", "--set", "server.port=x")
    assert code != 0 and "server.port" in err
    assert not (tmp_path / "data").exists(), "checking changes nothing"


def test_check_config_reads_the_certificates_as_a_start_would(tmp_path):
    pair = Pair(tmp_path, self_signed(valid_for=5 * DAY))
    file = settings_file(tmp_path / "confab.toml", {"secure": tls_listener(pair)})
    code, out, err = run_confab("check-config", "--config", file)
    assert code == 0 and "in order" in out
    assert "listeners.secure" in err and "expires in less than" in err
    pair.key_file.unlink()
    code, out, err = run_confab("check-config", "--config", file)
    assert code != 0 and "in order" not in out
    assert "listeners.secure" in err and str(pair.key_file) in err


def test_check_config_prints_no_secret():
    secret = "Zx81-not-to-be-shown-_aB3kQ9rT7uV2wYcEgH"
    code, out, err = run_confab("check-config", "--print", env={"CONFAB_AUTH_SECRET": secret})
    assert code == 0, err
    assert secret not in out + err
    assert "(set)" in out


def test_the_printed_configuration_can_be_read_again(tmp_path):
    code, out, _ = run_confab("check-config", "--print", "--set", "server.port=4711")
    assert code == 0
    file = tmp_path / "confab.toml"
    file.write_text(out)
    code, again, err = run_confab("check-config", "--print", "--config", file)
    assert code == 0, err
    assert "4711" in again


def user_command(directory, *arguments, stdin=None):
    return run_confab("user", *arguments, "--data-dir", directory, stdin=stdin)


def test_accounts_are_kept_from_the_command_line(start_server):
    """Beside a running server, too: both work on the same database."""
    closed = start_server(settings={"auth.registration": "false"})
    email = f"{uuid.uuid4().hex}@example.com"
    login = {"email": email, "password": "password123"}
    code, out, err = user_command(closed.data_dir, "add", "--email", email, "--name", "Ann Onym",
                                  "--password-stdin", stdin="password123\n")
    assert code == 0, err
    assert "password123" not in out + err
    answer = call(closed, "POST", "/auth/login", login)
    assert answer.status == 200
    code, out, _ = user_command(closed.data_dir, "list")
    assert code == 0
    assert email in out and "Ann Onym" in out
    assert "$argon2" not in out
    assert user_command(closed.data_dir, "disable", email)[0] == 0
    call(closed, "POST", "/auth/login", login).problem(401, "invalid_credentials")
    token = answer.json()["token"]
    assert call(closed, "GET", "/auth/me", token=token).status == 401
    refresh = {"refresh_token": answer.json()["refresh_token"]}
    call(closed, "POST", "/auth/refresh-token", refresh).problem(401, "refresh_invalid")
    assert user_command(closed.data_dir, "disable", email, "--enable")[0] == 0
    assert call(closed, "POST", "/auth/login", login).status == 200


def test_user_add_refuses_what_registration_refuses(start_server):
    fresh = start_server()
    user = new_user(fresh)
    for email, password in ((user.email, "password123"), ("no address", "password123"),
                            ("x@example.com", "short")):
        code, _, err = user_command(fresh.data_dir, "add", "--email", email, "--name", "X",
                                    "--password-stdin", stdin=password + "\n")
        assert code != 0 and err.strip()
    assert user_command(fresh.data_dir, "disable", "nobody@example.com")[0] != 0


def test_minted_tokens_open_a_chat(start_server, chat):
    fresh = start_server()
    code, out, err = run_confab("token", "mint", "--count", "3", "--data-dir", fresh.data_dir)
    assert code == 0, err
    tokens = out.splitlines()
    assert len(tokens) == len(set(tokens)) == 3
    assert [refusal_of(fresh, token) for token in tokens] == [101] * 3
    code, out, _ = run_confab("token", "mint", "--name", "Robot", "--user-id", "robot-7",
                              "--data-dir", fresh.data_dir)
    client = chat(fresh, out.strip()).joined("Robot")
    client.send("beep")
    assert client.hears("beep")["user_id"] == "robot-7"


def test_tokens_can_be_minted_before_the_first_start(start_server, tmp_path):
    code, out, err = run_confab("token", "mint", "--data-dir", tmp_path / "data")
    assert code == 0, err
    assert refusal_of(start_server(), out.strip()) == 101


def test_chatting_in_a_terminal(server, chat, terminal):
    room = unique_room()
    alice, bob = new_user(server, "Alice"), new_user(server, "Bob")
    b = chat(server, bob, room).joined("Bob")
    screen = terminal("--url", server.url, "--email", alice.email, "--room", room)
    screen.expect("(?i)password")
    screen.type(alice.password)
    b.joined("Alice")
    shown = screen.expect("Alice has joined the chat")
    assert alice.password not in shown, "the password must not be echoed"
    b.send("hello from the browser")
    screen.expect("Bob: hello from the browser")
    screen.type("hello from the terminal")
    b.hears("hello from the browser")
    b.hears("hello from the terminal")
    b.send("\x1b[2J\x1b]0;evil\x07 and \r\n more")
    shown = screen.expect("more")
    assert "\x1b[2J" not in shown and "\x1b]0;" not in shown and "\x07" not in shown
    screen.type("/quit")
    b.hears("\x1b[2J\x1b]0;evil\x07 and \r\n more")
    b.left("Alice")
    assert screen.finish() == 0


def test_chatting_through_a_pipe(server, chat):
    room = unique_room()
    alice, bob = new_user(server, "Alice"), new_user(server, "Bob")
    b = chat(server, bob, room).joined("Bob")
    code, out, err = run_confab("chat", "--url", server.url, "--room", room, stdin="one\ntwo\n",
                                env={"CONFAB_TOKEN": alice.token})
    assert code == 0, err
    b.joined("Alice")
    b.hears("one")
    b.hears("two")
    b.left("Alice")
    assert "Alice: two" in out
    assert "\x1b" not in out, "no colours in a pipe"


def test_chat_comes_back_after_a_restart_of_the_server(start_server, terminal):
    from support import Server
    first = start_server()
    user = new_user(first, "Alice")
    screen = terminal("--url", first.url, "--email", user.email,
                      env={"CONFAB_PASSWORD": user.password})
    screen.expect("Alice has joined the chat")
    first.stop()
    second = Server(first.data_dir, port=first.port)
    try:
        screen.expect("Alice has joined the chat")
        screen.type("/quit")
        assert screen.finish() == 0
    finally:
        second.stop()


def test_chat_says_what_is_wrong(server, terminal):
    screen = terminal("--url", server.url, "--email", "nobody@example.com",
                      env={"CONFAB_PASSWORD": "not the password"})
    assert screen.finish() == 1
    assert run_confab("chat", "--url", "gopher://x", env={"CONFAB_TOKEN": "x"})[0] == 2
