"""TLS listeners: who gets in, who does not, and what a reload does to whom."""
import json
import os
import re
import signal
import socket
import ssl
import subprocess

import pytest

from listeners import find_listeners, settings_file, tls_listener
from raw_http import RawConnection, get
from support import (LIFTED, DEADLINE_S, ROOT, call, eventually, new_user, run_confab, unique_room)
from tls_tools import DAY, Authority, Pair, client_hello, rsa_key, self_signed, serial_of


class Tls:
    """A server with a plain main listener and a TLS listener called `secure`."""

    def __init__(self, start_server, directory, server=None, settings=None, **listener):
        self.pair = Pair(directory, server)
        file = settings_file(directory / "confab.toml",
                             {"secure": tls_listener(self.pair, **listener)})
        self.server = start_server("--config", file, settings=LIFTED | (settings or {}))
        self.listener = find_listeners(self.server, "secure")["secure"].speaking(
            tls=self.pair.client())


@pytest.fixture
def tls(start_server, tmp_path):
    def start(**options):
        return Tls(start_server, tmp_path, **options)
    return start


@pytest.fixture
def closing():
    """closing(client): clients that are closed with the test."""
    opened = []

    def keep(client):
        opened.append(client)
        return client
    yield keep
    for client in opened:
        client.close()


def sockets_end(connection):
    """Reads to the end of the stream; a reset is an end, too."""
    connection.settimeout(DEADLINE_S)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def fresh_serial(listener, context):
    with listener.speaking(tls=context).socket() as connection:
        return serial_of(connection)


def test_http_over_tls(tls):
    secure = tls()
    assert secure.listener.url.startswith("https://127.0.0.1:")
    assert secure.listener.call("GET", "/health").status == 200
    assert secure.listener.call("GET", "/nowhere").status == 404


def test_the_end_is_said_before_the_connection_closes(tls):
    # RFC 8446 section 6.1; without it the client cannot tell the end from a cut.
    with tls().listener.raw() as connection:
        connection.send(get(Connection="close"))
        assert connection.read_response().status == 200
        assert connection.socket.recv(1) == b""  # an end without close_notify raises


def test_the_clients_close_notify_is_answered_and_ends_the_connection(tls):
    connection = tls().listener.raw()
    connection.send(get())
    assert connection.read_response().status == 200
    plain = connection.socket.unwrap()  # says it, and waits for the answer
    assert sockets_end(plain)
    plain.close()


def test_pipelined_requests_in_one_record(tls):
    with tls().listener.raw() as connection:
        connection.send(get() * 5 + get("/nowhere"))
        assert [connection.read_response().status for _ in range(6)] == [200] * 5 + [404]


def test_byte_for_byte(tls):
    with tls().listener.raw() as connection:
        connection.send_bytewise(get())
        assert connection.read_response().status == 200


def test_plain_and_tls_side_by_side_are_one_chat(tls, chat, closing):
    secure = tls()
    alice, bob = new_user(secure.server, "Alice"), new_user(secure.server, "Bob")
    room = unique_room()
    plain = chat(secure.server, alice, room).joined("Alice")
    wrapped = closing(secure.listener.chat(bob, room)).joined("Bob")
    plain.joined("Bob")
    plain.send("from the plain side")
    assert wrapped.hears("from the plain side")["username"] == "Alice"
    plain.hears("from the plain side")
    wrapped.send("from the other side")
    assert plain.hears("from the other side")["username"] == "Bob"


def test_messages_of_every_size_come_back_in_order(tls, closing):
    secure = tls()
    client = closing(secure.listener.chat(new_user(secure.server, "Alice"), unique_room()))
    client.joined("Alice")
    sizes = [1, 125, 126, 16383, 16384, 16385, 40_000, 65_536]
    for size in sizes:
        client.send("x" * size)
    for size in sizes:
        client.hears("x" * size)
    for number in range(500):
        client.send(f"message {number}")
    for number in range(500):
        client.hears(f"message {number}")


def test_a_server_that_stops_says_good_bye_over_tls(tls, closing):
    secure = tls()
    client = closing(secure.listener.chat(new_user(secure.server), unique_room()))
    secure.server.popen.send_signal(signal.SIGTERM)
    assert client.closed() == 1001


def test_node_ws_chats_over_tls(tls, tmp_path):
    secure = tls(server=Authority().leaf())
    user = new_user(secure.server)
    root = tmp_path / "root.crt"
    root.write_bytes(secure.pair.root.certificate_pem())
    environment = dict(os.environ, NODE_PATH="/usr/share/nodejs", NODE_EXTRA_CA_CERTS=str(root))
    done = subprocess.run(
        ["node", ROOT / "tests" / "blackbox" / "node" / "chat.js",
         secure.listener.ws_url(user.token), "hello from node"],
        capture_output=True, text=True, env=environment, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["message"] == "hello from node"


@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_the_whole_chain_is_sent(tls, key):
    between = Authority("Test Intermediate", Authority())
    secure = tls(server=between.leaf(key=rsa_key() if key == "rsa" else None))
    assert secure.listener.call("GET", "/health").status == 200  # knows the root only


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(tls, version):
    secure = tls()
    with secure.listener.speaking(secure.pair.client_of_version(version)).raw() as connection:
        assert connection.socket.version() == {771: "TLSv1.2", 772: "TLSv1.3"}[version.value]
        connection.send(get())
        assert connection.read_response().status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_refused_with_an_alert(tls, version):
    secure = tls()
    old = secure.listener.speaking(secure.pair.client_of_version(version))
    with pytest.raises(ssl.SSLError, match="(?i)alert.protocol.version"):
        old.socket()
    assert secure.listener.call("GET", "/health").status == 200


def test_the_lowest_version_is_a_setting(tls):
    secure = tls(tls_min_version="1.3")
    with pytest.raises(ssl.SSLError, match="(?i)alert.protocol.version"):
        secure.listener.speaking(
            secure.pair.client_of_version(ssl.TLSVersion.TLSv1_2)).socket()
    assert secure.listener.call("GET", "/health").status == 200


@pytest.mark.parametrize("offer, chosen", [
    (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (None, None)])
def test_http_1_1_is_agreed_on_when_it_is_offered(tls, offer, chosen):
    secure = tls()
    with secure.listener.speaking(secure.pair.client(alpn=offer)).socket() as connection:
        assert connection.selected_alpn_protocol() == chosen


def test_who_speaks_no_tls_is_turned_away_and_nobody_notices(tls):
    secure = tls()
    for bytes_ in (get(), b"\0" * 100, b"\xff" * 5000, client_hello()[:-1] + b"!" * 2000):
        with secure.listener.plain_socket() as connection:
            connection.sendall(bytes_)
            assert sockets_end(connection)
    assert secure.listener.call("GET", "/health").status == 200


def test_plain_http_gets_no_answer_in_clear(tls):
    with tls().listener.plain_socket() as connection:
        connection.sendall(get())
        received = b""
        try:
            while data := connection.recv(65536):
                received += data
        except ConnectionResetError:
            pass
        assert b"HTTP" not in received


def test_a_handshake_that_stops_is_cut_off(tls):
    secure = tls(settings={"http.tls_handshake_timeout_ms": "500"})
    hello = client_hello()
    for part in (b"", hello[:1], hello[:len(hello) // 2], hello):
        with secure.listener.plain_socket() as connection:
            connection.sendall(part)
            assert sockets_end(connection), f"{len(part)} bytes of a handshake"
    assert secure.listener.call("GET", "/health").status == 200


def test_a_slow_handshake_is_cut_off_however_steadily_it_goes_on(tls):
    secure = tls(settings={"http.tls_handshake_timeout_ms": "500"})
    hello = client_hello() * 10
    with secure.listener.plain_socket() as connection:
        connection.settimeout(0.05)  # between two bytes
        sent = 0
        for byte in hello:
            try:
                connection.sendall(bytes([byte]))
                if not connection.recv(1):
                    break
            except TimeoutError:
                pass
            except (ConnectionResetError, BrokenPipeError):
                break
            sent += 1
        assert sent < len(hello) // 2, "the time began anew with each byte"


def test_a_hundred_stalled_handshakes_hold_nobody_up(tls, closing):
    secure = tls()
    stalled = [secure.listener.plain_socket() for _ in range(100)]
    for connection in stalled:
        connection.sendall(client_hello()[:50])
    client = closing(secure.listener.chat(new_user(secure.server, "Alice"), unique_room()))
    client.joined("Alice")
    client.send("still here")
    client.hears("still here")
    for connection in stalled:
        connection.close()


def test_a_reload_takes_the_new_certificate_and_keeps_old_connections(tls, closing):
    secure = tls()
    client = closing(secure.listener.chat(new_user(secure.server, "Alice"), unique_room()))
    client.joined("Alice")
    before = secure.pair.client()
    assert fresh_serial(secure.listener, before) == secure.pair.server.certificate.serial_number
    renewed = secure.pair.write(self_signed()).server.certificate.serial_number
    secure.server.popen.send_signal(signal.SIGHUP)
    whatever = ssl.create_default_context()
    whatever.check_hostname = False
    whatever.verify_mode = ssl.CERT_NONE
    eventually(lambda: fresh_serial(secure.listener, whatever) == renewed, "the new certificate")
    with pytest.raises(ssl.SSLCertVerificationError):
        secure.listener.speaking(before).socket()
    assert secure.listener.speaking(secure.pair.client()).call("GET", "/health").status == 200
    client.send("still the same connection")
    client.hears("still the same connection")


def test_a_reload_that_fails_changes_nothing_and_is_told(tls):
    secure = tls()
    serial = secure.pair.server.certificate.serial_number
    name = str(secure.pair.certificate_file)
    for content in (b"no certificate\n", self_signed().certificate_pem()):
        told = secure.server.output.count(name)
        secure.pair.certificate_file.write_bytes(content)
        secure.server.popen.send_signal(signal.SIGHUP)
        eventually(lambda: secure.server.output.count(name) > told, "the file's name in the log")
        assert fresh_serial(secure.listener, secure.pair.client()) == serial
    secure.pair.certificate_file.unlink()
    secure.server.popen.send_signal(signal.SIGHUP)
    assert secure.listener.call("GET", "/health").status == 200


def refused(tmp_path, listener):
    """A start with this listener, which must fail at once: what it said."""
    file = settings_file(tmp_path / "confab.toml", {"secure": listener})
    code, out, err = run_confab("serve", "--port", "0", "--config", file,
                                "--data-dir", tmp_path / "data")
    assert code != 0, out
    return err


def test_a_start_with_bad_files_fails_and_names_them(tmp_path):
    pair = Pair(tmp_path)
    good = tls_listener(pair)
    missing = tmp_path / "missing.pem"
    assert str(missing) in refused(tmp_path, {**good, "certificate_file": missing})
    assert str(missing) in refused(tmp_path, {**good, "key_file": missing})
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("garbage")
    assert str(garbage) in refused(tmp_path, {**good, "certificate_file": garbage})
    assert str(garbage) in refused(tmp_path, {**good, "key_file": garbage})
    other = Pair(tmp_path, name="other")
    assert str(other.key_file) in refused(tmp_path, {**good, "key_file": other.key_file})
    locked = tmp_path / "locked.key"
    locked.write_bytes(pair.server.key_pem(password=b"secret"))
    assert str(locked) in refused(tmp_path, {**good, "key_file": locked})


@pytest.mark.parametrize("changes, named", [
    ({"certificate_file": ""}, "certificate_file"), ({"key_file": ""}, "key_file"),
    ({"tls_min_version": "1.1"}, "tls_min_version"), ({"address": "localhost:0"}, "address")])
def test_a_bad_setting_of_a_listener_is_named(tmp_path, changes, named):
    message = refused(tmp_path, {**tls_listener(Pair(tmp_path)), **changes})
    assert f"listeners.secure.{named}" in message


def test_an_expired_certificate_is_used_with_a_warning(start_server, tmp_path):
    pair = Pair(tmp_path, self_signed(valid_from=-10 * DAY, valid_for=5 * DAY))
    file = settings_file(tmp_path / "confab.toml", {"secure": tls_listener(pair)})
    server = start_server("--config", file)
    find_listeners(server, "secure")
    server.wait_for_output(re.escape(str(pair.certificate_file)) + r".* expired")
    assert call(server, "GET", "/health").status == 200


def test_ipv6_with_tls(start_server, tmp_path):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    pair = Pair(tmp_path)
    file = settings_file(tmp_path / "confab.toml",
                         {"six": tls_listener(pair, address="[::1]:0")})
    server = start_server("--config", file)
    six = find_listeners(server, "six")["six"].speaking(tls=pair.client())
    assert six.url.startswith("https://[::1]:")
    assert six.call("GET", "/health").status == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", six.port), timeout=DEADLINE_S)


def test_an_idle_connection_is_closed_with_a_word(tls):
    secure = tls(settings={"http.keep_alive_timeout_ms": "200"})
    strict = secure.pair.client()
    strict.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    with secure.listener.speaking(tls=strict).socket() as connection:
        connection.sendall(get())
        while b"\r\n\r\n" not in (answer := connection.recv(65536)):
            assert answer
        while connection.recv(65536):  # raises when it is cut off without a close_notify
            pass


def test_who_comes_too_often_buys_no_handshakes(start_server, tmp_path):
    secure = Tls(start_server, tmp_path, settings={"limits.address_connects_per_second": "1",
                                                   "limits.address_connects_burst": "5"})
    refused = 0
    for _ in range(30):
        try:
            with secure.listener.socket():
                pass
        except (ssl.SSLError, ConnectionResetError, EOFError, OSError):
            refused += 1
    assert refused > 0
    with RawConnection(secure.server, source="127.0.0.2") as observer:
        observer.send(get("/metrics"))
        shown = observer.read_response().body.decode()
    assert f'confab_tls_handshakes_total{{result="ok"}} {30 - refused}\n' in shown
    assert f'confab_refusals_total{{reason="address_rate"}} {refused}\n' in shown
