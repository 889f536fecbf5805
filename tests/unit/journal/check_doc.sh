#!/bin/bash
# check_doc.sh - the examples of doc/journal.md are run: each sh block on the sample journal of
# the page must print the text block that follows it.
set -eu

page=${srcdir:-.}/doc/journal.md
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v jq >/dev/null || { echo "jq is needed: apt-get install jq"; exit 1; }

# Blocks one after another into block-<n>.<language>.
awk -v dir="$dir" '
	/^```[a-z]/ { n++; file = sprintf("%s/block-%02d.%s", dir, n, substr($0, 4)); next }
	/^```/ { file = ""; next }
	file != "" { print >file }
' "$page"
mv "$dir"/block-*.jsonl "$dir/User.jsonl"
cd "$dir"
n=0
failed=0
for command in block-*.sh; do
	want=$(printf 'block-%02d.text' $((10#$(echo "$command" | tr -dc 0-9) + 1)))
	n=$((n + 1))
	sh "$command" >got 2>&1 || echo "exit status $?" >>got
	diff -u "$want" got || failed=$((failed + 1))
done
echo "$n examples, $failed failed"
[ "$n" -ge 5 ] && [ "$failed" = 0 ]
