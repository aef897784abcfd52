"""RFC 7692 sections 5 and 7.1, RFC 6455 section 9.1: which offers are taken, and the answers."""
import pytest

from case import closes, says
from wire import Ws, deflate, text

HEAD = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
PMD = "permessage-deflate"
TAKEN = {
    PMD: HEAD,
    f"{PMD}; server_no_context_takeover": HEAD,
    f"{PMD}; client_no_context_takeover": HEAD,
    f"{PMD}; server_no_context_takeover; client_no_context_takeover": HEAD,
    f"{PMD}; client_no_context_takeover; server_no_context_takeover": HEAD,
    **{f"{PMD}; server_max_window_bits={bits}": f"{HEAD}; server_max_window_bits={bits}"
       for bits in range(8, 16)},
    **{f'{PMD}; server_max_window_bits="{bits}"': f"{HEAD}; server_max_window_bits={bits}"
       for bits in range(8, 16)},
    f"{PMD}; client_max_window_bits": HEAD,
    **{f"{PMD}; client_max_window_bits={bits}": HEAD for bits in range(8, 16)},
    f"{PMD}; client_max_window_bits; server_max_window_bits=10":
        f"{HEAD}; server_max_window_bits=10",
    f"{PMD}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
    "client_max_window_bits=9": f"{HEAD}; server_max_window_bits=9",
    # White space, empty elements of the list.
    f" {PMD} ; server_max_window_bits = 12 ": f"{HEAD}; server_max_window_bits=12",
    f"{PMD};server_max_window_bits=12;client_max_window_bits": f"{HEAD}; server_max_window_bits=12",
    f",, {PMD} ,": HEAD,
    # The first that can be taken, in the order of the client.
    f"foo, {PMD}": HEAD,
    f"{PMD}, foo; bar=1": HEAD,
    f'foo; bar="quoted\\-pair", {PMD}': HEAD,
    f"{PMD}; foo, {PMD}": HEAD,
    f"{PMD}; server_max_window_bits=7, {PMD}; server_max_window_bits=9":
        f"{HEAD}; server_max_window_bits=9",
    f"{PMD}; server_max_window_bits=11, {PMD}": f"{HEAD}; server_max_window_bits=11",
    f"{PMD}, {PMD}; server_max_window_bits=11": HEAD,
    f"x-webkit-deflate-frame, {PMD}; client_max_window_bits": HEAD,
}
BAD_BITS = ["7", "16", "0", "08", "015", "-8", "+9", "1e1", "x", "99999999999999999999"]
DECLINED = [
    "foo", "x-webkit-deflate-frame", "permessage-bzip2", "deflate-stream",
    "permessage-deflat", "permessage-deflate2",
    *(f"{PMD}; server_max_window_bits={bits}" for bits in BAD_BITS),
    *(f"{PMD}; client_max_window_bits={bits}" for bits in BAD_BITS),
    f"{PMD}; server_max_window_bits",
    f"{PMD}; server_no_context_takeover=1", f"{PMD}; client_no_context_takeover=true",
    f"{PMD}; foo", f"{PMD}; foo=1", f"{PMD}; client_max_window_bits; foo",
    f"{PMD}; server_no_context_takeover; server_no_context_takeover",
    f"{PMD}; client_no_context_takeover; client_no_context_takeover",
    f"{PMD}; server_max_window_bits=10; server_max_window_bits=10",
    f"{PMD}; server_max_window_bits=10; server_max_window_bits=11",
    f"{PMD}; client_max_window_bits; client_max_window_bits",
    f"{PMD}; client_max_window_bits; client_max_window_bits=10",
    f"{PMD}; foo, {PMD}; bar, {PMD}; server_max_window_bits=3",
]
MALFORMED = [
    f"{PMD};", f"{PMD}; ;foo", f"{PMD};;", f"; {PMD}", f"={PMD}", f"{PMD}=1",
    f"{PMD}; foo=", f"{PMD}; =1", f"{PMD}; foo==1", f"{PMD} foo", f"{PMD}; foo bar",
    f'{PMD}; foo="', f'{PMD}; foo="x', f'{PMD}; foo=""', f'{PMD}; foo="x y"', f'{PMD}; "foo"',
    f'"{PMD}"', f'{PMD}; foo="x"y', f"{PMD}; foo=(1)", f"{PMD}/1", f"{PMD}@", ",", ", ,",
    f"{PMD}; foo=\"x\\\"\"",
    ", ".join(["foo"] * 16 + [PMD]),
    PMD + "; foo=1" * 17,
]


@pytest.mark.parametrize("offer", TAKEN)
def test_7_1_offers_that_are_taken(deflate_server, offer):
    with Ws(deflate_server, offer) as ws:
        assert ws.agreed == TAKEN[offer]
        message = "Hello, hello, hello! " * 20
        ws.send(text(deflate(message), rsv=4))
        assert ws.read_event() == says("text", message)
        ws.close_cleanly()


@pytest.mark.parametrize("offer", DECLINED)
def test_7_1_offers_that_are_declined(deflate_server, offer):
    with Ws(deflate_server, offer) as ws:
        assert ws.agreed is None
        ws.send(text("plain"))
        assert ws.read_event() == says("text", "plain")
        ws.send(text(deflate("not agreed on"), rsv=4))
        assert ws.read_event() == closes(1002)
        ws.answer_close(1002)


@pytest.mark.parametrize("field", MALFORMED)
def test_9_1_fields_that_are_malformed_are_refused(deflate_server, field):
    with Ws(deflate_server, handshake=False) as ws:
        status, fields = ws.request(field)
        assert status == 400
        assert "sec-websocket-extensions" not in fields


def test_9_1_several_fields_are_one_list(deflate_server):
    with Ws(deflate_server, ["foo", f"{PMD}; foo", f"{PMD}; server_max_window_bits=13"]) as ws:
        assert ws.agreed == f"{HEAD}; server_max_window_bits=13"
        ws.close_cleanly()


def test_5_without_an_offer_nothing_is_agreed_on(deflate_server):
    with Ws(deflate_server) as ws:
        assert ws.agreed is None
        ws.send(text("x" * 1000))
        assert ws.read_event() == says("text", "x" * 1000)
        ws.close_cleanly()


@pytest.mark.parametrize("offer", [PMD, f"{PMD}; client_max_window_bits", "foo"])
def test_5_a_server_without_compression_declines_every_offer(echo_server, offer):
    with Ws(echo_server, offer) as ws:
        assert ws.agreed is None
        ws.send(text(deflate("Hello"), rsv=4))
        assert ws.read_event() == closes(1002)
        ws.answer_close(1002)
