#!/usr/bin/env python3
"""Measures the durable log on this machine: bench/README.md, "The log".

What a publish costs and how late it is acknowledged, against a bare loop of inserts; how fast
clients that come back get what they missed; how much memory many rooms on the disk take. Prints
the tables of bench/RESULTS.md, section "On the disk".
"""
import signal
import sys

from harness import log_tables, tables
from harness.log_rows import LOG_ROWS
from harness.log_runs import NOISE_MAX, measure_all
from harness.options import parser
from harness.results import Results, measured
from harness.rows import possible


def arguments():
    options = parser(__doc__, seconds=3, warmup=1).parse_args()
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
