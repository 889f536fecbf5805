#!/bin/sh
# Threads that share one mapping, under ThreadSanitizer, which must report nothing.  Built here,
# apart from the other objects, because everything must be compiled for it.
set -eu

src=$(cd "${srcdir:-.}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# shellcheck disable=SC2046
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O1 -g -fsanitize=thread -pthread -I"$src/src" \
    -I"$src/tests" "$src/tests/proof/table/check_threads.c" "$src/tests/proof/table/proof.c" \
    "$src"/src/core/*.c "$src"/src/table/*.c -o "$dir/check_threads" \
    $(pkg-config --cflags --libs libsodium uuid) || { echo "cannot build for ThreadSanitizer"; exit 1; }
# Its shadow memory has no place beside some randomised address layouts.
run=
setarch -R true 2>/dev/null && run="setarch -R"
TSAN_OPTIONS="halt_on_error=0 exitcode=66" $run "$dir/check_threads" "$@"
