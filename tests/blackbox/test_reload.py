"""SIGHUP: what a running server takes over, what waits for a restart, and that a mistake changes
nothing at all."""
import re
import signal
import ssl
from types import SimpleNamespace

import pytest

from listeners import find_listeners, settings_file, tls_listener
from raw_http import RawConnection
from raw_ws import RawWs
from support import LIFTED, call, eventually, free_port, new_user, path_with, registration
from tls_tools import DAY, Pair, self_signed


class Reloading:
    """A server with a settings file that is written anew before each reload."""

    def __init__(self, start_server, directory, listeners, **sections):
        self.file = directory / "confab.toml"
        settings_file(self.file, listeners, **sections)
        self.server = start_server("--config", self.file, settings=LIFTED_RATES)
        self.found = find_listeners(self.server, *listeners)

    def reload(self, listeners, expected="ok", **sections):
        """Writes, sends the signal and waits for the outcome: what the log said meanwhile."""
        settings_file(self.file, listeners, **sections)
        before = self.server.metric("confab_reloads_total", result=expected)
        said = len(self.server.stderr)
        self.server.popen.send_signal(signal.SIGHUP)
        eventually(lambda: self.server.metric("confab_reloads_total", result=expected) > before,
                   f"a reload that is {expected}")
        last = "reloaded" if expected == "ok" else "reload_failed"
        return eventually(lambda: last in self.server.stderr[said:] and self.server.stderr[said:],
                          "its line in the log")


LIFTED_RATES = {key: value for key, value in LIFTED.items() if key.startswith("limits.")}


@pytest.fixture
def reloading(start_server, tmp_path):
    def start(listeners=None, **sections):
        return Reloading(start_server, tmp_path, listeners or {}, **sections)
    return start


def can_register(server):
    answer = call(server, "POST", "/auth/register", registration())
    if answer.status == 201:
        return True
    answer.problem(403, "registration_closed")
    return False


@pytest.mark.parametrize("name", ["main", "metrics"])
def test_a_listener_of_any_name_leaves_the_built_in_ones_alone(start_server, tmp_path, name):
    own = free_port()
    file = settings_file(tmp_path / "confab.toml", {name: tls_listener(Pair(tmp_path))},
                         metrics={"port": own})
    server = start_server("--config", file)
    find_listeners(server, name)
    server.popen.send_signal(signal.SIGHUP)
    server.wait_for_output('"reloaded"')
    # Until the loops have surely taken it over.
    for _ in range(10):
        assert call(server, "GET", "/health").status == 200
        assert call(SimpleNamespace(port=own), "GET", "/metrics").status == 200


def test_a_certificate_that_cannot_be_read_leaves_everything_as_it_was(reloading, tmp_path):
    pair = Pair(tmp_path)
    listener = {"secure": tls_listener(pair)}
    running = reloading(listener, auth={"registration": True})
    pair.certificate_file.unlink()
    said = running.reload(listener, "failed", auth={"registration": False})
    assert "listeners.secure" in said and str(pair.certificate_file) in said
    assert can_register(running.server)
    pair.write(self_signed())
    running.reload(listener, auth={"registration": False})
    assert not can_register(running.server)


def test_a_renewal_is_told_and_moves_the_expiry(reloading, tmp_path):
    pair = Pair(tmp_path, self_signed(valid_for=20 * DAY))
    listener = {"secure": tls_listener(pair)}
    running = reloading(listener)
    name = "confab_certificate_expiry_timestamp_seconds"
    before = running.server.metric(name)
    pair.write(self_signed(valid_for=50 * DAY))
    said = running.reload(listener)
    assert re.search(r"certificate_loaded.*" + re.escape(str(pair.certificate_file)), said), said
    assert running.server.metric(name) == pytest.approx(before + 30 * 86400, abs=3600)


def test_no_tls_no_expiry(server):
    assert server.metric("confab_certificate_expiry_timestamp_seconds") == 0


def test_tls_for_a_listener_that_had_none_names_the_key_that_waits(reloading, tmp_path):
    running = reloading({"extra": {"address": "127.0.0.1:0"}}, auth={"registration": True})
    said = running.reload({"extra": tls_listener(Pair(tmp_path))}, "failed",
                          auth={"registration": False})
    assert re.search(r"restart: .*listeners\.extra\.tls", said), said
    assert can_register(running.server)


def test_what_waits_for_a_restart_is_named_and_the_rest_is_taken_over(reloading):
    running = reloading(auth={"registration": True}, server={"loops": 1})
    said = running.reload({}, auth={"registration": False}, server={"loops": 2})
    assert re.search(r"reload_needs_restart.*server\.loops", said), said
    assert not can_register(running.server)


def test_the_lowest_version_of_tls_can_be_raised(reloading, tmp_path):
    pair = Pair(tmp_path)
    running = reloading({"secure": tls_listener(pair)})
    old = running.found["secure"].speaking(pair.client_of_version(ssl.TLSVersion.TLSv1_2))
    old.socket().close()
    running.reload({"secure": tls_listener(pair, tls_min_version="1.3")})
    with pytest.raises(ssl.SSLError, match="(?i)alert.protocol.version"):
        old.socket()


def test_compression_can_be_switched_on(reloading):
    running = reloading(server={"deflate": False})
    token = new_user(running.server).token

    def extensions():
        head, rest = RawWs.handshake(path_with("/ws", token=token)).split(b"\r\n", 1)
        offer = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
        with RawConnection(running.server) as connection:
            connection.send(head + b"\r\n" + offer + rest)
            response = connection.read_response(to_head=True)
            assert response.status == 101
            return response.header("Sec-WebSocket-Extensions")
    assert extensions() is None
    running.reload({}, server={"deflate": True})
    eventually(extensions, "permessage-deflate agreed on")


def test_the_throttle_of_log_ins_can_be_tightened_and_switched_off(reloading):
    limits = {"throttle": True, "login_failures_per_address_per_minute": 1000,
              "login_free_failures": 100}
    running = reloading(auth=limits)
    user = new_user(running.server)

    def wrong_password():
        return call(running.server, "POST", "/auth/login",
                    {"email": user.email, "password": "not the password"}).status
    assert [wrong_password() for _ in range(3)] == [401] * 3
    running.reload({}, auth={**limits, "login_failures_per_address_per_minute": 1})
    assert wrong_password() == 429
    running.reload({}, auth={**limits, "throttle": False})
    assert [wrong_password() for _ in range(3)] == [401] * 3


def test_more_connections_than_descriptors_is_told(start_server):
    fresh = start_server(settings={"server.connections_max": "10000000"})
    fresh.wait_for_output("connections_max_cut")
    effective = fresh.wait_for_output(r"serving.*connections_max\W+(\d+)").group(1)
    assert 0 < int(effective) < 10_000_000
