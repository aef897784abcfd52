"""Medians and ratios of what was measured."""
import json
import os
import statistics
import sys

from harness.runner import NOISE_MAX

QUIET_RUNS_MIN = 3  # with fewer quiet runs the median is over all of them, and marked


class Results:
    def __init__(self, results, noise_max=NOISE_MAX):
        self.all = results
        self.noise_max = noise_max

    def chosen(self, row, server):
        """The quiet runs of one server in one row; all of its runs when too few were quiet."""
        found = [result for result in self.all
                 if result["row"] == row and result["server"] == server]
        quiet = [result for result in found if result["noise"] <= self.noise_max]
        return quiet if len(quiet) >= min(QUIET_RUNS_MIN, len(found)) else found

    def has(self, row, server):
        return bool(self.chosen(row, server))

    def kinds_of(self, rows):
        """The kinds of those rows that have a result."""
        return {row.kind for row in rows if any(self.has(row.name, server)
                                                for server in row.servers)}

    def label(self, row, server):
        noisy = any(result["noise"] > self.noise_max for result in self.chosen(row, server))
        return server + (" (noisy)" if noisy else "")

    def median(self, row, server, field):
        """`field` is a name, or a function of one result. None when there is no result."""
        value = field if callable(field) else lambda result: result[field]
        found = [value(result) for result in self.chosen(row, server)]
        return statistics.median(found) if found else None

    def ratio(self, row, server, base, field):
        return quotient(self.median(row, server, field), self.median(row, base, field))

    def spread(self, row, server, field):
        """Half of the distance between the smallest and the largest, in percent of the median."""
        found = [result[field] for result in self.chosen(row, server)]
        middle = statistics.median(found)
        return 50 * (max(found) - min(found)) / middle if middle else 0


def measured(options, rows, measure, name):
    """What `measure` finds, kept in a file of that name; or only what an earlier run has kept."""
    if options.from_file:
        return [json.loads(line) for line in options.from_file.read_text().splitlines()]
    if (os.cpu_count() or 1) < 2:
        sys.exit("two cores are needed: one for the server, one for the load client")
    return measure(options, rows, options.build / name)


def quotient(value, base):
    return value / base if value is not None and base else None


def shown(value, form=",.2f"):
    return "–" if value is None else format(value, form)


def bytes_per_member(kind):
    return lambda r: (r[kind + "_connected"] - r[kind + "_before"]) / r["members"]


def growth(kind):
    """How far the memory of the server rose above what it was before the first message."""
    return lambda r: max(0, r[kind + "_peak"] - r[kind + "_connected"])
