#!/usr/bin/env bash
# Builds the SDKs and runs their tests against the server of the release build.
# Usage: scripts/sdk.sh [build]     with build: nothing is run
# Node 20 is what the TypeScript SDK is for; with an older one it is left out, and that is said.
set -euo pipefail
cd "$(dirname "$0")/.."

export CONFAB_BIN=${CONFAB_BIN:-$PWD/build/release/confab}
major=$(node --version 2>/dev/null | grep -oE '[0-9]+' | head -n 1 || true)
if ! command -v npm >/dev/null || ((${major:-0} < 20)); then
  echo "sdk/typescript is left out: its tests need npm and Node 20"
  exit 0
fi

cd sdk/typescript
for try in 1 2 3; do
  if npm ci --no-audit --no-fund; then break; fi
  ((try < 3)) || exit 1
done
if [[ ${1:-} == build ]]; then npm run build; else npm test; fi
