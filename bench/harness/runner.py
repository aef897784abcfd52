"""Runs: a fresh server on core 0, the load client on core 1, again while it was too noisy."""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from harness.rows import runs_of
from harness.servers import CLIENT_CORE, NotAvailable, Servers

NOISE_MAX = 0.05  # share of the time a program of ours waited for a core
IDLE_MIN = 0.93   # of both cores, before a run may begin
PAYLOAD = 128


def cpu_times():
    fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0]
              .split()[1:9]]
    return sum(fields), fields[3] + fields[4]


def wait_for_quiet(patience_s):
    """Returns when the cores are idle, or after patience_s."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        total, idle = cpu_times()
        time.sleep(0.3)
        total_after, idle_after = cpu_times()
        if idle_after - idle >= IDLE_MIN * (total_after - total):
            return


def drive(options, row, running):
    """What the load client says about a server that runs."""
    measured = min(row.seconds, options.seconds_max) or options.seconds
    seconds = 0 if row.kind in ("connect", "replay") else measured
    load = () if "--rate" in row.client else ("--window", str(row.window))
    command = ["taskset", "-c", str(CLIENT_CORE), options.build / "load_client",
               "--port", running.port, "--pid", str(running.pid), *running.client,
               "--members", str(row.members), "--rooms", str(row.rooms), *load,
               "--payload", str(PAYLOAD), "--warmup", str(options.warmup),
               "--seconds", str(seconds), *row.client]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=240 + seconds)
    if done.returncode != 0:
        raise NotAvailable(f"{row.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def attempt(options, servers, row, server):
    with servers.running(server) as running:
        return drive(options, row, running)


def measure(options, servers, row, server):
    """One run, the quietest of at most --attempts."""
    best = None
    for _ in range(options.attempts):
        wait_for_quiet(options.patience)
        result = attempt(options, servers, row, server)
        result["noise"] = result["connect_waited" if row.kind == "connect" else "waited"]
        if best is None or result["noise"] < best["noise"]:
            best = result
        if best["noise"] <= NOISE_MAX:
            break
    return {"row": row.name, "server": server, **best}


def plan_of(options, rows):
    """Every run there is to make: one of everything, then the next of everything."""
    wanted = set(options.servers.split(",")) if options.servers else None
    return [(number, row, server)
            for number in range(1, options.runs + 1) for row in rows for server in row.servers
            if number <= runs_of(row, server, options.runs)
            and (wanted is None or server in wanted)]


def progress(number, row, server, result):
    load = (f"{result['connects_per_s']:,.0f} connects/s" if row.kind == "connect" else
            f"{result['deliveries_per_s']:,.0f} deliveries/s, "
            f"{result['cpu_ns_per_delivery']:,.0f} ns each, "
            f"p99 {result['echo_p99_us'] / 1e3:,.1f} ms")
    return f"{row.name}, run {number}, {server}: {load}, noise {100 * result['noise']:.1f} %"


def measure_all(options, rows, out):
    """Measures and keeps every result in a file of JSON lines. What cannot run is left out."""
    results, missing = [], {}
    plan = plan_of(options, rows)
    with tempfile.TemporaryDirectory(prefix="confab-bench-") as directory, out.open("w") as file:
        servers = Servers(options.build, pathlib.Path(directory))
        servers.prepare(max((row.members for _, row, _ in plan), default=1))
        for done, (number, row, server) in enumerate(plan, 1):
            if (row.name, server) in missing:
                continue
            try:
                result = measure(options, servers, row, server)
            except NotAvailable as error:
                missing[row.name, server] = str(error)
                print(f"left out: {row.name}, {server}: {error}", file=sys.stderr)
                continue
            results.append(result)
            file.write(json.dumps(result) + "\n")
            file.flush()
            print(f"[{done}/{len(plan)}] {progress(number, row, server, result)}",
                  file=sys.stderr)
    return results
