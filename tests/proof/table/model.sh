#!/bin/sh
# The Promela model of the session table (tests/proof/table/table.pml), checked exhaustively by spin; and
# wrong variants of it, each of which spin must refute.  "model.sh long" tries larger bounds:
# up to 6 GiB of memory and some ten minutes.
set -eu

model=tests/proof/table/table.pml
. "${srcdir:-.}/tests/proof/spin.sh"

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
