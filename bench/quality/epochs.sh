#!/bin/sh
# What an epoch costs, by dimension and by number of events: Gowalla once, twice and four times over (the same people again under
# other numbers, so that events and people grow and products stay). Without the loss; processor time is of all threads together, what
# counts where others use the cores. The last half epoch over users, which every training ends with, is counted as half.
#
#   QUALITY_DATA   where the data sets are
set -eu
bin=${RIGHTFIT_BIN:-build/release}
gowalla=${QUALITY_DATA:-../shared/data}/gowalla-lightgcn
epochs=4
[ -f "$gowalla/train.txt" ] || { echo "epochs: $gowalla/train.txt is not there" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

people=$(awk '$1 > most { most = $1 } END { print most + 1 }' "$gowalla/train.txt")
for times in 1 2 4; do
    for copy in $(seq 0 $((times - 1))); do
        awk -v add=$((copy * people)) '{ $1 += add; print }' "$gowalla/train.txt"
    done > "$folder/$times"
done
printf '%-9s %10s %18s %18s\n' dimension events 's an epoch' 's of processor'
for dimension in 64 256; do
    for times in 1 2 4; do
        events=$(awk '{ n += NF - 1 } END { print n }' "$folder/$times")
        "$bin/rightfit" eval -q --train "$folder/$times" --test "$gowalla/valid.txt" --users 10 --set "dimension=$dimension" \
            --set "epochs=$epochs" --set similar-keep=1 | awk -v d="$dimension" -v events="$events" -v epochs="$epochs" '
            /^vectors:/ { for (i = 1; i < NF; i++) if ($i == "in") { wall = $(i + 1); worked = $(i + 3) }
                          printf "%-9d %10d %18.2f %18.2f\n", d, events, wall / (epochs + 0.5), worked / (epochs + 0.5) }'
    done
done
