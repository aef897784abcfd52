#!/usr/bin/env bash
# Runs every test on one build: unit and contract tests, black-box tests, chaos, tests of the tools.
# Usage: scripts/test.sh PRESET     release | dev | asan-ubsan | tsan
# The build must be there. CONFAB_JOBS: how many at a time (default: one per core).
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: scripts/test.sh PRESET}
build=build/$preset
jobs=${CONFAB_JOBS:-$(nproc)}
export CONFAB_BIN=$PWD/$build/confab
export PYTHONDONTWRITEBYTECODE=1
launcher=()

case $preset in
  asan-ubsan)
    export CONFAB_TEST_SLOW=${CONFAB_TEST_SLOW:-4}
    # A small quarantine: what was freed counts as the server's memory until it leaves it.
    asan_options=detect_stack_use_after_return=1:strict_string_checks=1:quarantine_size_mb=4
    export ASAN_OPTIONS=${ASAN_OPTIONS:-$asan_options}
    export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
    ;;
  tsan)
    export CONFAB_TEST_SLOW=${CONFAB_TEST_SLOW:-8}
    export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}
    # GCC 12's ThreadSanitizer cannot live with as much address randomisation as newer kernels use.
    if setarch "$(uname -m)" -R true 2>/dev/null; then
      launcher=(setarch "$(uname -m)" -R)
    fi
    ;;
esac

# The hard limit: the tests open more than a thousand connections.
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true

echo "== unit and contract tests ($preset)"
"${launcher[@]}" env -u CONFAB_BIN -u CONFAB_TEST_SLOW -u CONFAB_JOBS \
  ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$jobs"

echo "== black-box tests ($preset)"
"${launcher[@]}" /usr/bin/python3 -m pytest -v -n "$jobs" --dist loadfile tests/blackbox

if [[ $preset == release ]]; then
  echo "== the TypeScript SDK"  # which has a part in the chaos
  scripts/sdk.sh
fi

echo "== chaos in small ($preset)"
"${launcher[@]}" /usr/bin/python3 -m pytest -v tests/chaos

if [[ $preset == release ]]; then
  echo "== black-box tests of the server without io_uring"
  CONFAB_TEST_IO_URING=off /usr/bin/python3 -m pytest -v -n "$jobs" --dist loadfile \
    --ignore tests/blackbox/conformance tests/blackbox

  echo "== tests of the tools"
  /usr/bin/python3 -m pytest -v -p no:cacheprovider tests/tools
fi
