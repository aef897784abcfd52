"""What both benchmarks are told on the command line."""
import argparse
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parser(description, *, seconds, warmup):
    made = argparse.ArgumentParser(description=description.splitlines()[0])
    made.add_argument("--build", type=lambda path: pathlib.Path(path).resolve(),
                      default=ROOT / "build/release")
    made.add_argument("--runs", type=int, default=5, help="of each; some rows have fewer")
    made.add_argument("--seconds", type=float, default=seconds, help="measured in each run")
    made.add_argument("--warmup", type=float, default=warmup, help="seconds of load before that")
    made.add_argument("--only", default="", help="rows whose name contains this")
    made.add_argument("--patience", type=float, default=60,
                      help="seconds to wait for a quiet machine before each run")
    made.add_argument("--attempts", type=int, default=3, help="of one run, while it is noisy")
    made.add_argument("--from-file", type=pathlib.Path, help="only print what was measured")
    return made
