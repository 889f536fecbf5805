#!/bin/sh
# The Promela model of the session table (tests/proof/table/table.pml), checked exhaustively by spin; and
# wrong variants of it, each of which spin must refute.  "model.sh long" tries larger bounds:
# up to 6 GiB of memory and some ten minutes.
set -eu

model=${srcdir:-.}/tests/proof/table/table.pml
command -v spin >/dev/null || { echo "spin is not installed: apt-get install spin"; exit 77; }
model=$(cd "$(dirname "$model")" && pwd)/table.pml
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
n_failed=0
optimised=-O0 # for a small model compiling takes longer than searching

# check NAME WANTED-ERRORS SPIN-OPTIONS...
check() {
	name=$1 want=$2
	shift 2
	spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log; exit 1; }
	${CC:-cc} "$optimised" -w -DSAFETY -DCOLLAPSE -DNOFAIR -o pan pan.c
	./pan -m100000 >pan.log 2>&1 || { cat pan.log; exit 1; }
	# A search that stopped early (memory, depth) has proved nothing.
	if grep -qE 'max search depth too small|out of memory|Search not completed' pan.log &&
	    [ "$want" = holds ]; then
		cat pan.log
		exit 1
	fi
	if grep -q 'errors: 0' pan.log; then got=holds; else got=refuted; fi
	why=$(sed -n 's/^pan:[0-9]*: assertion violated //p' pan.log | head -n 1)
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
	echo "$name: $got, $states states${why:+ ($why)}"
	[ "$got" = "$want" ] || { echo "  expected: $want"; n_failed=$((n_failed + 1)); }
}

check "from nothing, 1 reader"     holds -DN_READERS=1 -DOPS_0=2 -DOPS_1=1
check "growing, 1 reader"          holds -DSTART_GROWING -DN_READERS=1 -DOPS_0=2 -DOPS_1=1
for variant in NEW_FIRST NO_DESC_RECHECK NO_META_RECHECK FREE_BEFORE_COPY NO_TELL NO_REPAIR \
    UNDO_ONLY LIVE_BEFORE_FIELDS STORAGE_LATE NO_WAIT_FOR_READERS SILENT_CURSOR; do
	check "wrong variant $variant" refuted -D$variant -DSTART_GROWING -DN_READERS=1 \
	    -DOPS_0=3 -DOPS_1=1
done
if [ "${1:-}" = long ]; then
	optimised=-O1
	check "growing, 2 readers"         holds -DSTART_GROWING -DN_READERS=2 -DROUNDS=2 \
	    -DOPS_0=1 -DOPS_1=1
	check "from nothing, 1 reader, 4 + 1" holds -DN_READERS=1 -DOPS_0=4 -DOPS_1=1
	check "growing, 1 reader, 4 + 1"   holds -DSTART_GROWING -DN_READERS=1 -DOPS_0=4 -DOPS_1=1
	check "growing, 2 readers, 2 + 1"  holds -DSTART_GROWING -DN_READERS=2 -DOPS_0=2 -DOPS_1=1
fi
[ $n_failed -eq 0 ]
