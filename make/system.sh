#!/bin/sh
# Tests of the whole. The tiny sample is for all suites but those that want more, so that a new one is run by being there; the default one for
# what must be there: a hundred thousand verdicts against the oracle, the cars everybody asks for, queries as people type them, the page in a browser.
set -eu
cd "$(dirname "$0")/.."
node tests/system/run.mjs
RIGHTFIT_TEST_SCALE=S RIGHTFIT_ORACLE_PAIRS=100000 node tests/system/run.mjs oracle cars golden browser
