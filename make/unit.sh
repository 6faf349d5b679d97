#!/bin/sh
# Runs the unit tests given, one program after the other, and ends with one line that counts them.
set -u
passed=0 failed=0 skipped=0 log=$(mktemp)
trap 'rm -f "$log"' EXIT
for t in "$@"; do
    if "$t" >"$log" 2>&1; then state=ok; else state=FAILED; failed=$((failed + 1)); cat "$log"; fi
    n=$(grep -c '^\[       OK \]' "$log"); s=$(grep -c '^\[  SKIPPED \]' "$log")
    passed=$((passed + n)); skipped=$((skipped + s))
    printf '%-50s %s (%d tests)\n' "${t#*/tests/}" "$state" "$n"
    grep -h '^skipped: ' "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
