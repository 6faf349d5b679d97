#!/bin/sh
# Our figures on public data beside the published lines (published.tsv). `rightfit eval` does the work; the hyper-parameters
# in settings.tsv were found on the validation parts (README.md says how).
#
#   QUALITY_DATA   where the data sets are; those that are missing are skipped
#   QUALITY_ONLY   a pattern of settings' names, all of them unless said
set -eu
here=$(dirname "$0")
bin=${RIGHTFIT_BIN:-build/release}
data=${QUALITY_DATA:-../shared/data}
only=${QUALITY_ONLY:-.}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

published() { # of a data set
    awk -F'\t' -v set="$1" '$1 == set { if (!n++) printf "published, %s:\n", $2; printf "  %-24s %s   %s\n", $3, $4, $5 }' "$here/published.tsv"
}

measured=0
last=
# name, data set, k, the files by option, hyper-parameters
while IFS='	' read -r name set k files parameters; do
    case $name in '#'*|'') continue ;; esac
    echo "$name" | grep -Eq "$only" || continue
    options=
    missing=
    for file in $files; do
        path=$data/${file#*=}
        [ -f "$path" ] || missing=$path
        options="$options --${file%%=*} $path"
    done
    for parameter in $parameters; do options="$options --set $parameter"; done
    if [ -n "$missing" ]; then
        echo "$name: skipped, $missing is not there"
        continue
    fi
    [ "$set" = "$last" ] || { echo; echo "== $set"; published "$set"; last=$set; }
    echo "-- $name: $parameters"
    # shellcheck disable=SC2086
    "$bin/rightfit" eval $options --k "$k" 2>"$log" || { cat "$log" >&2; exit 1; }
    measured=$((measured + 1))
done < "$here/settings.tsv"
[ "$measured" -gt 0 ] || { echo "bench-quality: no data set under $data" >&2; exit 1; }
