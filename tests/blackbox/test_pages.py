"""What operators and newcomers look at: health, readiness, metrics, the API's description."""
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import urljoin, urlparse

from chat import Chat
from raw_http import RawConnection, get
from support import IO_URING, call, eventually, free_port, new_user

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)+\})? '
                    r"([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)")


def test_health_and_readiness(server):
    assert call(server, "GET", "/health").status == 200
    ready = call(server, "GET", "/ready")
    assert ready.status == 200
    assert ready.headers.get_content_type() == "application/json"
    assert ready.json()["ready"] is True
    assert ready.json()["dependencies"]


def parse_metrics(text):
    """Prometheus text 0.0.4: {series: value} and {family: type}. Fails on anything malformed."""
    samples, types, helped = {}, {}, set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped, f"HELP twice: {name}"
            helped.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            assert name not in types, f"TYPE twice: {name}"
            assert kind in ("counter", "gauge", "histogram")
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"not a sample: {line!r}"
            series = match.group(1) + (match.group(2) or "")
            assert series not in samples, f"series twice: {series}"
            samples[series] = float(match.group(4))
            family = re.sub(r"_(bucket|sum|count)$", "", match.group(1))
            assert family in types or match.group(1) in types, f"no TYPE before {line!r}"
    return samples, types


def test_metrics_are_proper_prometheus_text(server):
    answer = call(server, "GET", "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    samples, types = parse_metrics(answer.text)
    for name in ("confab_connections", "confab_rooms", "confab_messages_total",
                 "confab_deliveries_total", "process_resident_memory_bytes", "process_open_fds"):
        assert name in types, sorted(types)
    assert all(name.endswith("_total") for name, kind in types.items() if kind == "counter")
    histograms = [name for name, kind in types.items() if kind == "histogram"]
    assert histograms
    for name in histograms:
        buckets = {}
        for series, value in samples.items():
            match = re.fullmatch(rf'{name}_bucket\{{(.*)le="([^"]+)"\}}', series)
            if match:
                buckets.setdefault(match.group(1), []).append((float(match.group(2)), value))
        for label, counts in buckets.items():
            counts.sort()
            assert counts[-1][0] == float("inf")
            assert [count for _, count in counts] == sorted(count for _, count in counts), label


def test_metrics_count_what_happens(start_server):
    fresh = start_server("--loops", "2")
    before, _ = parse_metrics(fresh.metrics())
    assert {series for series in before if re.search(r"(user|room|address)\w*=", series)} == set()
    user = new_user(fresh)
    a, b = Chat(fresh, user.token, "room"), Chat(fresh, user.token, "room")
    a.send("hello")
    for client in (a, b):
        while client.receive().startswith("system:"):
            pass
    fresh.counts(before["confab_messages_total"] + 1, "confab_messages_total")
    fresh.counts(2, "confab_connections", kind="websocket")
    fresh.counts(1, "confab_rooms")
    eventually(lambda: fresh.metric("confab_deliveries_total")
               >= before["confab_deliveries_total"] + 2, "both deliveries are counted")
    after, _ = parse_metrics(fresh.metrics())
    assert set(after) == set(before), "the number of series must not grow"
    for client in (a, b):
        client.close()


def test_log_and_metrics_tell_how_sends_leave(start_server, chat):
    fresh = start_server()
    way = fresh.wait_for_output(r'"sending_through".*"way":"(io_uring|sendmsg)"').group(1)
    assert way == "sendmsg" or IO_URING != "off"
    client = chat(fresh, new_user(fresh))
    client.send("hello")
    while client.receive().startswith("system:"):
        pass
    other = {"io_uring": "sendmsg", "sendmsg": "io_uring"}[way]

    def counts():
        samples, _ = parse_metrics(fresh.metrics())
        sends = [samples[f'confab_sends_total{{via="{each}"}}'] for each in (way, other)]
        return samples["confab_send_batches_total"], *sends
    # Each loop counts by itself, so a look may fall between two counts of one turn.
    eventually(lambda: 0 < counts()[0] <= counts()[1], "no more batches than sends")
    assert counts()[2] == 0


def test_metrics_are_not_for_those_behind_a_proxy(server):
    answer = call(server, "GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    answer.problem(404, "not_found")


def test_metrics_on_a_listener_of_their_own_answer_when_the_server_is_full(start_server):
    own_port = free_port()
    full = start_server(settings={"metrics.port": own_port, "server.connections_max": "2"})
    with RawConnection(full) as one, RawConnection(full) as other:
        for connection in (one, other):
            connection.send(get())
            assert connection.read_response().status == 200
        call(full, "GET", "/health").problem(503, "connection_cap")
        assert call(SimpleNamespace(port=own_port), "GET", "/metrics").status == 200


def test_metrics_may_have_a_listener_of_their_own(start_server):
    own_port = free_port()
    separate = start_server(settings={"metrics.port": own_port})
    assert call(separate, "GET", "/metrics").status == 404
    assert call(SimpleNamespace(port=own_port), "GET", "/metrics").status == 200


def test_the_description_is_openapi_and_complete(server):
    answer = call(server, "GET", "/openapi.json")
    assert answer.headers.get_content_type() == "application/json"
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    for path in ("/auth/register", "/auth/login", "/auth/refresh-token", "/auth/me",
                 "/auth/change-password", "/auth/logout", "/ws", "/health", "/ready", "/metrics"):
        assert path in document["paths"]
    for path, methods in document["paths"].items():
        for method in methods:
            status = call(server, method.upper(), path).status
            assert status not in (404, 405), f"{method} {path} is described but answers {status}"


def references(document, where):
    """Every $ref in the document, with the place it stands in."""
    if isinstance(document, dict):
        if "$ref" in document:
            yield where, document["$ref"]
        for key, value in document.items():
            yield from references(value, f"{where}/{key}")
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from references(value, f"{where}/{index}")


def test_every_reference_in_the_description_leads_somewhere(server):
    document = call(server, "GET", "/openapi.json").json()
    for where, reference in references(document, ""):
        target = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in target, f"{where}: {reference}"
            target = target[step]


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.assets, self.inline = [], []
        self._script = False

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("script", "img", "iframe") and values.get("src"):
            self.assets.append(values["src"])
        if tag == "link" and values.get("href"):
            self.assets.append(values["href"])
        if tag in ("script", "style") and not values.get("src"):
            self.inline.append(tag)
        self.inline += [name for name in values if name.startswith("on") or name == "style"]


def test_the_page_and_its_assets_come_from_here(server):
    page = call(server, "GET", "/docs")
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    links = Links()
    links.feed(page.text)
    assert links.inline == [], "the policy forbids inline script and style"
    assert links.assets
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    for link in links.assets:
        where = urlparse(urljoin(server.url + "/docs", link))
        assert where.netloc == f"127.0.0.1:{server.port}", f"{link} comes from elsewhere"
        asset = call(server, "GET", where.path)
        assert asset.status == 200, link
        assert asset.body
        expected = types["." + where.path.rsplit(".", 1)[1]]
        assert asset.headers["Content-Type"].startswith(expected), link


def test_the_root_leads_to_the_page(server):
    answer = call(server, "GET", "/")
    assert answer.status in (302, 303, 307, 308)
    assert urlparse(answer.headers["Location"]).path == "/docs"
