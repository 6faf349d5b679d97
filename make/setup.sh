#!/bin/sh
# Installs what is missing and nothing else: Debian packages through apt-get (with sudo when not root), npm packages by
# their lock files. Usage: make/setup.sh build|run|test|lint|bench|peers|vectors|relevance|fuzz. With everything there it ends at once and needs no root.
set -eu
cd "$(dirname "$0")/.."

build="gcc g++ make pkg-config libevent-dev liblmdb-dev libroaring-dev libxxhash-dev libopenblas-dev liblapacke-dev
libsimdjson-dev libicu-dev libexpat1-dev libsqlite3-dev libzstd-dev libarchive-dev zlib1g-dev libcurl4-openssl-dev
libssl-dev node-llhttp"
packages=$build
case "${1:-build}" in
build) ;;
run) packages="$packages nodejs npm" ;;
test) packages="$packages nodejs npm libcmocka-dev zstd chromium fonts-noto-cjk" ;;
lint) packages="$packages clang cppcheck libcmocka-dev libbenchmark-dev libpq-dev libhiredis-dev" ;;
bench) packages="$packages nodejs npm libbenchmark-dev wrk nginx-light" ;;
peers) packages="$packages postgresql redis-server libpq-dev libhiredis-dev" ;;
vectors) packages="$packages libfaiss-dev" ;;
relevance) packages="$packages nodejs npm zstd icu-devtools groonga-bin python3-xapian" ;;
fuzz) packages="$packages clang libclang-rt-14-dev" ;;
*) echo "make/setup.sh: '$1' is not build, run, test, lint, bench, peers, vectors, relevance or fuzz" >&2; exit 2 ;;
esac

# A command stands for its package where the machine brings it from elsewhere (node, clang).
have() {
    case "$1" in
    nodejs) command -v node >/dev/null 2>&1 ;;
    zstd|npm|clang|gcc|g++|make|cppcheck|wrk|chromium) command -v "$1" >/dev/null 2>&1 ;;
    nginx-light) [ -x /usr/sbin/nginx ] ;;
    *) return 1 ;;
    esac
}
installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii *//p' || true)
missing=
for p in $packages; do
    have "$p" || printf '%s\n' "$installed" | grep -qx -- "$p" || missing="$missing $p"
done
if [ -n "$missing" ]; then
    echo "Installing Debian packages:$missing"
    root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 || { echo "Not root and no sudo: ask for these packages to be installed." >&2; exit 1; }
        root=sudo
    fi
    $root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null
fi

# npm_install FOLDER: exactly what its lock file says, again only when that file has changed.
npm_install() {
    mark="$1/node_modules/.rightfit-lock"
    cmp -s "$1/package-lock.json" "$mark" 2>/dev/null && return 0
    echo "Installing npm packages of $1/package-lock.json"
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$1/package-lock.json" "$mark"
}
case "${1:-build}" in
run|bench) npm_install . ;;
test) npm_install . ; npm_install tests/browser ;;
esac
