#!/usr/bin/env python3
"""Measures the durable log on this machine: bench/README.md, "The log".

What a publish costs and how late it is acknowledged, against a bare loop of inserts; how fast
clients that come back get what they missed; how much memory many rooms on the disk take. Prints
the tables of bench/RESULTS.md, section "On the disk".
"""
import argparse
import pathlib
import signal
import sys

from harness import log_tables, tables
from harness.log_rows import LOG_ROWS
from harness.log_runs import NOISE_MAX, measure_all
from harness.results import Results, measured
from harness.rows import possible

ROOT = pathlib.Path(__file__).resolve().parents[1]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--runs", type=int, default=5, help="of each")
    parser.add_argument("--seconds", type=float, default=3, help="measured in each run")
    parser.add_argument("--warmup", type=float, default=1, help="seconds of load before that")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--patience", type=float, default=60,
                        help="seconds to wait for a quiet machine before each run")
    parser.add_argument("--attempts", type=int, default=3, help="of one run, while it is noisy")
    parser.add_argument("--from-file", type=pathlib.Path, help="only print what was measured")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.seconds_max, options.servers = options.seconds, ""
    return options


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # ends the server, too
    rows = [row for row in possible(LOG_ROWS) if options.only in row.name]
    results = Results(measured(options, rows, measure_all, "log.jsonl"), NOISE_MAX)
    tables.print_machine(results, options)
    log_tables.print_all(results, rows)


if __name__ == "__main__":
    main()
