"""How each server is started, and what the load client must know to drive it."""
import contextlib
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import time
from typing import NamedTuple

from harness.fill import DATABASE, Fill, epoch_of, fill

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS_DIRECTORY = ROOT / "build/bench-peers"
SERVER_CORE, CLIENT_CORE = 0, 1
READY_TIMEOUT_S = 15
READY_LINE = r"is ready at https?://[^ ]*:(\d+)"
# What Confab sends around a message of a minted user; `floor_same` sends as many bytes.
ENVELOPE = ('{"user_id":"00000000-0000-4000-8000-000000000000","username":"User_00000000",'
            '"message":"","timestamp":1234567890}')


class Variant(NamedTuple):
    """Confab with other settings. {certificate} and {key} are files made for this run."""
    settings: tuple = ()
    client: tuple = ()
    ready: str = READY_LINE  # the line that tells the port
    store: str = "memory"
    cores: str = str(SERVER_CORE)
    filled: Fill | None = None  # what is on the disk before the first run; kept for the next


V2 = ("--protocol", "v2", "--path", "/ws")
# The one place to change when a setting of the server gets another name.
CONFAB = {
    "confab": Variant(),
    "confab_tls": Variant(("listeners.bench.address=127.0.0.1:0", "listeners.bench.tls=true",
                           "listeners.bench.certificate_file={certificate}",
                           "listeners.bench.key_file={key}"),
                          ("--tls",), r"is ready at https://[^ ]*:(\d+)"),
    "confab_deflate": Variant(("server.deflate=true",), ("--deflate",)),
    "confab_durable": Variant(store="sqlite"),
    "confab_v2": Variant(client=V2),
    "confab_v2_durable": Variant(client=V2, store="sqlite"),
    "confab_v2_cores": Variant(client=V2, store="sqlite", cores=f"{SERVER_CORE},{CLIENT_CORE}"),
    "confab_v2_replay": Variant(client=V2, store="sqlite", filled=Fill(rooms=100, events=1000)),
    "confab_v2_many": Variant(client=V2, store="sqlite", filled=Fill(rooms=100_000, events=10)),
}
FLOORS = {
    "floor_each": ("--mode", "each"),
    "floor_joined": ("--mode", "joined"),
    "floor_uring": ("--mode", "uring"),
    "floor_same": ("--mode", "uring", "--extra", str(len(ENVELOPE))),
}
NO_TOKEN = ("--path", "/ws?room={room}")
# The load client's arguments for each peer.
PEER_CLIENTS = {
    "ws": NO_TOKEN,
    "socketio": ("--path", "/socket.io/?EIO=4&transport=websocket&room={room}",
                 "--protocol", "socketio"),
    "nats": ("--path", "/", "--protocol", "nats"),
    "mosquitto": ("--path", "/mqtt", "--protocol", "mqtt"),
    "nchan": NO_TOKEN,
}
QUIET_S = {"confab": 1.5, "floor": 0.2, "peer": 0.5}  # without a notice, before messages are sent


class NotAvailable(Exception):
    """This server cannot be started here."""


class Running(NamedTuple):
    pid: int  # the process that serves: its CPU and memory are measured
    port: str
    client: tuple


def kind_of(server):
    if server in CONFAB:
        return "confab"
    return "floor" if server in FLOORS else "peer"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def install_peers():
    done = subprocess.run([ROOT / "bench/peers/install.sh", PEERS_DIRECTORY], check=False,
                          capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise NotAvailable("the peers could not be installed: " + done.stderr.strip()[-300:])


class Servers:
    def __init__(self, build, directory):
        self.build = build.resolve()
        self.directory = directory
        self.data = directory / "data"
        self.tokens = directory / "tokens"
        self.certificate = directory / "certificate.pem"
        self.key = directory / "key.pem"
        self.peers_are_here = False

    def prepare(self, tokens):
        with self.tokens.open("wb") as file:
            subprocess.run([self.build / "confab", "token", "mint", "--data-dir", self.data,
                            "--count", str(tokens)], stdout=file, check=True, timeout=300,
                           stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-keyout", self.key, "-out", self.certificate],
                       check=True, capture_output=True, timeout=60)

    def make_ready(self, server):
        """What takes time before the first run of this server."""
        if server in CONFAB and CONFAB[server].filled:
            self._filled(CONFAB[server].filled)

    @contextlib.contextmanager
    def running(self, server):
        """Starts a server; it is ended with this block."""
        command, environment, port, ready = self._command(server)
        cores = CONFAB[server].cores if server in CONFAB else str(SERVER_CORE)
        process = subprocess.Popen(["taskset", "-c", cores, *command],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env=environment, start_new_session=True)
        try:
            if port is None:
                port = port_told_by(process, ready, server)
            else:
                wait_for_port(process, port, server)
            yield Running(self._worker(server, process.pid), port, self._client(server))
        finally:
            with contextlib.suppress(ProcessLookupError):  # its children with it
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()

    def _client(self, server):
        token = ("--tokens", str(self.tokens))
        if server in CONFAB:
            client = (*token, *CONFAB[server].client)
            if CONFAB[server].filled:
                client += ("--epoch", epoch_of(self._data_for(CONFAB[server]) / DATABASE))
        else:
            client = PEER_CLIENTS.get(server, token)
        return (*client, "--quiet", str(QUIET_S[kind_of(server)]))

    def _command(self, server):
        """Command, environment, port if it is chosen here, and the line that tells it if not."""
        if server in FLOORS:
            return [self.build / "floor_server", *FLOORS[server]], None, None, READY_LINE
        if server in CONFAB:
            variant = CONFAB[server]
            settings = []
            for setting in variant.settings:
                settings += ["--set", setting.format(certificate=self.certificate, key=self.key)]
            return ([self.build / "confab", "serve", "--store", variant.store, "--profile",
                     "bench", "--loops", "1", "--port", "0", "--data-dir",
                     self._data_for(variant), *settings],
                    None, None, variant.ready)
        return self._peer_command(server)

    def _data_for(self, variant):
        """Where the secret of the tokens is; what is kept on the disk begins anew in each run."""
        if variant.store == "memory":
            return self.data
        if variant.filled:
            return self._filled(variant.filled)
        fresh = self.directory / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(self.data, fresh)
        return fresh

    def _filled(self, what):
        directory = self.directory / f"filled-{what.rooms}-{what.events}"
        if not directory.exists():
            shutil.copytree(self.data, directory)
            subprocess.run([self.build / "confab", "user", "list", "--data-dir", directory],
                           check=True, capture_output=True, timeout=60)  # makes the schema
            fill(directory / DATABASE, what)
        return directory

    def _peer_command(self, server):
        if not self.peers_are_here:
            install_peers()
            self.peers_are_here = True
        if server in ("ws", "socketio"):
            environment = {**os.environ, "NODE_PATH": str(PEERS_DIRECTORY / "node/node_modules")}
            script = ROOT / f"bench/peers/{server}_server.js"
            return ["node", script], environment, None, READY_LINE
        root = PEERS_DIRECTORY / "root"
        libraries = ":".join(str(path) for path in sorted((root / "usr/lib").glob("*-linux-gnu")))
        environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
        port = free_port()
        name = {"nchan": "nginx"}.get(server, server)
        config = self.directory / f"{name}.conf"
        text = (ROOT / f"bench/peers/{name}.conf").read_text()
        for mark, value in (("@PORT@", port), ("@ROOT@", root), ("@DIRECTORY@", self.directory)):
            text = text.replace(mark, str(value))
        config.write_text(text)
        program = root / "usr/sbin" / {"nats": "nats-server"}.get(server, name)
        more = ["-p", self.directory, "-e", "stderr"] if name == "nginx" else []
        return [program, "-c", config, *more], environment, port, None

    @staticmethod
    def _worker(server, pid):
        """nginx serves in a child of the process that was started."""
        if server != "nchan":
            return pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0]) if children else pid


def port_told_by(process, pattern, server):
    """The port in a line of the server's output; what it prints later is not read."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    text = ""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([process.stdout], [], [], left)[0]:
            break
        piece = os.read(process.stdout.fileno(), 4096).decode(errors="replace")
        text += piece
        if found := re.search(pattern + r"\s", text):
            return found.group(1)
        if not piece:
            break
    raise NotAvailable(f"{server} did not start")


def wait_for_port(process, port, server):
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(port)), 1):
            return
        time.sleep(0.05)
    raise NotAvailable(f"{server} did not start")
