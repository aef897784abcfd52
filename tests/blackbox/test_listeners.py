"""Unix sockets, the PROXY protocol, X-Forwarded-For: where clients come from, and who may say so.

How the tests see whose address counts: two registrations an hour are allowed for each.
"""
import itertools
import json
import os
import signal
import socket
import stat

import pytest

from listeners import (LOCAL, PROXY_SIGNATURE, SocketConnection, find_listeners, proxy_header,
                       settings_file, tls_listener)
from raw_http import RawConnection, get
from raw_ws import RawWs
from support import (DEADLINE_S, call, eventually, mint_tokens, new_user, path_with, registration,
                     run_confab, unique_room)
from tls_tools import Pair

LOOPBACK = "127.0.0.0/8"
ELSEWHERE = "10.0.0.0/8"
LIMIT = {"registrations_per_address_per_hour": 2}
_numbers = itertools.count(1)


def nobody_yet():
    """An address that no test has used (RFC 5737)."""
    return f"203.0.113.{next(_numbers)}"


def register_from(target, **fields):
    """The status of a registration; fields are header fields."""
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return target.call("POST", "/auth/register", registration(), headers=headers).status


def ends_without_an_answer(connection):
    connection.settimeout(DEADLINE_S)
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    assert received == b"", received
    return True


@pytest.fixture
def listening(start_server, tmp_path):
    """listening({name: keys}, trusted): the server and its listeners by name."""
    def start(listeners, trusted="", settings=None):
        file = settings_file(tmp_path / "confab.toml", listeners, auth=LIMIT,
                             net={"trusted_proxies": trusted})
        server = start_server("--config", file, settings=settings)
        return server, find_listeners(server, *listeners)
    return start


@pytest.fixture
def unix(listening, tmp_path):
    """unix(trusted, ...): the server and a listener on a Unix socket."""
    def start(trusted="", **more):
        address = f"unix:{tmp_path / 'chat.sock'}"
        server, found = listening({"local": {"address": address, **more}}, trusted)
        return server, found["local"]
    return start


# Unix sockets


def test_a_unix_socket_serves_http_and_chat(unix, chat):
    server, local = unix()
    assert local.url == f"unix:{local.path}"
    assert local.call("GET", "/health").status == 200
    room = unique_room()
    alice, bob = new_user(server, "Alice"), new_user(server, "Bob")
    plain = chat(server, alice, room).joined("Alice")
    inside = local.chat(bob, room).joined("Bob")
    try:
        plain.joined("Bob")
        inside.send("from the Unix socket")
        assert plain.hears("from the Unix socket")["username"] == "Bob"
    finally:
        inside.close()


@pytest.mark.parametrize("mode", ["600", "660", "666"])
def test_a_unix_socket_has_the_mode_it_was_given(unix, mode):
    _, local = unix(socket_mode=mode)
    assert stat.S_IMODE(os.stat(local.path).st_mode) == int(mode, 8)


def test_the_socket_file_goes_when_the_server_stops(unix):
    server, local = unix()
    assert os.path.exists(local.path)
    server.stop()
    assert not os.path.exists(local.path)


def test_what_a_killed_server_left_is_replaced(unix):
    first, local = unix()
    first.popen.send_signal(signal.SIGKILL)
    first.expected_exit = first.wait()
    assert os.path.exists(local.path)
    _, local = unix()
    assert local.call("GET", "/health").status == 200


def test_a_socket_that_is_in_use_is_not_taken_over(unix, tmp_path):
    _, local = unix()
    code, _, err = run_confab("serve", "--port", "0", "--config", tmp_path / "confab.toml",
                              "--data-dir", tmp_path / "other")
    assert code != 0
    assert local.path in err
    assert local.call("GET", "/health").status == 200


def test_a_file_that_is_no_socket_is_left_alone(tmp_path):
    file = tmp_path / "chat.sock"
    file.write_text("precious")
    config = settings_file(tmp_path / "confab.toml", {"local": {"address": f"unix:{file}"}})
    code, _, err = run_confab("serve", "--port", "0", "--config", config,
                              "--data-dir", tmp_path / "data")
    assert code != 0
    assert str(file) in err
    assert file.read_text() == "precious"


def test_tls_on_a_unix_socket(listening, tmp_path):
    pair = Pair(tmp_path)
    _, found = listening({"local": tls_listener(pair, f"unix:{tmp_path / 'tls.sock'}")})
    assert found["local"].speaking(tls=pair.client()).call("GET", "/health").status == 200


# X-Forwarded-For


@pytest.mark.parametrize("trusted", ["", ELSEWHERE, "unix", "::1"])
def test_an_untrusted_client_cannot_choose_its_address(listening, trusted):
    server, found = listening({"extra": {"address": "127.0.0.1:0"}}, trusted)
    statuses = [register_from(found["extra"], X_Forwarded_For=nobody_yet()) for _ in range(4)]
    assert statuses == [201, 201, 429, 429]
    assert call(server, "POST", "/auth/register", registration()).status == 429


def test_a_trusted_proxy_speaks_for_its_clients(listening):
    _, found = listening({"extra": {"address": "127.0.0.1:0"}}, LOOPBACK)
    for _ in range(3):
        client = nobody_yet()
        statuses = [register_from(found["extra"], X_Forwarded_For=client) for _ in range(3)]
        assert statuses == [201, 201, 429]
    assert register_from(found["extra"]) == 201, "without the field the proxy itself counts"


def test_what_the_client_wrote_itself_does_not_count(listening):
    _, found = listening({"extra": {"address": "127.0.0.1:0"}}, LOOPBACK + ", 192.0.2.0/24")
    client = nobody_yet()
    forged = [f"1.2.3.4, {client}", f"{nobody_yet()}, 192.0.2.1, {client}, 192.0.2.9",
              f"127.0.0.1, {client}", f"rubbish, {client}", f"{nobody_yet()},,{client}"]
    statuses = [register_from(found["extra"], X_Forwarded_For=value) for value in forged]
    assert statuses == [201, 201, 429, 429, 429]


def test_several_fields_are_one_list(listening):
    _, found = listening({"extra": {"address": "127.0.0.1:0"}}, LOOPBACK)
    client = nobody_yet()
    for status in (201, 201, 429):
        with found["extra"].raw() as connection:
            body = json.dumps(registration())
            connection.send(
                "POST /auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                f"X-Forwarded-For: {nobody_yet()}\r\nx-forwarded-for: {client}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}")
            assert connection.read_response().status == status


def test_an_entry_that_is_no_address_leaves_the_last_good_one(listening):
    _, found = listening({"extra": {"address": "127.0.0.1:0"}}, LOOPBACK + ", 192.0.2.0/24")
    values = [f"{nobody_yet()}, unknown, 192.0.2.1", f"{nobody_yet()}, _x, 192.0.2.1", "192.0.2.1"]
    statuses = [register_from(found["extra"], X_Forwarded_For=value) for value in values]
    assert statuses == [201, 201, 429]


def test_a_peer_on_the_unix_socket_is_trusted_by_its_word_only(unix):
    _, local = unix(trusted="unix")
    client = nobody_yet()
    assert [register_from(local, X_Forwarded_For=client) for _ in range(3)] == [201, 201, 429]
    assert register_from(local, X_Forwarded_For=nobody_yet()) == 201


def test_a_peer_on_the_unix_socket_is_not_trusted_otherwise(unix):
    _, local = unix(trusted="0.0.0.0/0, ::/0")
    statuses = [register_from(local, X_Forwarded_For=nobody_yet()) for _ in range(3)]
    assert statuses == [201, 201, 429]


@pytest.mark.parametrize("trusted, warned", [("", True), (LOOPBACK, False)])
def test_a_proxy_that_nobody_named_is_pointed_out(listening, trusted, warned):
    server, found = listening({"extra": {"address": "127.0.0.1:0"}}, trusted,
                              {"server.loops": 1})  # each warns for itself
    for _ in range(3):
        register_from(found["extra"], X_Forwarded_For=nobody_yet())
    assert call(server, "GET", "/health").status == 200
    assert server.output.count('"untrusted_proxy"') == (1 if warned else 0)


def upgrade_over(connection, client, token):
    """The status of a handshake that a proxy forwards on a connection of its own."""
    request = RawWs.handshake(path_with("/ws", token=token, room=unique_room()))
    head, rest = request.split(b"\r\n", 1)
    connection.send(head + f"\r\nX-Forwarded-For: {client}\r\n".encode() + rest)
    return connection.read_response().status


def test_connections_of_a_proxys_pool_belong_to_whom_they_serve(listening):
    server, _ = listening({"extra": {"address": "127.0.0.1:0"}}, LOOPBACK,
                          {"limits.connections_per_address": 1})
    alice, bob = nobody_yet(), nobody_yet()
    tokens = mint_tokens(server, 4)
    pool = [RawConnection(server) for _ in range(5)]
    assert upgrade_over(pool[0], alice, "not a token") == 401
    assert upgrade_over(pool[1], alice, tokens[0]) == 101, "a refused one takes no place"
    assert upgrade_over(pool[0], bob, tokens[1]) == 101
    assert upgrade_over(pool[2], bob, tokens[2]) == 429, "the one before counts as bob's"
    assert upgrade_over(pool[3], alice, tokens[3]) == 429
    for connection in pool:
        connection.close()


# PROXY protocol


@pytest.fixture
def proxied(listening, tmp_path):
    """proxied(trusted): listeners `plain` and `secure` that expect a PROXY header, and the pair."""
    def start(trusted=LOOPBACK, settings=None):
        pair = Pair(tmp_path)
        server, found = listening(
            {"plain": {"address": "127.0.0.1:0", "proxy_protocol": True},
             "secure": tls_listener(pair, proxy_protocol=True)}, trusted, settings)
        found["secure"].tls = pair.client()
        return server, found
    return start


@pytest.mark.parametrize("name", ["plain", "secure"])
def test_the_header_of_a_trusted_proxy_names_the_client(proxied, name):
    _, found = proxied()
    for source in (nobody_yet(), "2001:db8::7", nobody_yet()):
        listener = found[name].speaking(header=proxy_header(source))
        assert [register_from(listener) for _ in range(3)] == [201, 201, 429]


def test_a_chat_behind_a_proxy(proxied):
    server, found = proxied()
    user = new_user(server, "Alice")
    for listener in found.values():
        client = listener.speaking(header=proxy_header(nobody_yet())).chat(user, unique_room())
        client.joined("Alice")
        client.send("hello")
        client.hears("hello")
        client.close()


@pytest.mark.parametrize("name", ["plain", "secure"])
def test_who_is_not_trusted_is_not_served_with_or_without_a_header(proxied, name):
    _, found = proxied(trusted=ELSEWHERE)
    for header in (proxy_header(nobody_yet()), proxy_header("10.0.0.1"), b""):
        with found[name].speaking(header=header).plain_socket() as connection:
            try:
                connection.sendall(get())
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert ends_without_an_answer(connection)


@pytest.mark.parametrize("start", [
    b"", b"PROXY TCP4 203.0.113.1 127.0.0.1 50000 80\r\n", PROXY_SIGNATURE + b"\x11\x11\0\0",
    PROXY_SIGNATURE + b"\x21\x11\0\x04abcd", PROXY_SIGNATURE + b"\x21\x11\xff\xff"],
    ids=["no header", "version 1", "an unknown version", "too short", "too long"])
def test_without_a_proper_header_there_is_no_answer(proxied, start):
    server, found = proxied()
    with found["plain"].plain_socket() as connection:
        connection.sendall(start + get())
        assert ends_without_an_answer(connection)
    assert server.wait_for_output('"proxy_header_refused"')
    assert call(server, "GET", "/health").status == 200


def test_a_header_that_is_never_finished_is_cut_off(proxied):
    _, found = proxied(settings={"http.header_timeout_ms": "500",
                                 "http.tls_handshake_timeout_ms": "500"})
    for listener, count in itertools.product(found.values(), (0, 5, 16, 20)):
        with listener.plain_socket() as connection:
            connection.sendall(proxy_header(nobody_yet())[:count])
            assert ends_without_an_answer(connection)


def test_a_header_may_come_in_pieces_and_be_glued_to_the_request(proxied):
    _, found = proxied()
    vectors = b"\x04\0\x03xyz"
    with SocketConnection(found["plain"].plain_socket()) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.send_bytewise(proxy_header(nobody_yet(), vectors=vectors))
        connection.send(get())
        assert connection.read_response().status == 200
        connection.send(get())
        assert connection.read_response().status == 200
    with SocketConnection(found["plain"].plain_socket()) as connection:
        connection.send(proxy_header(nobody_yet(), vectors=vectors) + get() + get())
        assert [connection.read_response().status for _ in range(2)] == [200, 200]


def test_the_proxys_own_checks_are_served(proxied):
    _, found = proxied()
    local = PROXY_SIGNATURE + bytes([LOCAL, 0, 0, 0])
    assert found["plain"].speaking(header=local).call("GET", "/health").status == 200


def test_the_metrics_are_not_for_clients_behind_a_proxy(proxied):
    server, found = proxied()
    listener = found["plain"].speaking(header=proxy_header(nobody_yet()))
    assert listener.call("GET", "/metrics").status == 404
    eventually(lambda: call(server, "GET", "/metrics").status == 200, "metrics on this machine")


def test_a_header_on_a_listener_that_expects_none_is_no_header(listening):
    _, found = listening({"extra": {"address": "127.0.0.1:0"}}, LOOPBACK)
    with found["extra"].speaking(header=proxy_header(nobody_yet())).raw() as connection:
        connection.send_if_open(get())
        assert b" 200 " not in connection.ended()


@pytest.mark.parametrize("trusted", ["10.0.0.1/8", "everybody", "10.0.0.0/33", ","])
def test_a_bad_list_of_proxies_is_named(tmp_path, trusted):
    code, _, err = run_confab("serve", "--port", "0", "--data-dir", tmp_path / "data",
                              "--set", f"net.trusted_proxies={trusted}")
    assert code != 0
    assert "net.trusted_proxies" in err
