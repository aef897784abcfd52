#!/usr/bin/env python3
"""Measures Confab against the floor and against peers on this machine: bench/README.md.

Every run has a fresh server on core 0 and the load client on core 1; the servers take turns. A run
during which another program took a core for more than 5 % of the time is repeated. Prints the
tables of bench/RESULTS.md and writes the plots.
"""
import pathlib
import signal
import sys

from harness import tables
from harness.options import parser
from harness.plots import write_plots
from harness.results import Results, measured
from harness.rows import ROWS, possible
from harness.runner import measure_all, plan_of


def arguments():
    more = parser(__doc__, seconds=2, warmup=0.7)
    more.add_argument("--seconds-max", type=float, default=3600,
                      help="measured in rows that have their own time")
    more.add_argument("--servers", default="", help="only these, with commas between them")
    more.add_argument("--quick", action="store_true",
                      help="one short run of each, however noisy: to see that all works")
    more.add_argument("--plots", type=pathlib.Path, help="where the plots go "
                      "(default: plots/ beside the results, in the build directory)")
    more.add_argument("--list", action="store_true", help="print what would be run")
    options = more.parse_args()
    if options.quick:
        options.runs, options.seconds, options.seconds_max, options.warmup = 1, 1, 2, 0.3
        options.patience, options.attempts = 0, 1
    return options


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # ends the server, too
    rows = [row for row in possible(ROWS) if options.only in row.name]
    if options.list:
        for number, row, server in plan_of(options, rows):
            print(f"{row.name}, run {number}, {server}")
        return
    results = Results(measured(options, rows, measure_all, "bench.jsonl"))
    tables.print_machine(results, options)
    tables.print_all(results, rows)
    for path in write_plots(results, options.plots or options.build / "plots"):
        print(f"Plot: {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
