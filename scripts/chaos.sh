#!/usr/bin/env bash
# Breaks the server in every way that tests/chaos knows, and shows that the checker would notice.
# Usage: scripts/chaos.sh [--seed N] [--rounds N] [--faults kill,storm,...]
# Without arguments: kill -9 a hundred times, each other fault, then the planted faults.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-$(nproc)}
export PYTHONDONTWRITEBYTECODE=1
python=/usr/bin/python3

cmake --preset release
cmake --build build/release --target confab -j "$jobs"
export CONFAB_BIN=$PWD/build/release/confab
scripts/sdk.sh build
if (($# > 0)); then
  exec "$python" tests/chaos/run.py "$@"
fi

"$python" tests/chaos/run.py --faults kill --rounds 100
"$python" tests/chaos/run.py --faults kill,drain,freeze,storm --rounds 60
"$python" tests/chaos/run.py --faults long_freeze --rounds 10
"$python" tests/chaos/run.py --faults sync --rounds 10
"$python" tests/chaos/run.py --faults full --rounds 10
"$python" tests/chaos/run.py --faults space --rounds 20
"$python" tests/chaos/run.py --faults clock --rounds 40
"$python" tests/chaos/run.py --faults kill,drain,freeze,long_freeze,storm,space,clock --rounds 40

cmake --preset faults
cmake --build build/faults --target confab -j "$jobs"
CONFAB_FAULTS_BIN=$PWD/build/faults/confab \
  "$python" -m pytest -v tests/chaos/test_planted_faults.py
