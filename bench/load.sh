#!/bin/sh
# The loopback run: rightfitd and nginx take turns on core 0, wrk (1 thread, 64 connections) sits on core 1. nginx answers
# every request with a literal of the same size as the server's average answer.
#
#   bench/load.sh [KIND...]        kinds: search facets refined narrow words mixed suggest typeahead recommend cockpit plan tyres; all unless said
#
# RIGHTFIT_DATA (data), RIGHTFIT_BUILD (build/release), RIGHTFITD (its rightfitd), SECONDS_EACH (3), ROUNDS (3), CONNECTIONS (64).
# A last run of each kind reads `took_us` out of the answers, the engine's own time of a request (server/request.h): with wrk busy doing so the
# rate says nothing then, while all connections wait as before. TOOK_PRIORITY="chrt -f 1" keeps other work on the machine out of it.
# Then the open loop: what latency clients see at 25, 50 and 75 % of the closed loop's rate when requests come as of themselves (bench/paced/paced.c), and for
# `cockpit` the largest rate whose p99 stays under 2 ms, from 95 % of the closed loop's down in steps of 5.
# Exit status 1 when `search` stays under its floor, 0.25 of nginx's requests a second, p99 under 5 ms; or when the engine takes longer than its
# budget, for `mixed` p50 300 us and p99 2 ms, for `typeahead` p99 1 ms.
set -eu
cd "$(dirname "$0")/.."
build=${RIGHTFIT_BUILD:-build/release}
data=${RIGHTFIT_DATA:-data} binary=${RIGHTFITD:-$build/rightfitd} paced=$build/bench/rightfit-paced
seconds=${SECONDS_EACH:-3} rounds=${ROUNDS:-3} connections=${CONNECTIONS:-64}
[ $# -gt 0 ] || set -- search facets refined narrow words mixed suggest typeahead recommend cockpit plan tyres

PATH=$PATH:/usr/sbin # where Debian puts nginx
for tool in wrk nginx node taskset; do
    command -v "$tool" >/dev/null || { echo "load.sh: $tool is missing: make/setup.sh bench installs it" >&2; exit 2; }
done
[ -x "$paced" ] || { echo "load.sh: no $paced: \`make $paced\` makes it" >&2; exit 2; }
[ -e "$data/data.mdb" ] || { echo "load.sh: no database in $data: \`make run\` makes one" >&2; exit 2; }
[ "$(nproc)" -ge 2 ] || { echo "load.sh: needs two cores" >&2; exit 2; }

work=$(mktemp -d /tmp/rightfit-load-XXXXXX)
server= peer=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$peer" ] || kill "$peer" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
answers() { # URL: waits until it does
    for _ in $(seq 100); do
        node -e 'fetch(process.argv[1]).then((r) => process.exit(r.status === 200 ? 0 : 1), () => process.exit(1))' "$1" && return 0
        sleep 0.1
    done
    echo "load.sh: $1 does not answer" >&2
    cat "$work"/*.log >&2
    exit 2
}

# ---- the two servers -----------------------------------------------------------------------------------------------------
port=$(free_port)
RIGHTFIT_DATA=$data RIGHTFIT_WORKERS=1 taskset -c 0 ${TOOK_PRIORITY:-} "$binary" --listen "127.0.0.1:$port" --requests-per-connection 1000000000 \
    2>"$work/server.log" &
server=$!
answers "http://127.0.0.1:$port/readyz"
node bench/requests.mjs "http://127.0.0.1:$port" "$work" "$@" >"$work/sizes"

# A directive's argument must fit nginx's 4 KB buffer, so a longer literal is put together from variables.
literal() { # BYTES PATH: a location that returns that many bytes
    left=$1 parts= n=0
    echo "location = /$2 {"
    while [ "$left" -gt 0 ]; do
        size=$((left < 3500 ? left : 3500)) n=$((n + 1)) left=$((left - size))
        echo "set \$b$n \"$(head -c "$size" /dev/zero | tr '\0' x)\";"
        parts="$parts\${b$n}"
    done
    echo "default_type application/json; return 200 \"$parts\"; }"
}
peer_port=$(free_port)
{
    echo "daemon off; master_process off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.log;"
    echo "events { worker_connections 1024; }"
    echo "http { access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; server_tokens off; variables_hash_max_size 4096;"
    for t in client_body proxy fastcgi uwsgi scgi; do echo "${t}_temp_path $work/$t;"; done
    echo "server { listen 127.0.0.1:$peer_port;"
    while read -r kind size; do literal "$size" "$kind"; done <"$work/sizes"
    echo "} }"
} >"$work/nginx.conf"
taskset -c 0 nginx -e "$work/nginx.log" -c "$work/nginx.conf" &
peer=$!
answers "http://127.0.0.1:$peer_port/$1"

# ---- one measurement -----------------------------------------------------------------------------------------------------
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
all_ticks() { awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat; }
wrk_ticks() { awk '{ print $16 + $17 }' "/proc/$$/stat"; } # of finished children

# NAME KIND PORT PID FILE SECONDS: appends "requests/s p50 p99 bad failed requests/cpu-second foreign-cores" to $work/NAME.KIND
measure() {
    own0=$(cpu_ticks "$4") child0=$(wrk_ticks) all0=$(all_ticks)
    line=$(RIGHTFIT_REQUESTS=$5 taskset -c 1 wrk -t1 -c"$connections" -d"$6s" --latency -s bench/requests.lua "http://127.0.0.1:$3" |
        sed -n 's/^RESULT //p')
    own=$(($(cpu_ticks "$4") - own0)) child=$(($(wrk_ticks) - child0)) all=$(($(all_ticks) - all0))
    echo "$line" | awk -v own="$own" -v all="$all" -v child="$child" -v s="$6" -v hz="$(getconf CLK_TCK)" \
        '{ print $0, int($1 * s * hz / (own ? own : 1)), (all - own - child) / hz / s }' >>"$work/$1.$2"
}
# KIND: "answers p50 p99 largest" of took_us into $work/took.KIND
measure_took() {
    RIGHTFIT_TOOK=1 RIGHTFIT_REQUESTS=$work/$1.txt taskset -c 1 wrk -t1 -c"$connections" -d"${seconds}s" -s bench/requests.lua "http://127.0.0.1:$port" |
        sed -n 's/^TOOK //p' >"$work/took.$1"
}
# KIND RATE SECONDS: "rate p50 p90 p99 p99.9 largest bad" as clients see it
open_loop() { taskset -c 1 ${TOOK_PRIORITY:-} "$paced" "$port" "$work/$1.txt" "$2" "$3" "$connections"; }
# KIND P99_US CLOSED_RATE: the largest rate that keeps it; 0: none does
largest_rate() {
    for share in 95 90 85 80 75 70 65 60 55 50 45 40 35 30 25 20 15 10 5; do
        rate=$(($3 * share / 100))
        [ "$(open_loop "$1" "$rate" "$seconds" | cut -d' ' -f4)" -gt "$2" ] || { echo "$rate"; return; }
    done
    echo 0
}
median() { # FILE COLUMN
    awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# ---- the run ----------------------------------------------------------------------------------------------------------------
for kind; do echo "/$kind" >"$work/$kind.peer"; done
for kind; do
    measure warm "$kind" "$port" "$server" "$work/$kind.txt" 1
    for _ in $(seq "$rounds"); do
        measure rightfitd "$kind" "$port" "$server" "$work/$kind.txt" "$seconds"
        measure nginx "$kind" "$peer_port" "$peer" "$work/$kind.peer" "$seconds"
    done
    measure_took "$kind"
done

echo "median of $rounds rounds of ${seconds} s, $connections connections; req/cpu-s is requests per second of the server's own CPU time;"
echo "foreign is the cores others used meanwhile: above 0.2 only req/cpu-s can be believed"
echo
printf '%-10s %-10s %9s %8s %8s %10s %6s %6s %8s\n' kind server req/s 'p50 us' 'p99 us' req/cpu-s bytes bad foreign
status=0
for kind; do
    bytes=$(awk -v k="$kind" '$1 == k { print $2 }' "$work/sizes")
    for name in rightfitd nginx; do
        f=$work/$name.$kind
        bad=$(awk '{ n += $4 + $5 } END { print n }' "$f")
        printf '%-10s %-10s %9d %8d %8d %10d %6d %6d %8.2f\n' "$kind" "$name" "$(median "$f" 1)" "$(median "$f" 2)" "$(median "$f" 3)" \
            "$(median "$f" 6)" "$bytes" "$bad" "$(median "$f" 7)"
        [ "$bad" = 0 ] || { echo "load.sh: $name answered $bad requests of $kind with an error" >&2; status=1; }
    done
    paste "$work/rightfitd.$kind" "$work/nginx.$kind" | awk '{ print $1 / $8, $6 / $13 }' >"$work/ratios.$kind"
    printf '%-10s %-10s %9.3f %17s %10.3f\n' "$kind" ratio "$(median "$work/ratios.$kind" 1)" '' "$(median "$work/ratios.$kind" 2)"
done
echo
printf 'took_us    %9s %8s %8s %8s\n' answers p50 p99 largest
for kind; do
    read -r answers p50 p99 largest <"$work/took.$kind"
    [ "$answers" -gt 0 ] || continue
    printf '%-10s %9d %8d %8d %8d\n' "$kind" "$answers" "$p50" "$p99" "$largest"
    case $kind in mixed) budget="300 2000" ;; typeahead) budget="1000 1000" ;; *) continue ;; esac
    [ "$p50" -le "${budget% *}" ] && [ "$p99" -le "${budget#* }" ] && continue
    echo "over the budget: $kind takes the engine $p50 us at p50 and $p99 us at p99 ($budget)"
    status=1
done
echo
printf 'open loop  %9s %8s %8s %8s %8s %8s %6s\n' req/s p50 p90 p99 p99.9 largest bad
for kind; do
    closed=$(median "$work/rightfitd.$kind" 1)
    for share in 25 50 75; do
        # shellcheck disable=SC2046
        printf '%-10s %9d %8d %8d %8d %8d %8d %6d\n' "$kind" $(open_loop "$kind" "$((closed * share / 100))" "$seconds")
    done
    case $kind in cockpit) p99_us=2000 ;; *) continue ;; esac
    echo "$kind: $(largest_rate "$kind" "$p99_us" "$closed") requests/s over $connections connections with a p99 of at most $p99_us us, of $closed in a closed loop"
done
if [ -e "$work/rightfitd.search" ]; then
    awk -v ratio="$(median "$work/ratios.search" 1)" -v p99="$(median "$work/rightfitd.search" 3)" 'BEGIN {
        if (ratio < 0.25) { print "below the floor: search at " ratio " of nginx (0.25)"; bad = 1 }
        if (p99 >= 5000) { print "below the floor: search with a p99 of " p99 " us (5000)"; bad = 1 }
        exit bad }' || status=1
fi
exit "$status"
