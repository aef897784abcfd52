"""Runs of the durable log: a server and its load client, or the bare insert loop, on core 0."""
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request

from harness.log_rows import DURABLE, FLOOR_EACH, FLOOR_HEADS, INSERTS
from harness.runner import cpu_times, drive, plan_of, wait_for_quiet
from harness.servers import SERVER_CORE, NotAvailable, Servers

NOISE_MAX = 0.2  # a loop that syncs every row has 0.12 to 0.15 when nothing else runs
TICKS = os.sysconf("SC_CLK_TCK")
COMMITS = r"^confab_log_commits_total(?:\{[^}]*\})? (\d+)"
STORED = r'^confab_log_events_total\{outcome="stored"[^}]*\} (\d+)'


def counted(port):
    """Events stored and transactions, so far."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return [sum(int(number) for number in re.findall(pattern, text, re.MULTILINE))
            for pattern in (STORED, COMMITS)]


def own_cpu_s():
    """Of this program and of all that it has started and that has ended."""
    return sum(used.ru_utime + used.ru_stime for used in (
        resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)))


class Others:
    """The CPU time of both cores that was not ours, as a share of one core.

    How long a server of ours waited for its core says nothing here: its own threads share that.
    """

    def __init__(self):
        self.total, self.idle = cpu_times()
        self.own, self.start = own_cpu_s(), time.monotonic()

    def share(self):
        total, idle = cpu_times()
        busy = (total - self.total - idle + self.idle) / TICKS
        return max(0, busy - own_cpu_s() + self.own) / (time.monotonic() - self.start)


def serve(options, servers, row, server):
    asked = time.monotonic()
    with servers.running(server) as running:
        started = time.monotonic() - asked
        stored_before, commits_before = counted(running.port)
        result = drive(options, row, running)
        stored, commits = counted(running.port)
    commits -= commits_before
    return {**result, "started_s": started, "stored": stored - stored_before,
            "batch": (stored - stored_before) / commits if commits else 0}


def insert(options, directory, server, batch):
    """The floor, with as many rows in a transaction as the server has lately had."""
    file = directory / "floor.db"
    for old in directory.glob("floor.db*"):
        old.unlink()
    command = ["taskset", "-c", str(SERVER_CORE), options.build / "insert_floor", "--file", file,
               "--batch", str(1 if server == FLOOR_EACH else max(1, round(batch))),
               "--warmup", str(options.warmup), "--seconds", str(options.seconds)]
    if server == FLOOR_HEADS:
        command.append("--heads")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise NotAvailable(done.stderr.strip())
    return json.loads(done.stdout)


def measure(options, servers, row, server, batch):
    """One run, the quietest of at most --attempts."""
    best = None
    for _ in range(options.attempts):
        os.sync()
        wait_for_quiet(options.patience)
        others = Others()
        if server in INSERTS:
            result = insert(options, servers.directory, server, batch)
        else:
            result = serve(options, servers, row, server)
        result["noise"] = others.share()
        if best is None or result["noise"] < best["noise"]:
            best = result
        if best["noise"] <= NOISE_MAX:
            break
    return best


def progress(row, server, result):
    if server in INSERTS:
        return f"{result['rows_per_s']:,.0f} rows/s, {result['batch']} in a transaction"
    if row.kind == "replay":
        return f"{result['replayed']:,} events in {result['connect_s']:.2f} s"
    return (f"{result['messages'] / result['seconds']:,.0f} publishes/s, "
            f"{result['batch']:,.0f} in a transaction, reply p50 {result['reply_p50_us']:,.0f} us, "
            f"p99 {result['reply_p99_us']:,.0f} us")


def measure_all(options, rows, out):
    """Measures and keeps every result in a file of JSON lines."""
    results, batches = [], {}
    plan = plan_of(options, rows)
    with tempfile.TemporaryDirectory(prefix="confab-bench-") as name, out.open("w") as file:
        servers = Servers(options.build, pathlib.Path(name))
        servers.prepare(max((row.members for _, row, _ in plan), default=1))
        for done, (number, row, server) in enumerate(plan, 1):
            servers.make_ready(server)
            result = measure(options, servers, row, server, batches.get(row.name, 1))
            if server == DURABLE:
                batches[row.name] = result["batch"]
            result = {"row": row.name, "server": server, "run": number, **result}
            results.append(result)
            file.write(json.dumps(result) + "\n")
            file.flush()
            print(f"[{done}/{len(plan)}] {row.name}, run {number}, {server}: "
                  f"{progress(row, server, result)}, others {100 * result['noise']:.0f} %",
                  file=sys.stderr)
    return results
