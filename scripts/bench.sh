#!/usr/bin/env bash
# Builds the release binary with the benchmarks, then measures: bench/README.md.
# Usage: scripts/bench.sh [log] [arguments of bench/run.py, or bench/log.py]
#        BUILD_DIR=build/release
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=${BUILD_DIR:-build/release}
cmake --preset release -B "$build" -DCONFAB_BENCH=ON >/dev/null
cmake --build "$build" --target confab load_client floor_server insert_floor micro_bench \
  -j "${JOBS:-$(nproc)}"
program=bench/run.py
if [[ ${1:-} == log ]]; then
  program=bench/log.py
  shift
fi
exec "$program" --build "$build" "$@"
