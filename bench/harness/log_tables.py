"""The tables of bench/RESULTS.md, section "On the disk"."""
import statistics

from harness.log_rows import DURABLE, FLOOR, FLOOR_EACH, INSERTS, PUBLISH
from harness.results import shown
from harness.tables import head, line, times


def rate_of(result):
    """Publishes, or rows, in a second."""
    if "rows_per_s" in result:
        return result["rows_per_s"]
    return result["messages"] / result["seconds"]


def cpu_of(result):
    """Microseconds of CPU for each of them."""
    if "cpu_us_per_row" in result:
        return result["cpu_us_per_row"]
    return result["server_busy"] * result["seconds"] * 1e6 / max(1, result["messages"])


def measured(results, rows, kind):
    for row in rows:
        for server in row.servers:
            if row.kind == kind and results.has(row.name, server):
                yield row, server


def ratio(results, row, server, floor):
    """The median over the runs of both: a run of one is compared with its neighbour in time."""
    rates = {result["run"]: rate_of(result) for result in results.chosen(row, floor)}
    found = [rate_of(result) / rates[result["run"]] for result in results.chosen(row, server)
             if result["run"] in rates]
    return statistics.median(found) if found else None


def with_spread(results, row, server, field, form):
    """The median, and the smallest and the largest of all runs."""
    found = sorted(field(result) for result in results.chosen(row, server))
    if len(found) == 1:
        return format(found[0], form)
    return (f"{format(results.median(row, server, field), form)} "
            f"({format(found[0], form)} to {format(found[-1], form)})")


def others(results, row, server):
    return f"{100 * results.median(row, server, 'noise'):.0f} %"


def milliseconds(name):
    return lambda result: result[name] / 1e3


def print_publishing(results, rows):
    print("### Publishing\n")
    head("row", "server", "per second", f"to `{FLOOR}`", f"to `{FLOOR_EACH}`",
         "events in a transaction", "CPU us each", "others' CPU")
    for row, server in measured(results, rows, "publish"):
        floors = [shown(ratio(results, row.name, server, floor)) for floor in (FLOOR, FLOOR_EACH)]
        line(row.name, results.label(row.name, server),
             with_spread(results, row.name, server, rate_of, ",.0f"), *floors,
             f"{results.median(row.name, server, 'batch'):,.1f}",
             f"{results.median(row.name, server, cpu_of):,.1f}",
             others(results, row.name, server))
    print()


def print_replies(results, rows):
    print("### From the publish to its reply\n")
    head("row", "server", "p50 ms", "p99 ms", "own copy p50 / p99")
    for row, server in measured(results, rows, "publish"):
        if server in INSERTS:
            what, own = "transaction", "–"
        else:
            what = "reply"
            own = times(*(results.median(row.name, server, f"echo_p{percent}_us")
                          for percent in (50, 99)))
        line(row.name, results.label(row.name, server),
             *(with_spread(results, row.name, server, milliseconds(f"{what}_p{percent}_us"), ",.2f")
               for percent in (50, 99)), own)
    print()


def print_replays(results, rows):
    print("### Coming back\n")
    head("row", "server", "events", "seconds until all have them", "events/s", "server CPU s",
         "others' CPU")
    for row, server in measured(results, rows, "replay"):
        line(row.name, results.label(row.name, server),
             f"{results.median(row.name, server, 'replayed'):,.0f}",
             with_spread(results, row.name, server, lambda r: r["connect_s"], ",.2f"),
             f"{results.median(row.name, server, lambda r: r['replayed'] / r['connect_s']):,.0f}",
             with_spread(results, row.name, server, lambda r: r["connect_cpu_s"], ",.2f"),
             others(results, row.name, server))
    print()


def print_live(results, rows):
    print("### Many rooms on the disk\n")
    head("row", "server", "s until ready", "RSS MiB at start", "connected", "under load",
         "RssAnon MiB at start", "connected", "under load")
    for row, server in measured(results, rows, "live"):
        line(row.name, results.label(row.name, server),
             f"{results.median(row.name, server, 'started_s'):.2f}",
             *(f"{results.median(row.name, server, f'{kind}_{moment}') / 2**20:,.1f}"
               for kind in ("resident", "anonymous") for moment in ("before", "connected", "peak")))
    print()


def print_goal(results):
    print("### Against the goal\n")
    head("goal", "figure", "here")
    line(f"{PUBLISH}: publishes/s", f"≥ 0.6 x `{FLOOR}`",
         shown(ratio(results, PUBLISH, DURABLE, FLOOR)))
    print()


def print_all(results, rows):
    kinds = results.kinds_of(rows)
    if "publish" in kinds:
        print_publishing(results, rows)
        print_replies(results, rows)
    if "replay" in kinds:
        print_replays(results, rows)
    if "live" in kinds:
        print_live(results, rows)
    if results.has(PUBLISH, DURABLE):
        print_goal(results)
