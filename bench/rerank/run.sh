#!/bin/sh
# Batch re-ranking of lists of 200 candidates drawn uniformly from a million products: RERANK_LISTS lists in the binary form (a million,
# 60,000 persons) and the first RERANK_LINES of them as NDJSON, beside the bare random reads of as many rows in the same run. Makes its own
# database in build/rerank once (about 2.7 GB with the lists, three minutes); RERANK_PRODUCTS, RERANK_USERS and RERANK_EVENTS say how large.
# A round takes some 20 s. RIGHTFIT_BUILD is where the programs are.
set -eu
build=${RIGHTFIT_BUILD:-build/release} dir=${RERANK_DIR:-build/rerank}
products=${RERANK_PRODUCTS:-1000000} users=${RERANK_USERS:-60000} events=${RERANK_EVENTS:-1200000} rounds=${ROUNDS:-2}
lists=${RERANK_LISTS:-1000000} lines=${RERANK_LINES:-200000} length=200
data=$dir/data

if [ ! -e "$dir/.done" ]; then
    rm -rf "$dir"
    node bench/rerank/make.mjs "$dir" "$products" "$users" "$events"
    for what in data-tools/facts "$dir/products.jsonl" "$dir/events.jsonl"; do "$build/rightfit" import -q --data "$data" "$what" >/dev/null; done
    "$build/rightfit" train -q --data "$data"
    rm -f "$dir/products.jsonl" "$dir/events.jsonl"
    touch "$dir/.done"
fi
if [ "$(cat "$dir/.lists" 2>/dev/null)" != "$products $users $lists $lines" ]; then
    node bench/rerank/make.mjs lists "$products" "$users" "$lines" "$length" >"$dir/lists.ndjson"
    node bench/rerank/make.mjs lists "$products" "$users" "$lists" "$length" | "$build/rightfit" rerank -q --convert --out "$dir/lists.bin"
    echo "$products $users $lists $lines" >"$dir/.lists"
fi

reads() { # rows of 256 bytes a second, one core, and what all cores would be by that
    "$build/bench/rightfit-bench" --benchmark_filter='score/bare_random_reads/1000' --benchmark_min_time=0.3 --benchmark_format=csv 2>/dev/null |
        awk -F, '/bare_random_reads/ { printf "%.0f", $7 }'
}

run() { # seconds of the wall and of the processors
    out=$( { /usr/bin/env time -f '%e %U %S' "$build/rightfit" rerank -q --data "$data" "$1" >/dev/null; } 2>&1 ) || true
    echo "$out" | awk 'END { print $1, $2 + $3 }'
}

: >"$dir/none.ndjson"
cores=$(nproc)
for round in $(seq "$rounds"); do
    floor=$(reads)
    none=$(run "$dir/none.ndjson")
    for form in bin ndjson; do
        count=$lists
        [ "$form" = bin ] || count=$lines
        echo "$form: $count lists of $length of $products products, $users persons with $events events, $cores cores"
        all=$(run "$dir/lists.$form")
        echo "$none $all" | awk -v pairs=$((count * length)) -v floor="$floor" -v cores="$cores" '{
            printf "  %.1f M pairs/s by the clock (%.2f s), %.1f by processor time of all cores (%.2f s), %.1f without what comes before the first list" \
                   " (%.2f s); %.0f ns a pair; bare reads of rows %.0f ns\n", pairs / $3 / 1e6, $3, pairs / $4 * cores / 1e6, $4,
                   pairs / ($4 - $2) * cores / 1e6, $2, $4 / pairs * 1e9, 1e9 / floor }'
        "$build/rightfit" rerank --shares --data "$data" "$dir/lists.$form" 2>&1 >/dev/null | tr '\r' '\n' | sed -n 's/^\([0-9.]* s of threads\)/  \1/p'
    done
done
