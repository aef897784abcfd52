"""Start, stop, crash and restart: what is kept, what is refused, and how connections end."""
import concurrent.futures
import json
import os
import signal
import stat
import time
import types

import pytest

from raw_http import RawConnection, get
from raw_ws import CLOSE, RawWs
from support import (DEADLINE_S, LIFTED, Process, Server, call, eventually, free_port, log_in,
                     new_user, register, registration, run_confab)


def refused_start(*arguments, env=None):
    """A start that must fail at once: what it said."""
    code, out, err = run_confab("serve", "--port", "0", *arguments, env=env)
    assert code != 0, out
    assert "http://" not in out, "it must not claim to run"
    return err


def modes_below(directory):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


def test_start_tells_where_to_go(start_server):
    fresh = start_server()
    assert fresh.wait_for_output(r"http://127\.0\.0\.1:\d+")
    assert fresh.wait_for_output(str(fresh.data_dir))
    assert fresh.wait_for_output("docs")


def test_sigterm_says_good_bye_and_ends_with_zero(start_server, chat):
    fresh = start_server()
    user = new_user(fresh)
    clients = [chat(fresh, user, f"room-{number}") for number in range(20)]
    fresh.popen.send_signal(signal.SIGTERM)
    assert [client.closed() for client in clients] == [1001] * 20
    assert fresh.wait() == 0


def test_sigint_does_the_same(start_server, chat):
    fresh = start_server()
    client = chat(fresh, new_user(fresh))
    fresh.popen.send_signal(signal.SIGINT)
    assert client.closed() == 1001
    assert fresh.wait() == 0


def test_while_it_ends_nobody_new_comes_in(start_server):
    fresh = start_server(settings={"ws.close_timeout_ms": "3000"})
    user = new_user(fresh)
    with RawWs(fresh, user.token) as stubborn:
        fresh.popen.send_signal(signal.SIGTERM)
        stubborn.skip_to(CLOSE)

        def turned_away():
            try:
                with RawConnection(fresh) as late:
                    late.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                    return late.read_response().status == 503
            except (ConnectionError, EOFError):
                return True
        eventually(turned_away, "new connections are refused")
    assert fresh.wait() == 0


def test_who_does_not_answer_the_close_cannot_hold_it_up(start_server):
    fresh = start_server(settings={"ws.close_timeout_ms": "500"})
    with RawWs(fresh, new_user(fresh).token) as stubborn:
        fresh.popen.send_signal(signal.SIGTERM)
        assert fresh.wait() == 0
        stubborn.skip_to(CLOSE)


def test_a_request_under_way_is_finished(start_server):
    fresh = start_server()
    body = b'{"email":"nobody@example.com","password":"password123"}'
    with RawConnection(fresh) as connection:
        connection.send("POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        fresh.popen.send_signal(signal.SIGTERM)
        assert connection.read_response().status in (401, 503)
    assert fresh.wait() == 0


def test_a_second_signal_ends_it_at_once(start_server):
    fresh = start_server(settings={"ws.close_timeout_ms": "20000"})
    with RawWs(fresh, new_user(fresh).token) as stubborn:
        fresh.popen.send_signal(signal.SIGTERM)
        stubborn.skip_to(CLOSE)
        started = time.monotonic()
        fresh.popen.send_signal(signal.SIGTERM)
        fresh.expected_exit = fresh.wait(15)
        assert time.monotonic() - started < 15


@pytest.mark.parametrize("attempt", range(3))
def test_two_signals_at_once_with_log_ins_under_way(start_server, attempt):
    # What the workers still answer goes to connections that are gone, and must be gone in time.
    fresh = start_server(settings=LIFTED | {"server.loops": "2"})
    body = b'{"email":"nobody@example.com","password":"password123"}'
    request = (b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
               b"Content-Length: %d\r\n\r\n" % len(body)) + body
    connections = [RawConnection(fresh) for _ in range(20)]
    try:
        for connection in connections:
            connection.send(request)
        connections[0].read_response()  # the workers are at it
        fresh.popen.send_signal(signal.SIGTERM)
        fresh.popen.send_signal(signal.SIGINT)
        assert fresh.wait() == 0
        fresh.check_sanitizers()
    finally:
        for connection in connections:
            connection.close()


def test_the_metrics_stay_to_the_end_and_hold_nothing_up(start_server):
    own = free_port()
    fresh = start_server(settings={"ws.close_timeout_ms": "20000", "metrics.port": str(own),
                                   "http.keep_alive_timeout_ms": "600000"})
    watcher = types.SimpleNamespace(port=own)
    with RawWs(fresh, new_user(fresh).token) as stubborn:
        fresh.popen.send_signal(signal.SIGTERM)
        stubborn.skip_to(CLOSE)
        assert "confab_connections" in call(watcher, "GET", "/metrics").text
        ready = call(watcher, "GET", "/ready")
        assert ready.status == 503
        assert ready.json()["dependencies"]["server"] == {"ready": False, "reason": "draining"}
        with RawConnection(watcher) as idle:
            idle.send(get("/metrics"))
            assert idle.read_response().status == 200  # and stays connected
            stubborn.close()
            assert fresh.wait(30 + DEADLINE_S) == 0
    assert "drain_timeout" not in fresh.output


def test_who_asks_again_and_again_gets_a_proper_end_as_well(start_server):
    fresh = start_server()
    while fresh.popen.poll() is None:
        fresh.popen.send_signal(signal.SIGTERM)
    assert fresh.wait() == 0
    assert '"event":"stopped"' in fresh.output


def test_while_it_ends_open_connections_are_told(start_server):
    # On one loop: of two, one may not know yet when the other has said good-bye.
    fresh = start_server(settings={"ws.close_timeout_ms": "20000", "server.loops": "1"})
    with RawWs(fresh, new_user(fresh).token) as stubborn, RawConnection(fresh) as busy:
        busy.send(get("/ready")[:-2])  # its request is under way
        eventually(lambda: fresh.metric("confab_connections", kind="http") >= 2, "it is accepted")
        fresh.popen.send_signal(signal.SIGTERM)
        stubborn.skip_to(CLOSE)
        busy.send(b"\r\n")
        response = busy.read_response()
        assert response.status == 503
        assert json.loads(response.body)["code"] == "draining"
    assert fresh.wait() == 0


def test_a_restart_keeps_accounts_and_sessions(start_server):
    first = start_server()
    user = new_user(first, "Alice")
    first.stop()
    user.server = second = start_server()
    assert call(second, "GET", "/auth/me", token=user.token).json()["user"]["id"] == user.id
    answer = call(second, "POST", "/auth/refresh-token", {"refresh_token": user.refresh})
    assert answer.status == 200
    assert log_in(user).token
    call(second, "POST", "/auth/register", user.profile).problem(409, "email_taken")


def test_the_memory_store_forgets_and_writes_nothing(start_server, tmp_path):
    first = start_server("--store", "memory")
    user = new_user(first)
    first.stop()
    assert not first.data_dir.exists() or list(first.data_dir.iterdir()) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    second = start_server("--store", "memory")
    call(second, "POST", "/auth/login",
         {"email": user.email, "password": user.password}).problem(401)
    assert call(second, "GET", "/auth/me", token=user.token).status == 401


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_data_directory_is_private(start_server, umask):
    before = os.umask(umask)
    try:
        fresh = start_server()
    finally:
        os.umask(before)
    register(fresh)
    assert stat.S_IMODE(fresh.data_dir.stat().st_mode) == 0o700
    modes = modes_below(fresh.data_dir)
    assert "confab.db" in modes
    assert set(modes.values()) == {0o600}, {name: oct(mode) for name, mode in modes.items()}


def test_what_was_acknowledged_survives_kill_9(start_server, tmp_path):
    acknowledged = []
    for round_number in range(3):
        running = start_server(settings=LIFTED)

        def keep_registering():
            while True:
                body = registration()
                try:
                    if call(running, "POST", "/auth/register", body).status == 201:
                        acknowledged.append(body)
                except OSError:
                    return
        enough = len(acknowledged) + 20
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(keep_registering)
            eventually(lambda: len(acknowledged) >= enough, "registrations go through")
            running.popen.send_signal(signal.SIGKILL)
        running.expected_exit = running.wait()
        assert running.expected_exit == -signal.SIGKILL, f"round {round_number}"
    again = start_server(settings=LIFTED)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda body: call(again, "POST", "/auth/login", {
            "email": body["email"], "password": body["password"]}).status, acknowledged))
    assert statuses == [200] * len(acknowledged)


def test_clear_text_on_the_network_is_refused_unless_wanted(tmp_path):
    arguments = ["--data-dir", tmp_path / "data", "--bind", "0.0.0.0"]
    message = refused_start(*arguments)
    assert "server.bind" in message and "clear text" in message
    insecure = Process(["serve", "--port", "0", *arguments, "--insecure-listen"])
    try:
        assert insecure.wait_for_output("listening_in_clear")
        assert insecure.wait_for_output("serving")
    finally:
        insecure.kill()


def test_a_second_server_on_the_same_directory_is_refused(start_server):
    first = start_server()
    message = refused_start("--data-dir", first.data_dir)
    assert str(first.data_dir) in message
    assert call(first, "GET", "/health").status == 200


def test_a_port_that_is_taken_is_named(start_server, tmp_path):
    first = start_server()
    code, _, err = run_confab("serve", "--port", first.port, "--data-dir", tmp_path / "other")
    assert code != 0
    assert str(first.port) in err


@pytest.mark.parametrize("secret", ["secret", "x" * 64, "your-256-bit-secret", "changeme" * 8])
def test_a_weak_secret_is_refused_and_not_repeated(tmp_path, secret):
    message = refused_start("--data-dir", tmp_path / "data", env={"CONFAB_AUTH_SECRET": secret})
    assert "auth.secret" in message
    assert secret not in message.replace("auth.secret", "")


def test_a_secret_file_that_others_can_read_is_refused(start_server):
    first = start_server()
    first.stop()
    names = [path for path in first.data_dir.iterdir() if "secret" in path.name]
    assert len(names) == 1, "the secret made at first start"
    names[0].chmod(0o644)
    assert str(names[0]) in refused_start("--data-dir", first.data_dir)


@pytest.mark.parametrize("arguments, env, named", [
    (["--set", "server.prot=1"], None, ["server.prot", "server.port"]),
    (["--set", "server.port=70000"], None, ["server.port", "70000"]),
    (["--set", "http.header_timeout_ms=soon"], None, ["http.header_timeout_ms", "soon"]),
    (["--set", "store.kind=floppy"], None, ["store.kind", "floppy"]),
    (["--set", "nonsense"], None, ["--set"]),
    ([], {"CONFAB_SERVER_PROT": "1"}, ["CONFAB_SERVER_PROT"]),
    ([], {"CONFAB_SERVER_PORT": "abc"}, ["server.port", "abc"]),
    (["--bind", "not.an.address"], None, ["server.bind"]),
    (["--profile", "fast"], None, ["fast"]),
])
def test_a_bad_setting_is_named(tmp_path, arguments, env, named):
    message = refused_start("--data-dir", tmp_path / "data", *arguments, env=env)
    for text in named:
        assert text in message


def test_a_bad_line_in_the_file_is_named(tmp_path):
    file = tmp_path / "confab.toml"
    for text, named in (("[server]\nprot = 1\n", "server.prot"), ("[server\n", "confab.toml"),
                        ("[server]\nport = 'x'\n", "server.port")):
        file.write_text(text)
        message = refused_start("--data-dir", tmp_path / "data", "--config", file)
        assert named in message
    assert "missing.toml" in refused_start("--config", tmp_path / "missing.toml")


def test_a_directory_that_cannot_be_used_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert str(blocked) in refused_start("--data-dir", blocked)


def test_flags_win_over_environment_and_file(tmp_path):
    file = tmp_path / "confab.toml"
    file.write_text("[chat]\ndefault_room = 'from-file'\n[log]\nlevel = 'warn'\n"
                    "[server]\nport = 1\n")
    running = Server(tmp_path / "data", "--config", file, settings={"log.level": "info"},
                     env={"CONFAB_CHAT_DEFAULT_ROOM": "from-environment"})
    try:
        user = new_user(running)
        with RawWs(running, user.token) as raw:
            raw.read_text()
            code, out, _ = run_confab("check-config", "--print", "--config", file,
                                      env={"CONFAB_CHAT_DEFAULT_ROOM": "from-environment"})
            assert code == 0
            assert "from-environment" in out
    finally:
        running.popen.send_signal(signal.SIGTERM)
        assert running.wait(30 + DEADLINE_S) == 0
