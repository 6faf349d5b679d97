#!/bin/sh
# `make bench-peers`: one question to rightfit, SQLite, PostgreSQL and Redis. Starts private servers under a folder of /tmp on core 0 (no
# network but loopback and a unix socket), fills them from our database, asks from core 1, and leaves nothing behind.
#
# RIGHTFIT_DATA (data), RIGHTFITD (build/release/rightfitd), PEERS_WORK (a folder to keep, so that the next run need not fill again).
set -eu
cd "$(dirname "$0")/../.."
data=${RIGHTFIT_DATA:-data} binary=${RIGHTFITD:-build/release/rightfitd} bench=build/release/bench/rightfit-peers
export RIGHTFIT_DATA="$data"
[ -e "$data/data.mdb" ] || { echo "run.sh: no database in $data: \`make run\` makes one" >&2; exit 2; }
[ "$(nproc)" -ge 2 ] || { echo "run.sh: needs two cores" >&2; exit 2; }
pg=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -x "$pg/initdb" ] && command -v redis-server >/dev/null || { echo "run.sh: make/setup.sh peers installs what is missing" >&2; exit 2; }

keep=${PEERS_WORK:-}
work=${keep:-$(mktemp -d /tmp/rightfit-peers-XXXXXX)}
mkdir -p "$work"
work=$(cd "$work" && pwd)
chmod 755 "$work"
server= redis= postgres=
# PostgreSQL refuses to run as root; its package brings a user.
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid postgres --regid postgres --clear-groups "$@"; else "$@"; fi; }
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$redis" ] || kill "$redis" 2>/dev/null || true
    [ -z "$postgres" ] || as_postgres "$pg/pg_ctl" -D "$work/postgres" -m fast -w stop >/dev/null 2>&1 || true
    wait 2>/dev/null || true
    [ -n "$keep" ] || rm -rf "$work"
}
trap finish EXIT
free_port() { # of the private range, from the process id on
    port=$((20000 + ($$ + $1 * 97) % 20000))
    while listens "$port"; do port=$((port + 1)); done
    echo "$port"
}
listens() { [ -n "$(ss -Hltn "sport = :$1")" ]; }
wait_for() { # COMMAND...: until it works
    for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
    echo "run.sh: $* does not work" >&2
    tail -n 5 "$work"/*.log >&2
    exit 2
}

# ---- the servers ---------------------------------------------------------------------------------------------------------
pg_port=$(free_port 1) redis_port=$(free_port 2) http_port=$(free_port 3)
new=
if [ ! -e "$work/.filled" ]; then
    new=1
    rm -rf "$work/postgres" "$work/redis" "$work/peers.sqlite"
    mkdir "$work/postgres" "$work/redis"
    [ "$(id -u)" != 0 ] || chown postgres "$work/postgres"
    as_postgres "$pg/initdb" -D "$work/postgres" -A trust -U postgres -E UTF8 --no-locale >"$work/initdb.log" 2>&1
fi
# Everything fits in its memory, nothing is flushed, nobody else works for it: reads are all that is asked.
as_postgres taskset -c 0 "$pg/postgres" -D "$work/postgres" -p "$pg_port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$work/postgres" \
    -c shared_buffers=3GB -c work_mem=64MB -c maintenance_work_mem=512MB -c fsync=off -c synchronous_commit=off -c autovacuum=off \
    -c full_page_writes=off -c max_wal_size=8GB -c max_parallel_workers_per_gather=0 -c random_page_cost=1.0 >"$work/postgres.log" 2>&1 &
postgres=$!
taskset -c 0 redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$work/redis" --save "" --appendonly no --daemonize no >"$work/redis.log" 2>&1 &
redis=$!
conninfo="port=$pg_port user=postgres dbname=postgres"
wait_for "$pg/psql" "$conninfo host=$work/postgres" -c 'select 1'
wait_for redis-cli -p "$redis_port" ping
if [ -n "$new" ]; then
    echo "filling the peers (some minutes)"
    taskset -c 1 "$bench" fill --sqlite "$work/peers.sqlite" --postgres "$conninfo host=$work/postgres" --redis "$redis_port"
    : >"$work/.filled"
    redis-cli -p "$redis_port" info memory | sed -n 's/used_memory_human:/Redis holds /p'
    [ -z "$keep" ] || redis-cli -p "$redis_port" save >/dev/null
fi

# ---- the runs --------------------------------------------------------------------------------------------------------------
taskset -c 1 "$bench" inprocess --sqlite "$work/peers.sqlite"
RIGHTFIT_WORKERS=1 taskset -c 0 "$binary" --listen "127.0.0.1:$http_port" --requests-per-connection 1000000000 >"$work/server.log" 2>&1 &
server=$!
wait_for listens "$http_port"
taskset -c 1 "$bench" load --postgres "$conninfo host=127.0.0.1" --redis "$redis_port" --redis-pid "$redis" --http "$http_port" --http-pid "$server"
