#!/usr/bin/env bash
# Installs what is missing on Debian 12, and nothing when everything is there.
# Usage: scripts/install.sh GROUP...     with the groups build, test, bench, fuzz
# A compiler, CMake or Node that is new enough is left alone, wherever it came from.
set -euo pipefail

BUILD=(g++ cmake ninja-build make pkg-config
  libboost1.81-dev libssl-dev libsodium-dev libspdlog-dev libcli11-dev libtomlplusplus-dev
  liburing-dev libsqlite3-dev libsqlitecpp-dev libcurl4-openssl-dev libutf8proc-dev
  librhonabwy-dev libjansson-dev libgnutls28-dev nettle-dev zlib1g-dev)
TEST=(libgtest-dev libgmock-dev clang-format curl procps nodejs node-ws nginx-light
  python3 python3-pytest python3-pytest-xdist python3-websockets python3-aiohttp
  python3-hypothesis python3-jwcrypto python3-cryptography python3-psutil strace
  libfaketime chromium)
BENCH=(libbenchmark-dev python3 util-linux openssl nodejs npm)
FUZZ=(clang libclang-rt-14-dev)

# at_least WANTED FOUND: whether a version is new enough.
at_least() {
  [[ -n $2 && $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]
}

version_of() {
  command -v "$1" >/dev/null || return 0
  "$@" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1 || true
}

# Whether the job of a package is done by something that did not come from this package.
is_provided() {
  case $1 in
    g++) at_least 12 "$(version_of g++ -dumpfullversion)" ;;
    cmake) at_least 3.25 "$(version_of cmake --version)" ;;
    ninja-build) at_least 1.10 "$(version_of ninja --version)" ;;
    nodejs) at_least 18 "$(version_of node --version)" ;;
    clang) at_least 14 "$(version_of clang --version)" ;;
    nginx-light) [[ -x /usr/sbin/nginx ]] ;;
    chromium | curl | make | npm) command -v "$1" >/dev/null ;;
    pkg-config) command -v pkg-config >/dev/null ;;
    *) return 1 ;;
  esac
}

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

wanted=()
for group in "$@"; do
  case $group in
    build) wanted+=("${BUILD[@]}") ;;
    test) wanted+=("${TEST[@]}") ;;
    bench) wanted+=("${BENCH[@]}") ;;
    fuzz) wanted+=("${FUZZ[@]}") ;;
    *)
      echo "install.sh: there is no group '$group'; the groups are build, test, bench and fuzz" >&2
      exit 2
      ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  echo "install.sh: this is not Debian; these packages, or their like, are needed:" >&2
  echo "  ${wanted[*]}" >&2
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do
  is_provided "$package" || is_installed "$package" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then exit 0; fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "install.sh: not root, and there is no sudo; please install:" >&2
    echo "  ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
as_root+=(env DEBIAN_FRONTEND=noninteractive)

echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"

# Tests start a web server of their own; Debian has just started one for everybody.
if [[ " ${missing[*]} " == *" nginx-light "* && -d /run/systemd/system ]]; then
  "${as_root[@]}" systemctl disable --now --quiet nginx
fi
