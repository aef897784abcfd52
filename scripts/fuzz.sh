#!/usr/bin/env bash
# Runs the fuzz targets, each in a process of its own, JOBS (default: one per core) at a time.
# Usage: scripts/fuzz.sh [SECONDS [NAME...]]         each for so long, 60 when not told
#        scripts/fuzz.sh --runs [COUNT [NAME...]]    each with its corpus and COUNT inputs more
#                                                    (20000), the same ones every time
#        scripts/fuzz.sh --minimize [NAME...]        adds to the corpus what --runs or a longer
#                                                    run found and what reaches new code
# A NAME is that of tests/fuzz/NAME_fuzz.cpp; none means all. The targets must have been built.
# What is found goes to build/fuzz/found/NAME, what breaks a rule to build/fuzz/crashes.
set -euo pipefail
cd "$(dirname "$0")/.."

BUILT=build/fuzz/tests/fuzz
CORPUS=tests/fuzz/corpus
FOUND=build/fuzz/found
CRASHES=build/fuzz/crashes
LOGS=build/fuzz/logs
# The limits of one input; a longer one would hide behind "slow".
LIMITS=(-timeout=20 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=1)
# What is written to the corpus stays small and readable.
KEPT_BYTES_MAX=2048

# Where things lie in memory gets into the inputs: the same place every time, where that is allowed.
launcher=()

# Some look at much for each input: fewer of them in the same time.
inputs_for() { # NAME COUNT
  case $1 in
    api_gateway | config_config) echo $(($2 / 4)) ;;
    *) echo "$2" ;;
  esac
}

# Prints what broke and where the input is; the whole output stays in the log.
tell_failure() { # NAME
  local artifact
  artifact=$(sed -nE 's/.*Test unit written to (.*)/\1/p' "$LOGS/$1.log" | tail -n 1)
  echo "== $1 FAILED: ${artifact:-no input was kept}" >&2
  grep -v -E '^#|^INFO|^"|fuzzer::|/libc|_start|^NOTE|^  ' "$LOGS/$1.log" | tail -n 30 >&2
  grep -E '^ +#[0-9]+ .* confab::|_fuzz\.cpp:' "$LOGS/$1.log" | head -n 20 >&2
  echo "   again: $BUILT/fuzz_$1 ${artifact:-} (all it said: $LOGS/$1.log)" >&2
}

# One target, from the directories it may read; the first is where new inputs are written.
run_target() { # NAME OPTION...
  local name=$1 dictionary=tests/fuzz/dictionaries/$1.txt
  shift
  local options=("${LIMITS[@]}" "-artifact_prefix=$CRASHES/$name-" "$@")
  if [[ -f $dictionary ]]; then options+=("-dict=$dictionary"); fi
  if ! "${launcher[@]}" "$BUILT/fuzz_$name" "${options[@]}" >"$LOGS/$name.log" 2>&1; then
    tell_failure "$name"
    return 1
  fi
  echo "== $name: $(sed -nE 's/^Done ([0-9]+) runs in ([0-9]+) .*/\1 inputs in \2 s/p' \
    "$LOGS/$name.log"), $(sed -nE 's/.*(cov: [0-9]+) .*/\1/p' "$LOGS/$name.log" | tail -n 1)"
}

fuzz_for_seconds() { # NAME SECONDS
  mkdir -p "$FOUND/$1" "$CORPUS/$1"
  run_target "$1" -max_total_time="$2" "$FOUND/$1" "$CORPUS/$1"
}

# Nothing of earlier runs is read, so that the same code gets the same inputs.
fuzz_for_inputs() { # NAME COUNT
  local fresh=build/fuzz/fresh/$1 seeds
  rm -rf "$fresh"
  mkdir -p "$fresh" "$CORPUS/$1"
  seeds=$(find "$CORPUS/$1" -type f | wc -l)
  if setarch "$(uname -m)" -R true 2>/dev/null; then launcher=(setarch "$(uname -m)" -R); fi
  run_target "$1" -seed=1 -runs=$(($(inputs_for "$1" "$2") + seeds)) "$fresh" "$CORPUS/$1"
}

minimize() { # NAME
  local more=() directory
  for directory in "$FOUND/$1" "build/fuzz/fresh/$1"; do
    if [[ -d $directory ]]; then more+=("$directory"); fi
  done
  if ((${#more[@]} == 0)); then return 0; fi
  local before
  before=$(find "$CORPUS/$1" -type f | wc -l)
  run_target "$1" -merge=1 -use_counters=0 -max_len="$KEPT_BYTES_MAX" "$CORPUS/$1" \
    "${more[@]}" >/dev/null
  echo "== $1: $before inputs before, $(find "$CORPUS/$1" -type f | wc -l) now"
}

# One job of xargs, below.
case ${1:-} in
  --job)
    shift
    "$@"
    exit
    ;;
  --runs) job=fuzz_for_inputs argument=${2:-20000} && shift $(($# > 1 ? 2 : 1)) ;;
  --minimize) job=minimize argument= && shift ;;
  *) job=fuzz_for_seconds argument=${1:-60} && shift $(($# > 0 ? 1 : 0)) ;;
esac

names=("$@")
if ((${#names[@]} == 0)); then
  for source in tests/fuzz/*_fuzz.cpp; do
    name=${source##*/}
    names+=("${name%_fuzz.cpp}")
  done
fi
for name in "${names[@]}"; do
  if [[ ! -x $BUILT/fuzz_$name ]]; then
    echo "fuzz.sh: $BUILT/fuzz_$name is not there; make fuzz builds it" >&2
    exit 2
  fi
done
mkdir -p "$FOUND" "$CRASHES" "$LOGS"
if ! printf '%s\n' "${names[@]}" |
  xargs -P "${JOBS:-$(nproc)}" -I{} scripts/fuzz.sh --job "$job" {} $argument; then
  echo "fuzz.sh: some inputs break a rule; they are in $CRASHES" >&2
  exit 1
fi
