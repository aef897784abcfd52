"""The plots in bench/plots: what a delivery costs against members, rooms and window."""
from harness.rows import MEMBERS_CURVE, ROOMS_CURVE, WINDOW_CURVE, row_named
from harness.svg import LinearAxis, LogAxis, line_chart

COST, RATE = "cpu_ns_per_delivery", "deliveries_per_s"
COST_NAME, RATE_NAME = "server CPU per delivery, ns", "deliveries per second"

# File, title, name of the x axis, what x is of a row, rows, name of the y axis, its type, y,
# servers
PLOTS = [
    ("members", "Cost against the members of one room, W=1", "members",
     lambda row: row.members, MEMBERS_CURVE, COST_NAME, LinearAxis, COST,
     ("confab", "floor_uring")),
    ("rooms", "Cost against rooms of two members, W=1", "rooms",
     lambda row: row.rooms, ROOMS_CURVE, COST_NAME, LinearAxis, COST,
     ("confab", "floor_uring")),
    ("window", "Cost against messages in flight, one room of 1,000", "messages in flight",
     lambda row: row.window, WINDOW_CURVE, COST_NAME, LogAxis, COST,
     ("confab", "floor_uring", "floor_same", "floor_joined", "floor_each")),
    ("throughput", "Throughput against messages in flight, one room of 1,000",
     "messages in flight", lambda row: row.window, WINDOW_CURVE, RATE_NAME, LogAxis, RATE,
     ("confab", "floor_uring", "floor_same", "floor_joined", "floor_each")),
]


def series_of(results, x_of, curve, field, servers):
    series = {}
    for server in servers:
        points = [(x_of(row_named(name)), results.median(name, server, field)) for name in curve]
        points = [(x, y) for x, y in points if y]
        if len(points) > 1:
            series[server] = points
    return series


def write_plots(results, directory):
    """Writes the plots for which there are at least two points; returns their files."""
    written = []
    for name, title, x_name, x_of, curve, y_name, y_axis_type, field, servers in PLOTS:
        series = series_of(results, x_of, curve, field, servers)
        if not series:
            continue
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{name}.svg"
        path.write_text(line_chart(title, x_name, y_name, series, y_axis_type))
        written.append(path)
    return written
