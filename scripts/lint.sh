#!/usr/bin/env bash
# Runs clang-tidy over the sources, or over the files that are named.
# Usage: scripts/lint.sh [FILE...]     needs a configured build/dev
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v clang-tidy >/dev/null; then
  echo "lint.sh: clang-tidy is not installed (apt-get install clang-tidy)" >&2
  exit 1
fi
if (($# == 0)); then
  mapfile -d '' files < <(find src -name '*.cpp' -print0 | sort -z)
  set -- "${files[@]}"
fi
printf '%s\0' "$@" | xargs -0 -n 4 -P "$(nproc)" clang-tidy -p build/dev --quiet
