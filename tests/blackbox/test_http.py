"""HTTP/1.1 as it comes over the wire: limits, time-outs, pipelining."""
import json
import time

import pytest

from raw_http import RawConnection, exchange, get, request
from support import DEADLINE_S, call, new_user

JSON = "application/json"
LOGIN_BODY = b'{"email":"nobody@example.com","password":"password123"}'


def login(**fields):
    return request("POST", "/auth/login", LOGIN_BODY, Content_Type=JSON, **fields)


def test_an_unknown_path_is_not_found(server):
    for path in ("/nothing", "/auth", "/auth/", "/health/x", "/..%2f..%2fetc/passwd", "/api/ws"):
        call(server, "GET", path).problem(404, "not_found")


@pytest.mark.parametrize("method, path, allowed", [
    ("GET", "/auth/register", {"POST"}), ("PUT", "/auth/login", {"POST"}),
    ("DELETE", "/auth/me", {"GET", "HEAD", "POST"}), ("POST", "/health", {"GET", "HEAD"}),
    ("TRACE", "/health", {"GET", "HEAD"}), ("BREW", "/health", {"GET", "HEAD"}),
    ("OPTIONS", "/auth/login", {"POST"}), ("GET", "/auth/logout", {"POST"}),
])
def test_a_wrong_method_is_told_the_right_ones(server, method, path, allowed):
    answer = call(server, method, path)
    answer.problem(405, "method_not_allowed")
    assert {name.strip() for name in answer.headers["Allow"].split(",")} == allowed


def test_no_header_shows_the_software(server):
    answer = call(server, "GET", "/health")
    assert answer.headers["Server"] in (None, "confab")
    assert answer.headers["Access-Control-Allow-Origin"] is None


def test_head_is_get_without_the_body(server):
    for path in ("/health", "/docs", "/openapi.json", "/nothing"):
        body = call(server, "GET", path).body
        with RawConnection(server) as connection:
            connection.send(request("HEAD", path) + get())
            head = connection.read_response(to_head=True)
            if path != "/nothing":
                assert int(head.header("Content-Length")) == len(body)
            assert connection.read_response().status == 200, "the next answer must follow at once"


def test_a_connection_stays_open_for_the_next_request(server):
    with RawConnection(server) as connection:
        for _ in range(20):
            connection.send(get())
            assert connection.read_response().status == 200


def test_pipelined_requests_are_answered_in_order(server):
    user = new_user(server)
    bearer = f"Bearer {user.token}"
    with RawConnection(server) as connection:
        connection.send(get("/health") + get("/nothing") + login() +
                        get("/auth/me", Authorization=bearer) + request("TRACE", "/health") +
                        request("HEAD", "/health") + get("/openapi.json") + get("/auth/me"))
        statuses = [connection.read_response().status for _ in range(5)]
        statuses.append(connection.read_response(to_head=True).status)
        statuses += [connection.read_response().status for _ in range(2)]
    assert statuses == [200, 404, 401, 200, 405, 200, 200, 401]


def test_the_client_may_ask_for_the_end(server):
    response, connection = exchange(server, get(Connection="close") + get())
    assert response.status == 200
    assert response.header("Connection").lower() == "close"
    connection.expect_end()


def test_http_1_0_ends_after_one_answer(server):
    response, connection = exchange(server, "GET /health HTTP/1.0\r\n\r\n")
    assert response.status == 200
    connection.expect_end()


def test_another_major_version_is_refused(server):
    response, connection = exchange(server, "GET /health HTTP/2.0\r\nHost: x\r\n\r\n")
    assert response.status in (400, 505)
    connection.expect_end()


def test_the_body_waits_for_continue(server):
    with RawConnection(server) as connection:
        head, body = login(Expect="100-continue").split(b"\r\n\r\n", 1)
        connection.send(head + b"\r\n\r\n")
        assert connection.read_response().status == 100
        connection.send(body)
        assert connection.read_response().status == 401


def test_a_body_that_will_be_refused_is_not_asked_for(server):
    head = request("POST", "/auth/login", Content_Type=JSON, Content_Length="1000000",
                   Expect="100-continue")
    assert exchange(server, head)[0].status == 413


def test_an_unknown_expectation_is_refused(server):
    assert exchange(server, login(Expect="a-miracle"))[0].status == 417


@pytest.mark.parametrize("size", [1, 7, 54, len(LOGIN_BODY)])
def test_chunked_bodies_are_read(server, size):
    body = b""
    for at in range(0, len(LOGIN_BODY), size):
        chunk = LOGIN_BODY[at:at + size]
        body += f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
    head = request("POST", "/auth/login", Content_Type=JSON, Transfer_Encoding="chunked")
    response, connection = exchange(server, head + body + b"0\r\n\r\n" + get())
    assert response.status == 401
    assert json.loads(response.body)["code"] == "invalid_credentials"
    assert connection.read_response().status == 200


def test_a_chunked_body_over_the_limit_is_refused(server):
    head = request("POST", "/auth/login", Content_Type=JSON, Transfer_Encoding="chunked")
    response, connection = exchange(server, head + b"8000\r\n" + b"x" * 0x8000 + b"\r\n0\r\n\r\n")
    assert response.status == 413
    connection.ended()


def test_too_large_a_body_is_refused_and_ends_the_connection(server):
    for size in (16 * 1024 + 1, 10 ** 9, 10 ** 18):
        head = request("POST", "/auth/login", Content_Type=JSON, Content_Length=str(size))
        response, connection = exchange(server, head + b"x" * 1000)
        assert response.status == 413
        assert json.loads(response.body)["code"] == "body_too_large"
        connection.ended()


def test_the_largest_body_passes(server):
    body = LOGIN_BODY[:-1] + b" " * (16 * 1024 - len(LOGIN_BODY)) + b"}"
    assert call(server, "POST", "/auth/login", body, headers={"Content-Type": JSON}).status == 401


def test_a_long_target_is_refused(server):
    response, connection = exchange(server, get("/" + "x" * 3000))
    assert response.status == 414
    assert json.loads(response.body)["code"] == "target_too_long"
    connection.ended()
    assert exchange(server, get("/" + "x" * 2000))[0].status == 404


def test_a_target_without_end_is_refused(server):
    assert exchange(server, b"GET /" + b"x" * 100_000)[0].status in (414, 431)


@pytest.mark.parametrize("fields", [
    {"X_Long": "x" * 9000}, {f"X_{n}": "y" for n in range(200)},
    {f"X_{n}": "" for n in range(2000)},
], ids=["one long", "many", "very many"])
def test_too_large_a_header_is_refused(server, fields):
    response, connection = exchange(server, get(**fields))
    assert response.status == 431
    assert json.loads(response.body)["code"] == "header_too_large"
    connection.ended()
    assert call(server, "GET", "/health").status == 200


@pytest.mark.parametrize("kind", [
    "text/plain", "application/x-www-form-urlencoded", "text/json", "", "multipart/form-data",
    "application/jsonp"])
def test_what_is_not_json_is_refused(server, kind):
    answer = call(server, "POST", "/auth/login", LOGIN_BODY, headers={"Content-Type": kind})
    answer.problem(415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON",
                                  "application/json;charset=UTF-8"])
def test_json_may_be_named_in_any_proper_way(server, kind):
    answer = call(server, "POST", "/auth/login", LOGIN_BODY, headers={"Content-Type": kind})
    answer.problem(401, "invalid_credentials")


@pytest.mark.parametrize("line", [
    "GET  /health HTTP/1.1", "GET /health  HTTP/1.1", "GET /health", "GET /health HTTP/1.1 x",
    "GET /hea lth HTTP/1.1", "GET /health http/1.1", "GET /health HTTP/1.x", "G@T /health HTTP/1.1",
    "", "\0", " GET /health HTTP/1.1", "GET\t/health\tHTTP/1.1", "\x16\x03\x01\x02\x00\x01\x00",
])
def test_a_bad_request_line_is_refused(server, line):
    with RawConnection(server) as connection:
        connection.send_if_open(line + "\r\nHost: x\r\n\r\n")
        try:
            response = connection.read_response()
        except (EOFError, ConnectionResetError):
            return
        assert response.status in (400, 505)
        connection.ended()


@pytest.mark.parametrize("hosts", ["", "Host: a\r\nHost: b\r\n"])
def test_one_host_is_needed(server, hosts):
    assert exchange(server, f"GET /health HTTP/1.1\r\n{hosts}\r\n")[0].status == 400


def test_the_absolute_form_is_understood(server):
    assert exchange(server, get("http://localhost/health"))[0].status == 200


def test_a_trickle_of_header_bytes_is_given_up(start_server):
    """The whole header has its time from the accept on, however many bytes come in between."""
    strict = start_server(settings={"http.header_timeout_ms": "1000"})
    with RawConnection(strict) as connection:
        connection.send("GET /health HTTP/1.1\r\nHost: x\r\nX-A: ")
        started = time.monotonic()
        while not connection.readable(0.05):
            connection.send_if_open("x")
            assert time.monotonic() - started < DEADLINE_S, "still open"
        answer = connection.ended()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")
    assert call(strict, "GET", "/health").status == 200


def test_a_body_that_does_not_come_is_given_up(start_server):
    strict = start_server(settings={"http.body_timeout_ms": "500"})
    with RawConnection(strict) as connection:
        connection.send(request("POST", "/auth/login", Content_Type=JSON, Content_Length="50"))
        answer = connection.ended()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection_is_ended(start_server):
    strict = start_server(settings={"http.keep_alive_timeout_ms": "500"})
    with RawConnection(strict) as connection:
        connection.send(get())
        assert connection.read_response().status == 200
        connection.expect_end()


def test_a_stalled_client_holds_up_nobody(server):
    stalled = [RawConnection(server) for _ in range(200)]
    for connection in stalled:
        connection.send("POST /auth/login HTTP/1.1\r\nHo")
    assert call(server, "GET", "/health").status == 200
    for connection in stalled:
        connection.close()
