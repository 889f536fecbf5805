#!/bin/bash
# A journal that is damaged: the last line of sessiongatectl says which, where, and what to do; and
# salvage says what it read, what it kept and where everything is.
. "$(dirname "$0")/lib.sh"

ctl() {
	"$BUILD/sessiongatectl" --data-dir "$T/data" --run-dir "$T/run" --hash-cost 1 "$@"
}
mkdir -m 700 "$T/data" "$T/run"
for name in one two three; do
	ctl user add "$name@example.org" <<<"pw" >/dev/null
done
cp -a "$T/data" "$T/good"

# The last line on standard error of a command that fails.
last() {
	! "$@" >/dev/null 2>"$T/said" || echo "it did not fail"
	tail -1 "$T/said"
}
add() {
	ctl user add four@example.org <<<"pw"
}
passwd() {
	ctl user passwd one@example.org <<<"pw"
}
salvage="sessiongatectl --data-dir $T/data journal salvage User"
echo '{}' >"$T/import"
names_it() {
	local said
	said=$(last "$@")
	echo "$said"
	contains "$said" "sessiongatectl: cannot " && contains "$said" "$T/data/User.jsonl: damaged at byte" &&
		[[ $said == *": $salvage" ]]
}

# In place: another file under the name would be read through by the next to open it.
at=$(grep -obaF two@example.org "$T/data/User.jsonl" | cut -d: -f1)
printf X | dd of="$T/data/User.jsonl" conv=notrunc bs=1 seek="$at" 2>"$T/dd"
check "one byte is wrong: list" names_it ctl user list
check "export" names_it ctl user export
check "import" names_it ctl user import "$T/import"
check "add" names_it add
check "passwd" names_it passwd
rm "$T/data/User.jsonl.lock"
said=$(last ctl user list)
check "when it is not even opened" test "${said##*: }" = "$salvage"

before=$(cksum <"$T/data/User.jsonl")
said=$(ctl journal salvage User)
check "salvage names what it read, and counts" contains "$said" \
	"read $T/data/User.jsonl: 2 intact lines kept, 1 damaged places left out"
check "and the new journal" contains "$said" "the new journal is $T/data/User.jsonl: 2 records"
saved=$(sed -n 's/^the file as it was is //p' <<<"$said")
check "and where the old one is" test "$(cksum <"$saved")" = "$before"
check "the intact users are there" test "$(ctl user list | sed 's/.* //' | xargs)" = \
	"one@example.org three@example.org"

# Line breaks of another system are no damage to a salvage; and one that keeps nothing says so.
rm -r "$T/data"
cp -a "$T/good" "$T/data"
sed -i 's/$/\r/' "$T/data/User.jsonl"
said=$(ctl journal salvage User)
check "lines that end with CR LF are kept" contains "$said" "3 intact lines kept, 0 damaged places left out"
check "the users are there" test "$(ctl user list | sed 's/.* //' | xargs)" = \
	"one@example.org two@example.org three@example.org"
echo junk >"$T/data/User.jsonl"
keeps_nothing() {
	! ctl journal salvage User >"$T/said" 2>&1 && cat "$T/said" &&
		contains "$(cat "$T/said")" "no line of $T/data/User.jsonl was intact"
}
check "a salvage that keeps nothing fails, and says so" keeps_nothing

# A start reads to the end, whatever the lock file says, and --check says the same.
rm -r "$T/data"
cp -a "$T/good" "$T/data"
"$BUILD/sessiongate" --listen "unix:$T/sock" --data-dir "$T/data" --run-dir "$T/run" 2>"$T/log" &
server=$!
check "it serves" soon has_logged 1 event=ready "$T/log"
kill "$server"
wait "$server"
printf X | dd of="$T/data/User.jsonl" conv=notrunc bs=1 seek="$at" 2>"$T/dd"
said=$(! timeout 60 "$BUILD/sessiongate" --listen "unix:$T/sock" --data-dir "$T/data" --run-dir "$T/run" 2>&1)
check "a byte is wrong, and the lock file is there: no start" contains "$said" "$T/data/User.jsonl: damaged at byte"
check "it names the way out" contains "$said" ": $salvage"
said=$(! "$BUILD/sessiongate" --check --listen "unix:$T/sock" --data-dir "$T/data" --run-dir "$T/run" 2>&1)
check "--check says the same" contains "$said" "$T/data/User.jsonl: damaged at byte"

# What was flushed is missing at the end; a writer finds it first.
rm -r "$T/data"
cp -a "$T/good" "$T/data"
sed -i '1s/./?/' "$T/data/User.jsonl"
said=$(last ctl user list)
check "the first line is damaged" test "${said##*: }" = "$salvage"
rm -r "$T/data"
cp -a "$T/good" "$T/data"
: >"$T/log" # the line of the start before is not this one's
"$BUILD/sessiongate" --listen "unix:$T/sock" --data-dir "$T/data" --run-dir "$T/run" 2>"$T/log" &
server=$!
check "it serves" soon has_logged 1 event=ready "$T/log"
truncate -s -20 "$T/data/User.jsonl"
check "the end is missing while it serves: list" names_it ctl user list
check "add" names_it add
check "salvage wants it stopped" contains "$(last ctl journal salvage User)" "is in use: stop all programs"
kill "$server"
wait "$server"
