#!/bin/sh
# Batch re-ranking of lists of 200 candidates drawn uniformly from a million products, from both forms, beside the bare random reads of as
# many rows in the same run. Makes its own database in build/rerank once (about 1.6 GB with the lists): RERANK_PRODUCTS, RERANK_USERS,
# RERANK_EVENTS, RERANK_LISTS say how large. RIGHTFIT_BUILD is where the programs are.
set -eu
build=${RIGHTFIT_BUILD:-build/release} dir=${RERANK_DIR:-build/rerank}
products=${RERANK_PRODUCTS:-1000000} users=${RERANK_USERS:-60000} events=${RERANK_EVENTS:-1200000} lists=${RERANK_LISTS:-200000} rounds=${ROUNDS:-3}
data=$dir/data

if [ ! -e "$dir/.done" ]; then
    rm -rf "$dir"
    node bench/rerank/make.mjs "$dir" "$products" "$users" "$events" "$lists" 200
    for what in data-tools/facts "$dir/products.jsonl" "$dir/events.jsonl"; do "$build/rightfit" import -q --data "$data" "$what" >/dev/null; done
    "$build/rightfit" train -q --data "$data"
    "$build/rightfit" rerank -q --convert "$dir/lists.ndjson" --out "$dir/lists.bin"
    rm -f "$dir/products.jsonl" "$dir/events.jsonl"
    touch "$dir/.done"
fi

reads() { # rows of 256 bytes a second, one core, and what all cores would be by that
    "$build/bench/rightfit-bench" --benchmark_filter='score/bare_random_reads/1000' --benchmark_min_time=0.3 --benchmark_format=csv 2>/dev/null |
        awk -F, '/bare_random_reads/ { printf "%.0f", $7 }'
}

run() { # seconds of the wall and of the processors
    out=$( { /usr/bin/env time -f '%e %U %S' "$build/rightfit" rerank -q --data "$data" "$1" >/dev/null; } 2>&1 ) || true
    echo "$out" | awk 'END { print $1, $2 + $3 }'
}

printf '' >"$dir/none.ndjson"
cores=$(nproc)
echo "$products products, $users persons with $events events, $lists lists of 200 candidates, $cores cores"
for round in $(seq "$rounds"); do
    floor=$(reads)
    none=$(run "$dir/none.ndjson")
    for form in bin ndjson; do
        all=$(run "$dir/lists.$form")
        echo "$none $all" | awk -v form="$form" -v pairs=$((lists * 200)) -v floor="$floor" -v cores="$cores" '{
            total = pairs / $3 / 1e6; cpu = pairs / $4 * cores / 1e6; rest = pairs / ($4 - $2) * cores / 1e6
            printf "%-7s %6.1f M pairs/s by the clock (%.2f s), %6.1f by processor time, %6.1f without what comes before the first list (%.2f s);" \
                   " bare reads %.1f M rows/s a core, ratio %.2f\n", form, total, $3, cpu, rest, $2, floor / 1e6, cores * floor / 1e6 / rest }'
    done
    "$build/rightfit" rerank --data "$data" "$dir/lists.ndjson" 2>&1 >/dev/null | sed -n 's/.*\(parsing [0-9]* %\).*/ndjson  \1 of the work/p'
done
