#!/usr/bin/env bash
# Formats the C++ sources. With --check it only names the lines that would change.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=(-i)
if [[ ${1:-} == --check ]]; then arguments=(--dry-run -Werror); fi

directories=()
for directory in src tests bench cmake; do
  if [[ -d $directory ]]; then directories+=("$directory"); fi
done
find "${directories[@]}" \( -name '*.hpp' -o -name '*.cpp' \) -print0 |
  xargs -0 -r -n 20 -P "$(nproc)" clang-format "${arguments[@]}"
