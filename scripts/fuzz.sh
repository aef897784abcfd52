#!/usr/bin/env bash
# Runs every fuzz target for a while, starting from its corpus. What is found goes to build/fuzz.
# Usage: scripts/fuzz.sh [SECONDS]     per target, 60 when not told
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
for target in build/fuzz/tests/fuzz/fuzz_*; do
  [[ -f $target && -x $target ]] || continue
  name=${target##*/fuzz_}
  found=build/fuzz/found/$name
  corpus=tests/fuzz/corpus/$name
  mkdir -p "$found"
  echo "== $name, $seconds s"
  inputs=("$found")
  if [[ -d $corpus ]]; then inputs+=("$corpus"); fi
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
    -verbosity=0 -artifact_prefix="$found/" "${inputs[@]}"
done
