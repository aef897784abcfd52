#!/usr/bin/env bash
# Puts the servers that Confab is compared with into one directory, and nothing anywhere else.
# Usage: bench/peers/install.sh [DIRECTORY]     (default build/bench-peers)
# Debian packages are downloaded and unpacked, not installed: no root, and no service starts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

directory=${1:-build/bench-peers}
packages=(nats-server mosquitto nginx libnginx-mod-nchan)
mkdir -p "$directory/debs/partial" "$directory/root" "$directory/node"
directory=$(cd "$directory" && pwd)

if [[ ! -e $directory/root/unpacked ]]; then
  # With an empty list of installed packages, apt also downloads what a library depends on.
  : >"$directory/debs/status"
  apt-get install -qq --yes --download-only --no-install-recommends \
    -o Debug::NoLocking=1 -o Dir::Cache::archives="$directory/debs" \
    -o Dir::State::status="$directory/debs/status" -o APT::Sandbox::User="$(id -un)" \
    "${packages[@]}" >/dev/null
  for package in "$directory"/debs/*.deb; do
    case ${package##*/} in
      # What every Debian has; an unpacked C library beside the real one would only do harm.
      libc6_* | libc-bin_* | perl* | dpkg_* | debconf_*) ;;
      *) dpkg-deb --extract "$package" "$directory/root" ;;
    esac
  done
  rm -rf "$directory/debs"
  touch "$directory/root/unpacked"
fi

cp bench/peers/package.json "$directory/node/"
if [[ ! -d $directory/node/node_modules ]]; then
  npm install --prefix "$directory/node" --no-audit --no-fund --silent
fi
