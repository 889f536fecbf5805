#!/bin/bash
# A data or run directory that others may enter, or that is no directory: refused, by name.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

refused() {
	local output result
	output=$(timeout 60 "$BUILD/sessiongate" --listen "unix:$T/sock" --data-dir "$1" --run-dir "$2" \
		2>&1 </dev/null)
	result=$?
	echo "$output"
	[ $result -ne 0 ] && [ $result -ne 124 ] && [ ! -S "$T/sock" ] && contains "$output" "$3"
}
mkdir "$T/good" "$T/good2" "$T/open" "$T/group"
chmod 700 "$T/good" "$T/good2"
chmod 777 "$T/open"
chmod 770 "$T/group"
: >"$T/file"
check "data directory open to all" refused "$T/open" "$T/good" "$T/open"
check "run directory open to all" refused "$T/good" "$T/open" "$T/open"
check "data directory open to the group" refused "$T/group" "$T/good" "$T/group"
check "data directory that is a file" refused "$T/file" "$T/good" "$T/file"
check "data directory in a directory that is not there" refused "$T/no/thing" "$T/good" "$T/no/thing"
check "a run directory in /dev/shm" refused "$T/good" /dev/shm /dev/shm
