#!/bin/sh
# The Promela model of a session that begins at another's expense (begin.pml), checked exhaustively
# by spin; and wrong variants of it, each of which spin must refute.  "model.sh long": one session
# more, and more boots.
set -eu

model=tests/proof/model/begin.pml
. "${srcdir:-.}/tests/proof/spin.sh"

check "3 sessions, 1 boot" holds -DBOOTS=1
for variant in FORGET FORGET_RACED TABLE_FIRST END_TABLE_FIRST RESTORE_ALL RESTORE_ALONE \
    KEEP_RECORDS; do
	check "wrong variant $variant" refuted -D$variant
done
if [ "${1:-}" = long ]; then
	optimised=-O1
	check "3 sessions, 3 boots" holds -DBOOTS=3
	check "4 sessions, 2 boots" holds -DN=4
fi
[ $n_failed -eq 0 ]
