#!/bin/sh
# Tests of the whole: the tiny sample is made and served, the suites of tests/system and the browser look at it.
set -eu
cd "$(dirname "$0")/.."
node tests/system/run.mjs
