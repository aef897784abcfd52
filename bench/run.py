#!/usr/bin/env python3
"""Measures Confab against the floor on this machine and prints the tables of bench/RESULTS.md.

Every run has a fresh server on core 0 and the load client on core 1; floor and Confab take turns.
A run during which another program took a core for more than 5 % of the time is repeated.
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[1]
SERVER_CORE, CLIENT_CORE = 0, 1
NOISE_MAX = 0.05      # share of the time a program of ours waited for a core
QUIET_RUNS_MIN = 3    # with fewer quiet runs the median is over all of them, and marked
IDLE_MIN = 0.93       # of both cores, before a run may begin
READY_TIMEOUT_S = 15
PAYLOAD = 128
# What Confab sends around a message of a minted user; `floor_same` sends as many bytes.
ENVELOPE = ('{"user_id":"00000000-0000-4000-8000-000000000000","username":"User_00000000",'
            '"message":"","timestamp":1234567890}')


class Row(NamedTuple):
    name: str
    members: int
    rooms: int
    window: int
    load: bool  # false: connect and idle only


ROWS = [Row("1 room x 1,000, W=1", 1000, 1, 1, True),
        Row("1 room x 1,000, W=8", 1000, 1, 8, True),
        Row("1 room x 1,000, W=64", 1000, 1, 64, True),
        Row("500 rooms x 2, W=1", 1000, 500, 1, True),
        Row("connect 5,000 into 5,000 rooms", 5000, 5000, 1, False),
        Row("5,000 idle in 1 room", 5000, 1, 1, False)]
LOAD_SERVERS = ("floor_each", "floor_joined", "floor_same", "confab")
IDLE_SERVERS = ("floor_joined", "confab")


class Bench:
    def __init__(self, options, directory):
        self.options = options
        self.build = options.build.resolve()
        self.data = directory / "data"
        self.tokens = directory / "tokens"
        with self.tokens.open("wb") as file:
            subprocess.run([self.build / "confab", "token", "mint", "--data-dir", self.data,
                            "--count", str(max(row.members for row in ROWS))],
                           stdout=file, check=True, timeout=120)

    def command(self, server):
        if server == "confab":
            return [self.build / "confab", "serve", "--store", "memory", "--profile", "bench",
                    "--loops", "1", "--port", "0", "--data-dir", self.data]
        mode = "each" if server == "floor_each" else "joined"
        extra = len(ENVELOPE) if server == "floor_same" else 0
        return [self.build / "floor_server", "--mode", mode, "--extra", str(extra)]

    @contextlib.contextmanager
    def running(self, server):
        """The server's process and port; it is ended with this block."""
        process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *self.command(server)],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        signal.alarm(READY_TIMEOUT_S)
        try:
            line = process.stdout.readline()
            signal.alarm(0)
            port = re.search(r"is ready at http://[^ ]*:(\d+)", line)
            if not port:
                sys.exit(f"{server} did not start: {line!r}")
            yield process.pid, port.group(1)
        finally:
            signal.alarm(0)
            process.kill()
            process.wait()

    def attempt(self, row, server):
        with self.running(server) as (pid, port):
            seconds = self.options.seconds if row.load else 0
            command = ["taskset", "-c", str(CLIENT_CORE), self.build / "load_client",
                       "--port", port, "--tokens", self.tokens, "--members", str(row.members),
                       "--rooms", str(row.rooms), "--window", str(row.window),
                       "--payload", str(PAYLOAD), "--seconds", str(seconds), "--pid", str(pid)]
            done = subprocess.run(command, capture_output=True, text=True, check=False,
                                  timeout=240 + seconds)
        if done.returncode != 0:
            sys.exit(f"{row.name}, {server}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def measure(self, row, server):
        """One run, the quietest of at most --attempts."""
        best = None
        for _ in range(self.options.attempts):
            wait_for_quiet(self.options.patience)
            result = self.attempt(row, server)
            result["noise"] = result["waited"] if row.load else result["connect_waited"]
            if best is None or result["noise"] < best["noise"]:
                best = result
            if best["noise"] <= NOISE_MAX:
                break
        return {"row": row.name, "server": server, **best}


def cpu_times():
    fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0]
              .split()[1:9]]
    return sum(fields), fields[3] + fields[4]


def wait_for_quiet(patience_s):
    """Returns when the cores are idle, or after patience_s."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        total, idle = cpu_times()
        time.sleep(0.5)
        total_after, idle_after = cpu_times()
        if idle_after - idle >= IDLE_MIN * (total_after - total):
            return


def chosen(results, row, server):
    """The quiet runs of one server in one row; all of its runs when too few were quiet."""
    found = [result for result in results
             if result["row"] == row.name and result["server"] == server]
    quiet = [result for result in found if result["noise"] <= NOISE_MAX]
    return quiet if len(quiet) >= QUIET_RUNS_MIN else found


def label(results, row, server):
    noisy = any(result["noise"] > NOISE_MAX for result in chosen(results, row, server))
    return server + (" (noisy)" if noisy else "")


def median(results, row, server, value):
    found = [value(result) for result in chosen(results, row, server)]
    return statistics.median(found) if found else None


def spread(results, row, server, field):
    """Half of the distance between the smallest and the largest, in percent of the median."""
    found = [result[field] for result in chosen(results, row, server)]
    return 50 * (max(found) - min(found)) / statistics.median(found)


def print_load_table(results, rows):
    print("| row | server | deliveries/s | to floor | CPU ns/delivery | to floor | user + system "
          "ns | spread of CPU | server busy | client busy | own echo p50 / p99 |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        def of(server, field):
            return median(results, row, server, lambda result: result[field])
        for server in LOAD_SERVERS:
            if of(server, "seconds") is None:
                continue
            rate, cost = of(server, "deliveries_per_s"), of(server, "cpu_ns_per_delivery")
            base_rate = of("floor_joined", "deliveries_per_s")
            base_cost = of("floor_joined", "cpu_ns_per_delivery")
            print(f"| {row.name} | {label(results, row, server)} "
                  f"| {rate:,.0f} | {rate / base_rate:.2f} | {cost:,.1f} "
                  f"| {cost / base_cost:.2f} | {of(server, 'user_ns_per_delivery'):,.1f} + "
                  f"{of(server, 'system_ns_per_delivery'):,.1f} "
                  f"| ±{spread(results, row, server, 'cpu_ns_per_delivery'):.0f} % "
                  f"| {100 * of(server, 'server_busy'):.0f} % "
                  f"| {100 * of(server, 'client_busy'):.0f} % "
                  f"| {of(server, 'echo_p50_us') / 1e3:.2f} / "
                  f"{of(server, 'echo_p99_us') / 1e3:.2f} ms |")


def print_idle_table(results, rows):
    def per_member(kind):
        return lambda r: (r[kind + "_connected"] - r[kind + "_before"]) / r["members"]
    print("| row | server | connects/s | CPU us/connect | to floor | RssAnon bytes/connection "
          "| RSS bytes/connection |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        for server in IDLE_SERVERS:
            rate = median(results, row, server, lambda r: r["connects_per_s"])
            if rate is None:
                continue
            cost = median(results, row, server, lambda r: r["connect_cpu_us"])
            base = median(results, row, "floor_joined", lambda r: r["connect_cpu_us"])
            print(f"| {row.name} | {label(results, row, server)} "
                  f"| {rate:,.0f} | {cost:.1f} | {cost / base:.2f} "
                  f"| {median(results, row, server, per_member('anonymous')):,.0f} "
                  f"| {median(results, row, server, per_member('resident')):,.0f} |")


def print_machine(results, options):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                            capture_output=True, text=True, check=False).stdout.strip()
    noisy = sum(result["noise"] > NOISE_MAX for result in results)
    runs = max((sum(other["row"] == result["row"] and other["server"] == result["server"]
                    for other in results) for result in results), default=0)
    print(f"- Machine: {cpu.group(1) if cpu else 'unknown'}, {os.cpu_count()} cores, "
          f"Linux {platform.release()}")
    print(f"- Commit: {commit or 'unknown'}; date: {time.strftime('%Y-%m-%d')}")
    print(f"- Runs: {runs} of each, {options.seconds} s measured after 1 s of warm-up; "
          f"medians; {noisy} of {len(results)} runs stayed noisy\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="measured in each run")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--patience", type=float, default=60,
                        help="seconds to wait for a quiet machine before each run")
    parser.add_argument("--attempts", type=int, default=3, help="of one run, while it is noisy")
    parser.add_argument("--from-file", type=pathlib.Path, help="only print what was measured")
    return parser.parse_args()


def measure_all(options, rows, out):
    results = []
    with tempfile.TemporaryDirectory(prefix="confab-bench-") as directory, out.open("w") as file:
        bench = Bench(options, pathlib.Path(directory))
        plan = [(number, row, server) for number in range(1, options.runs + 1) for row in rows
                for server in (LOAD_SERVERS if row.load else IDLE_SERVERS)]
        for number, row, server in plan:
            result = bench.measure(row, server)
            results.append(result)
            file.write(json.dumps(result) + "\n")
            file.flush()
            print(f"{row.name}, run {number}, {server}: "
                  f"{result['deliveries_per_s']:,.0f} deliveries/s, "
                  f"{result['cpu_ns_per_delivery']:,.0f} ns each, "
                  f"{result['connects_per_s']:,.0f} connects/s, "
                  f"noise {100 * result['noise']:.1f} %", file=sys.stderr)
    return results


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # ends the server, too
    rows = [row for row in ROWS if options.only in row.name]
    if options.from_file:
        results = [json.loads(line) for line in options.from_file.read_text().splitlines()]
    else:
        if (os.cpu_count() or 1) < 2:
            sys.exit("two cores are needed: one for the server, one for the load client")
        results = measure_all(options, rows, options.build / "bench.jsonl")
    print_machine(results, options)
    print_load_table(results, [row for row in rows if row.load])
    print()
    print_idle_table(results, [row for row in rows if not row.load])


if __name__ == "__main__":
    main()
