#!/bin/sh
# `make lint`: include directions, every header on its own, banned functions, warnings of gcc and clang, cppcheck.
# CFLAGS come from the Makefile.
set -u
cd "$(dirname "$0")/.."
failed=0
complain() { echo "lint: $*" >&2; failed=1; }

files=$(git ls-files --cached --others --exclude-standard '*.c' '*.h' | sort)
ours() { echo "$files" | grep -E "^$1" | grep -vE "$2"; }

# ---- 1. includes run one way: server -> model -> index -> index/base; data-tools -> model ------------------------------
# not FOLDER PATTERN: no file of FOLDER includes PATTERN
not() {
    list=$(ours "$1" "${3:-^$}")
    [ -n "$list" ] || return 0
    # shellcheck disable=SC2086
    hits=$(grep -nE "^ *# *include *[<\"]($2)" $list /dev/null)
    [ -z "$hits" ] || complain "include in the wrong direction:
$hits"
}
not 'index/base/' '(\.\./|index/[a-z_]+\.h|model/|server/|data-tools/|lmdb|cblas|lapacke|event2|llhttp)'
not 'index/' '(\.\./)?(model|server|data-tools)/'
not 'model/' '(\.\./)?(server|data-tools)/'
not 'server/' '(\.\./)?data-tools/'
not 'data-tools/' '(\.\./)?server/'
not '' 'lmdb\.h' '^index/db'
not '' '(cblas|lapacke)\.h' '^(model|bench)/'
not '' '(event2/|llhttp)' '^server/'
not '' 'sqlite3\.h' '^(data-tools|tests|bench)/'

# ---- 2. headers compile alone --------------------------------------------------------------------------------------------
for h in $(echo "$files" | grep '\.h$' | grep -v '^bench/\|^tests/'); do
    # shellcheck disable=SC2086
    printf '#include "%s"\n' "$h" | gcc $CFLAGS -fsyntax-only -x c - 2>/tmp/lint.$$ || complain "$h does not compile alone:
$(head -5 /tmp/lint.$$)"
done

# ---- 3. banned functions -----------------------------------------------------------------------------------------------------
banned='\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|alloca|rand|srand|setjmp|longjmp|system|popen|tmpnam|mktemp|usleep)\('
hits=$(echo "$files" | grep -vE '^tests/' | xargs grep -nE "$banned" /dev/null | grep -vE ':[0-9]+: *(//|\*)')
[ -z "$hits" ] || complain "banned functions:
$hits"

# ---- 4. warnings ---------------------------------------------------------------------------------------------------------------
for compiler in gcc clang; do
    echo "$files" | grep '\.c$' | grep -vE '^tests/fuzz/' |
        xargs -P 2 -n 8 "$compiler" $CFLAGS -Werror -fsyntax-only 2>/tmp/lint.$$ || complain "$compiler:
$(grep -E 'error|warning' /tmp/lint.$$ | head -20)"
done

# ---- 5. cppcheck -----------------------------------------------------------------------------------------------------------------
# shellcheck disable=SC2046
cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --suppressions-list=make/cppcheck.txt -j 2 -I. $(echo "$files" | grep '\.c$' | grep -v '^tests/') 2>/tmp/lint.$$ ||
    complain "cppcheck:
$(head -30 /tmp/lint.$$)"
rm -f /tmp/lint.$$
[ "$failed" = 0 ] && echo "lint: clean ($(echo "$files" | wc -l) files)"
exit "$failed"
