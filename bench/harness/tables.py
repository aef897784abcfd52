"""The tables of bench/RESULTS.md, in Markdown."""
import functools
import os
import pathlib
import platform
import re
import subprocess
import time

from harness.results import bytes_per_member, growth, quotient, shown
from harness.rows import (BASE, BASE_JOINED, MEMBERS_CURVE, PEERS, ROOMS_CURVE, ROWS, STALLED,
                          WRAPPED)

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATE, COST = "deliveries_per_s", "cpu_ns_per_delivery"
OTHERS = (*PEERS, *WRAPPED)
STALLED_FIXED_BYTES = 4 * 1024 * 1024  # the feed of one room, and what the allocator keeps


def head(*columns):
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))


def wanted(results, rows, kind, servers=None):
    """(row, server, median of a field) for all that was measured of one kind."""
    for row in rows:
        for server in servers or row.servers:
            if row.kind == kind and results.has(row.name, server):
                yield row, server, functools.partial(results.median, row.name, server)


def line(*cells):
    print("| " + " | ".join(cells) + " |")


def print_machine(results, options):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                            capture_output=True, text=True, check=False).stdout.strip()
    noisy = sum(result["noise"] > results.noise_max for result in results.all)
    print(f"- Machine: {cpu.group(1) if cpu else 'unknown'}, {os.cpu_count()} cores, "
          f"Linux {platform.release()}")
    print(f"- Commit: {commit or 'unknown'}; date: {time.strftime('%Y-%m-%d')}")
    print(f"- Runs: at most {options.runs} of each, {options.seconds:g} s measured unless the row "
          f"says otherwise; medians; {noisy} of {len(results.all)} runs stayed noisy\n")


def print_load(results, rows):
    print("### Fan-out\n")
    head("row", "server", "deliveries/s", "to `floor_uring`", "CPU ns/delivery",
         "to `floor_uring`", "to `floor_joined`", "user + system ns", "spread of CPU",
         "server busy", "client busy", "own echo p50 / p99")
    for row, server, of in wanted(results, rows, "load"):
        if server not in OTHERS:
            line(row.name, results.label(row.name, server), f"{of(RATE):,.0f}",
                 shown(results.ratio(row.name, server, BASE, RATE)), f"{of(COST):,.1f}",
                 shown(results.ratio(row.name, server, BASE, COST)),
                 shown(results.ratio(row.name, server, BASE_JOINED, COST)),
                 f"{of('user_ns_per_delivery'):,.1f} + {of('system_ns_per_delivery'):,.1f}",
                 f"±{results.spread(row.name, server, COST):.0f} %",
                 f"{100 * of('server_busy'):.0f} %", f"{100 * of('client_busy'):.0f} %",
                 times(of("echo_p50_us"), of("echo_p99_us")))
    print()


def times(p50_us, p99_us):
    return f"{p50_us / 1e3:,.2f} / {p99_us / 1e3:,.2f} ms"


def print_others(results, rows):
    """Peers, TLS and compression, compared with Confab."""
    print("### Peers, TLS and compression\n")
    head("row", "server", "deliveries/s", "to Confab", "CPU ns/delivery", "to Confab",
         "to `floor_uring`", "own echo p50 / p99")
    for row, server, of in wanted(results, rows, "load", ("confab", *OTHERS)):
        if set(OTHERS) & set(row.servers):
            line(row.name, results.label(row.name, server), f"{of(RATE):,.0f}",
                 shown(results.ratio(row.name, server, "confab", RATE)), f"{of(COST):,.1f}",
                 shown(results.ratio(row.name, server, "confab", COST)),
                 shown(results.ratio(row.name, server, BASE, COST)),
                 times(of("echo_p50_us"), of("echo_p99_us")))
    print()


def print_connecting(results, rows):
    print("### Connecting and idling\n")
    head("row", "server", "connects/s", "CPU us/connect", "to `floor_uring`",
         "RssAnon bytes/connection", "RSS bytes/connection")
    for row, server, of in wanted(results, rows, "connect"):
        line(row.name, results.label(row.name, server), f"{of('connects_per_s'):,.0f}",
             f"{of('connect_cpu_us'):,.1f}",
             shown(results.ratio(row.name, server, BASE, "connect_cpu_us")),
             f"{of(bytes_per_member('anonymous')):,.0f}",
             f"{of(bytes_per_member('resident')):,.0f}")
    print()


def print_paced(results, rows):
    print("### At a fixed rate\n")
    head("row", "server", "CPU ns/delivery", "p50 / p99 of all copies", "p50 / p99 of own echo",
         "RssAnon growth", "stalled", "cut", "reconnects/s", "server busy")
    for row, server, of in wanted(results, rows, "paced"):
        line(row.name, results.label(row.name, server), f"{of(COST):,.1f}",
             times(of("delivery_p50_us"), of("delivery_p99_us")),
             times(of("echo_p50_us"), of("echo_p99_us")),
             f"{of(growth('anonymous')) / 1024:,.0f} KiB", f"{of('stalled'):,.0f}",
             f"{of('cut'):,.0f}", f"{of(lambda r: r['reconnects'] / r['seconds']):,.0f}",
             f"{100 * of('server_busy'):.0f} %")
    print()


def curve_goal(results, curve, middle):
    """How the cost of a delivery moves along a curve, as a share of that in one of its rows."""
    told = []
    for server in ("confab", BASE):
        costs = [results.median(name, server, COST) for name in curve]
        costs = [cost for cost in costs if cost is not None]
        base = results.median(middle, server, COST)
        if base and len(costs) > 1:
            told.append(f"{server} {min(costs) / base:.2f} to {max(costs) / base:.2f}")
    return "; ".join(told) or "–"


def stalled_goal(results):
    still = next(row.name for row in ROWS if row.name.endswith(STALLED))
    plain = still.removesuffix(STALLED)
    stalled = results.median(still, "confab", "stalled")
    grown = results.median(still, "confab", growth("anonymous"))
    if grown is None:
        return "–"
    budget = 64 * stalled + STALLED_FIXED_BYTES
    late = quotient(results.median(still, "confab", "delivery_p99_us"),
                    results.median(plain, "confab", "delivery_p99_us"))
    return f"{grown / 1024:,.0f} KiB of {budget / 1024:,.0f}; p99 {shown(late)} x"


def print_goals(results):
    one = "1 room x 1,000, W="
    idle = results.median("5,000 idle in 1 room", "confab", bytes_per_member("anonymous"))
    print("### Against the goals\n")
    head("goal", "figure", "here")
    line("1 room x 1,000, W=1: CPU per delivery", "≤ 1.15 x `floor_uring`",
         shown(results.ratio(one + "1", "confab", BASE, COST)))
    line("1 room x 1,000, W=64: deliveries/s", "≥ 0.6 x `floor_uring`",
         shown(results.ratio(one + "64", "confab", BASE, RATE)))
    line("500 rooms x 2, W=1: CPU per delivery", "≤ 1.25 x `floor_uring`",
         shown(results.ratio("500 rooms x 2, W=1", "confab", BASE, COST)))
    line("1 room x 1,000, W=64, on the disk: deliveries/s", "≥ 0.8 x in memory",
         shown(results.ratio(one + "64", "confab_durable", "confab", RATE)))
    line("idle connection", "≤ 1.2 KB", shown(idle, ",.0f") + " bytes")
    line("connect with token check", "≤ 1.5 x the floor's CPU",
         shown(results.ratio("connect 5,000 into 5,000 rooms", "confab", BASE, "connect_cpu_us")))
    for what, curve, middle in (("members", MEMBERS_CURVE, one + "1"),
                                ("rooms", ROOMS_CURVE, "500 rooms x 2, W=1")):
        line(f"growth in {what}: CPU per delivery", f"0.80 to 1.20 of that of {middle}",
             curve_goal(results, curve, middle))
    line("20 % of 1,000 readers stalled",
         f"< 64 bytes each + {STALLED_FIXED_BYTES // 1024:,} KiB; the others' p99 within ±10 %",
         stalled_goal(results))
    print()


def print_all(results, rows):
    kinds = results.kinds_of(rows)
    if "load" in kinds:
        print_load(results, rows)
        print_others(results, rows)
    if "connect" in kinds:
        print_connecting(results, rows)
    if "paced" in kinds:
        print_paced(results, rows)
    print_goals(results)
