#!/bin/bash
# What configure asks of the compiler is in the programs.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = nginx ] || skip_all "once is enough: it depends on no BACKEND"
[ -z "${ASAN_OPTIONS:-}" ] || skip_all "built for a sanitizer, without hardening"
for tool in readelf objdump; do
	command -v $tool >/dev/null || skip_all "$tool (binutils) is not installed: not tried"
done

has() {
	local text=$1
	shift
	contains "$("$@")" "$text"
}
flags=$(sed -n 's/^HARDEN_CFLAGS = //p' "$BUILD/Makefile")
# Debian 12's compilers have the third level.
check "sizes that are known when it runs are checked too" contains "$flags" -D_FORTIFY_SOURCE=3
for name in sessiongate sessiongatectl; do
	file=$BUILD/$name
	check "$name: anywhere in memory" has PIE readelf -d "$file"
	check "$name: all functions are bound at the start" has NOW readelf -d "$file"
	check "$name: and their table is read-only then" has GNU_RELRO readelf -lW "$file"
	check "$name: no stack that can be run" bash -c "! readelf -lW '$file' | grep -q 'GNU_STACK.*RWE'"
	check "$name: a guard on the stack" has __stack_chk_fail readelf -sW "$file"
	[ "$(uname -m)" != x86_64 ] ||
		check "$name: jumps land where they may" has endbr64 objdump -d --disassemble=main "$file"
done
