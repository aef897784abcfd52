"""A line chart, written as SVG. No library, nothing but what is needed."""
import math
from html import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 96, 148, 52, 62
COLORS = ("#0b6e99", "#c4501b", "#5a7d2a", "#7a4fa3", "#555555", "#b8860b")


class LinearAxis:
    """Values from zero to the highest and a little more, along some pixels."""

    def __init__(self, values, start, end):
        self.high = 1.1 * max(values)
        self.start, self.end = start, end

    def at(self, value):
        return self.start + value / self.high * (self.end - self.start)

    def ticks(self):
        power = 10.0 ** math.floor(math.log10(self.high))
        step = next(step * power for step in (0.1, 0.2, 0.5, 1, 2, 5)
                    if self.high / (step * power) <= 8)
        return [step * count for count in range(int(self.high / step) + 1)]


class LogAxis:
    """Values from the lowest power of ten to the highest, or close to them, along some pixels."""

    def __init__(self, values, start, end):
        low, high = math.log10(min(values)), math.log10(max(values))
        room = max(0.06 * (high - low), 0.06)
        self.low, self.high = low - room, high + room
        self.start, self.end = start, end

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        steps = (1, 2, 5) if self.high - self.low < 3 else (1,)
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        values = [step * 10.0 ** power for power in powers for step in steps]
        return [value for value in values if self.low <= math.log10(value) <= self.high]


def label(value):
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def text(x, y, content, anchor="middle", size=12, color="#333333", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'fill="{color}"{more}>{escape(content)}</text>')


def grid(x_axis, y_axis, x_ticks):
    parts = []
    for value in y_axis.ticks():
        y = y_axis.at(value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e2e2e2"/>')
        parts.append(text(LEFT - 8, y + 4, label(value), "end"))
    for value in x_ticks:
        x = x_axis.at(value)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#f0f0f0"/>')
        parts.append(text(x, HEIGHT - BOTTOM + 18, label(value)))
    return parts


def spread_out(positions, gap=15):
    """Moves the labels at the ends of the lines apart, keeping their order."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    placed = list(positions)
    for before, after in zip(order, order[1:]):
        placed[after] = max(placed[after], placed[before] + gap)
    return placed


def line_chart(title, x_name, y_name, series, y_axis_type=LogAxis):
    """`series`: {name: [(x, y), ...]}, all values above zero."""
    xs = sorted({x for points in series.values() for x, _ in points})
    ys = [y for points in series.values() for _, y in points]
    x_axis = LogAxis(xs, LEFT, WIDTH - RIGHT)
    y_axis = y_axis_type(ys, HEIGHT - BOTTOM, TOP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
             f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
             text(LEFT, 26, title, "start", 16, "#111111"),
             text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, x_name),
             text(20, (TOP + HEIGHT - BOTTOM) / 2, y_name,
                  more=f' transform="rotate(-90 20 {(TOP + HEIGHT - BOTTOM) / 2:.0f})"'),
             *grid(x_axis, y_axis, xs)]
    ends = spread_out([y_axis.at(points[-1][1]) for points in series.values()])
    for index, (name, points) in enumerate(series.items()):
        color = COLORS[index % len(COLORS)]
        places = [(x_axis.at(x), y_axis.at(y)) for x, y in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>'
                  for x, y in places]
        parts.append(text(places[-1][0] + 9, ends[index] + 4, name, "start", 12, color))
    return "\n".join(parts) + "\n</svg>\n"
