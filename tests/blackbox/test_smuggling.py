"""Requests that two servers could understand differently, alone and behind a proxy.

Each row is a request by bytes. Either it is refused: 400, the end of the connection, and nothing of
what follows counts as a request. Or it is a fixed number of requests, whose answers the row names.
The same bytes are sent through nginx: whatever nginx makes of them, it and the server behind it
must count the same requests, and the connection between them must stay in step.
"""
import pytest

from nginx import Nginx
from raw_http import RawConnection, get
from support import call

POST = "POST /health HTTP/1.1\r\nHost: x\r\n"  # answered with 405, when its body is complete
LAST = "GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
HIDDEN = "GET /docs HTTP/1.1\r\nHost: x\r\n\r\n"  # what an attacker wants to get past a proxy
CHUNKED = "Transfer-Encoding: chunked\r\n"
TWO_CHUNKS = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"


def length(body, spelling="Content-Length: {}"):
    return spelling.format(len(body)) + "\r\n\r\n" + body


REFUSED = {
    # Two ways to tell the length (RFC 9112 section 6.3).
    "length and chunks": "Content-Length: 5\r\n" + CHUNKED + "\r\n0\r\n\r\n",
    "chunks and length": CHUNKED + "Content-Length: 5\r\n\r\n0\r\n\r\n",
    "a request behind the chunks": CHUNKED + length("0\r\n\r\n" + HIDDEN),
    "a request behind the length":
        "Content-Length: 4\r\n" + CHUNKED + f"\r\n{len(HIDDEN):x}\r\n{HIDDEN}\r\n0\r\n\r\n",
    "a length of nothing and chunks": "Content-Length: 0\r\n" + CHUNKED + "\r\n0\r\n\r\n" + HIDDEN,
    # Lengths.
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two equal lengths": "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a length and none": f"Content-Length: 0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n" + HIDDEN,
    "a list of lengths": "Content-Length: 5, 5\r\n\r\nhello",
    "two numbers": "Content-Length: 5 5\r\n\r\nhello",
    "a signed length": "Content-Length: +5\r\n\r\nhello",
    "a negative length": "Content-Length: -5\r\n\r\nhello",
    "a hexadecimal length": "Content-Length: 0x5\r\n\r\nhello",
    "a length with a fraction": "Content-Length: 5.0\r\n\r\nhello",
    "an exponent": "Content-Length: 5e0\r\n\r\nhello",
    "a separated length": "Content-Length: 1_0\r\n\r\n0123456789",
    "a quoted length": 'Content-Length: "5"\r\n\r\nhello',
    "no digits": "Content-Length: five\r\n\r\nhello",
    "an empty length": "Content-Length:\r\n\r\nhello",
    "a length out of range": "Content-Length: 18446744073709551621\r\n\r\nhello",
    # Codings.
    "chunked twice": "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two codings": CHUNKED + CHUNKED + "\r\n0\r\n\r\n",
    "chunked, then another field": CHUNKED + "Transfer-Encoding: cow\r\n\r\n0\r\n\r\n",
    "chunked, then identity": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "identity": "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "identity and a length": "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
    "an unknown coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "compressed chunks": "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a quoted coding": 'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "a coding with a vertical tab": "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "an empty coding": "Transfer-Encoding:\r\n\r\n" + HIDDEN,
    "a coding with a parameter": "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n",
    # Lines and names (RFC 9112 sections 2.2 and 5).
    "space before the colon": "Content-Length : 5\r\n\r\nhello",
    "space before the colon of a coding": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "tab before the colon": "Content-Length\t: 5\r\n\r\nhello",
    "space before the name": " Content-Length: 5\r\n\r\nhello",
    "a folded line": "X-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello",
    "a folded coding": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": "X-A: b\nContent-Length: 5\r\n\r\nhello",
    "a coding behind a line feed": "X-A: b\n" + CHUNKED + "\r\n0\r\n\r\n",
    "a bare carriage return": "X-A: b\rContent-Length: 5\r\n\r\nhello",
    "a carriage return too many": "X-A: b\r\r\nContent-Length: 5\r\n\r\nhello",
    "a header ended by line feeds": "Content-Length: 5\n\nhello",
    "a NUL in a value": "X-A: b\0c\r\nContent-Length: 5\r\n\r\nhello",
    "a NUL in a name": "X\0A: b\r\nContent-Length: 5\r\n\r\nhello",
    "no colon": "Content-Length 5\r\n\r\nhello",
    "an empty name": ": 5\r\nContent-Length: 5\r\n\r\nhello",
    "a second host": "Host: y\r\n" + length("hello"),
    # Chunks (RFC 9112 section 7.1).
    "a chunk size with a sign": CHUNKED + "\r\n+5\r\nhello\r\n0\r\n\r\n",
    "a negative chunk size": CHUNKED + "\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk size with 0x": CHUNKED + "\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "no chunk size": CHUNKED + "\r\n\r\nhello\r\n0\r\n\r\n",
    "a chunk that goes on": CHUNKED + "\r\n5\r\nhelloo\r\n0\r\n\r\n",
    "a chunk that ends early": CHUNKED + "\r\n6\r\nhello\r\n0\r\n\r\n" + HIDDEN,
    "chunks with line feeds": CHUNKED + "\r\n5\nhello\n0\n\n",
    "a line feed in an extension": CHUNKED + "\r\n5;a\nhello\r\n0\r\n\r\n",
    "a huge chunk size": CHUNKED + "\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "a length in a trailer": CHUNKED + "\r\n1\r\nx\r\n0\r\nContent-Length: 5\r\n\r\n",
}
ACCEPTED = {
    "a body": (length("hello"), [405]),
    "no body": ("\r\n", [405]),
    "a request behind the body": (length("hello") + HIDDEN, [405, 200]),
    "a request inside of the body": (length(HIDDEN), [405]),
    "two requests behind a body of nothing": ("Content-Length: 0\r\n\r\n" + HIDDEN + HIDDEN,
                                              [405, 200, 200]),
    "leading zeros": ("Content-Length: 005\r\n\r\nhello", [405]),
    "blanks around a length": ("Content-Length:   5  \r\n\r\nhello", [405]),
    "a name in other letters": (length("hello", "CONTENT-LENGTH: {}"), [405]),
    "a name that only looks like it": (f"Content_Length: {len(HIDDEN)}\r\n\r\n" + HIDDEN,
                                       [405, 200]),
    "a length in another field's value": (f"X-A: Content-Length: {len(HIDDEN)}\r\n\r\n" + HIDDEN,
                                          [405, 200]),
    "chunks": (CHUNKED + "\r\n" + TWO_CHUNKS, [405]),
    "no chunk": (CHUNKED + "\r\n0\r\n\r\n", [405]),
    "a request behind the chunks": (CHUNKED + "\r\n" + TWO_CHUNKS + HIDDEN, [405, 200]),
    "a request inside of a chunk": (CHUNKED + f"\r\n{len(HIDDEN):x}\r\n{HIDDEN}\r\n0\r\n\r\n",
                                    [405]),
    "a coding in other letters": ("transfer-ENCODING: Chunked\r\n\r\n" + TWO_CHUNKS, [405]),
    "a chunk size with zeros": (CHUNKED + "\r\n0005\r\nhello\r\n000\r\n\r\n", [405]),
    "a chunk size in capitals": (CHUNKED + "\r\nA\r\n0123456789\r\n0\r\n\r\n", [405]),
    "a chunk extension": (CHUNKED + '\r\n5;a=b;c="d"\r\nhello\r\n0\r\n\r\n', [405]),
    "an upgrade to HTTP/2": ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                             "HTTP2-Settings: AAMAAABk\r\n" + length("hello"), [405]),
}


def bytes_of(rest):
    return (POST + rest + LAST).encode("latin-1")


def answers_to(target, data):
    """All answers to these bytes, up to the end of the connection."""
    answers = []
    with RawConnection(target) as connection:
        connection.send_if_open(data)
        try:
            while True:
                answers.append(connection.read_response())
        except (EOFError, ConnectionResetError):
            return answers


def statuses(answers):
    return [answer.status for answer in answers]


@pytest.mark.parametrize("name", REFUSED)
def test_an_ambiguous_request_is_refused_and_ends_the_connection(server, name):
    answers = answers_to(server, bytes_of(REFUSED[name]))
    too_large = name in ("a length out of range", "a huge chunk size")
    assert statuses(answers) in ([[400], [413]] if too_large else [[400]])


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_sound_request_is_as_many_as_it_looks(server, name):
    rest, expected = ACCEPTED[name]
    assert statuses(answers_to(server, bytes_of(rest))) == expected + [200]


def test_the_end_that_was_asked_for_comes_before_the_next_request(server):
    assert statuses(answers_to(server, bytes_of("Connection: close\r\n\r\n" + HIDDEN))) == [405]


def test_chunks_do_not_exist_in_http_1_0(server):
    first = f"POST /health HTTP/1.0\r\n{CHUNKED}\r\n0\r\n\r\n"
    assert statuses(answers_to(server, (first + LAST).encode())) == [400]


@pytest.fixture(scope="module", params=["buffered", "unbuffered"])
def proxy(request, server, tmp_path_factory):
    """nginx that passes bodies on whole with their length, and one that streams them in chunks."""
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), server, request.param == "buffered")
    yield nginx
    nginx.stop()


def requests_of(server):
    """How many requests the server has answered, without this one."""
    lines = [line for line in call(server, "GET", "/metrics").text.splitlines()
             if line.startswith("confab_http_responses_total{")]
    assert len(lines) == 4
    return sum(int(line.split()[-1]) for line in lines)


@pytest.mark.parametrize("rest, expected", [
    *(pytest.param(rest, None, id=name) for name, rest in REFUSED.items()),
    *(pytest.param(*row, id=name + " (sound)") for name, row in ACCEPTED.items())])
def test_a_proxy_and_the_server_count_the_same_requests(server, proxy, rest, expected):
    before = requests_of(server)
    answers = answers_to(proxy, bytes_of(rest))
    # The proxy keeps one connection to the server: had it left something on it, this would show.
    last = answers_to(proxy, get("/openapi.json", Connection="close"))
    assert statuses(last) == [200]
    assert last[0].body.startswith(b"{") and last[0].header("X-Behind") == "200"
    asked_for = requests_of(server) - before - 1  # without the first of the two counts itself
    passed_on = [answer for answer in answers if answer.header("X-Behind")] + last
    assert asked_for == len(passed_on)
    for answer in passed_on:
        assert str(answer.status) == answer.header("X-Behind")
    if expected:
        assert statuses(answers) == expected + [200]
    elif len(passed_on) == 1:
        assert statuses(answers) in ([400], [413], [501]), "refused by the proxy"
