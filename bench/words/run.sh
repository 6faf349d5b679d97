#!/bin/sh
# `make bench-words`: prefix queries over the titles of our database: ours, Xapian and Groonga in process, Sphinx by its server's CPU time.
# The same titles, words and queries for all, all words required, the last one a beginning, totals exact. Leaves nothing behind.
#
# RIGHTFIT_DATA (data), WORDS_QUERIES (2000), WORDS_SECONDS (3). A peer that is not installed is left out:
# libxapian-dev, groonga-bin, sphinxsearch.
set -eu
cd "$(dirname "$0")/../.."
data=${RIGHTFIT_DATA:-data} ours=build/release/bench/rightfit-words xapian=build/release/bench/words-xapian
queries=${WORDS_QUERIES:-2000} seconds=${WORDS_SECONDS:-3}
[ -e "$data/data.mdb" ] || { echo "run.sh: no database in $data: \`make run\` makes one" >&2; exit 2; }
work=$(mktemp -d /tmp/rightfit-words-XXXXXX)
sphinx=
finish() {
    [ -z "$sphinx" ] || kill "$sphinx" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
missing() { echo "run.sh: $1 is not installed, left out" >&2; }

"$ours" "$data" titles >"$work/titles.tsv"
"$ours" "$data" queries "$queries" >"$work/queries"
echo "$(wc -l <"$work/titles.tsv") titles, $(wc -l <"$work/queries") queries"
printf 'engine\tqueries/s of CPU\tproducts/query\tslowest ms\n'
"$ours" "$data" run "$work/queries" "$seconds"

# ---- Xapian ------------------------------------------------------------------------------------------------------------------
if make --no-print-directory "$xapian" >/dev/null 2>&1; then
    "$xapian" fill "$work/xapian" <"$work/titles.tsv"
    "$xapian" run "$work/xapian" "$work/queries" "$seconds" exact
    "$xapian" run "$work/xapian" "$work/queries" "$seconds"
else
    missing libxapian-dev
fi

# ---- Groonga: one process reads commands; its CPU time without that of an empty run --------------------------------------------
cpu_of() { # COMMAND...: user and system seconds
    sh -c '"$@" >/dev/null; times' times "$@" | awk 'NR == 2 {
        for (i = 1; i <= 2; i++) { split($i, t, "m"); s += t[1] * 60 + t[2] }
        print s }'
}
if command -v groonga >/dev/null; then
    mkdir "$work/groonga"
    {
        echo 'table_create Titles TABLE_HASH_KEY UInt32'
        echo 'column_create Titles title COLUMN_SCALAR ShortText'
        echo 'table_create Words TABLE_PAT_KEY ShortText --default_tokenizer TokenDelimit'
        echo 'column_create Words titles COLUMN_INDEX|WITH_POSITION Titles title'
        echo 'load --table Titles'
        awk -F'\t' 'BEGIN { print "[[\"_key\",\"title\"]" } { printf ",[%s,\"%s\"]\n", $1, $2 } END { print "]" }' "$work/titles.tsv"
    } >"$work/load.grn"
    groonga -n "$work/groonga/db" <"$work/load.grn" >/dev/null
    echo 'cache_limit 0' >"$work/none.grn"
    { cat "$work/none.grn"; awk '{ printf "select Titles --match_columns title --query \047%s*\047 --output_columns _key --limit 20\n", $0 }' "$work/queries"; } >"$work/ask.grn"
    hits=$(groonga "$work/groonga/db" <"$work/ask.grn" | sed -n 's/^\[\[0,[^]]*\],\[\[\[\([0-9]*\)\].*/\1/p' | awk '{ s += $1 } END { printf "%.1f", s / NR }')
    groonga_ask() { cpu_of groonga --file "$1" "$work/groonga/db"; }
    awk -v n="$queries" -v a="$(groonga_ask "$work/ask.grn")" -v b="$(groonga_ask "$work/none.grn")" -v h="$hits" \
        'BEGIN { printf "groonga\t%.0f\t%s\n", n / (a - b), h }'
else
    missing groonga-bin
fi

# ---- Sphinx --------------------------------------------------------------------------------------------------------------------
if command -v searchd >/dev/null; then
    port=$((20000 + $$ % 20000))
    cat >"$work/sphinx.conf" <<CONF
source titles {
    type = tsvpipe
    tsvpipe_command = cat $work/titles.tsv
    tsvpipe_field = title
}
index titles {
    source = titles
    path = $work/titles
    dict = keywords
    min_prefix_len = 1
    min_word_len = 1
}
searchd {
    listen = 127.0.0.1:$port
    pid_file = $work/searchd.pid
    log = $work/searchd.log
    workers = threads
    max_batch_queries = 64
    binlog_path =
    expansion_limit = 0
}
CONF
    indexer --quiet --config "$work/sphinx.conf" --all >"$work/indexer.log" 2>&1 || cat "$work/indexer.log" >&2
    searchd --config "$work/sphinx.conf" --nodetach >"$work/searchd.out" 2>&1 &
    sphinx=$!
    for _ in $(seq 100); do [ -n "$(ss -Hltn "sport = :$port")" ] && break; sleep 0.1; done
    python3 bench/words/sphinx.py "$port" "$sphinx" "$work/queries" "$seconds"
else
    missing sphinxsearch
fi
