#!/bin/bash
# While sessiongatectl holds a password and the key, no other process can read its memory, and it
# leaves no core.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = nginx ] || skip_all "once is enough: it depends on no BACKEND"

chmod 711 "$T"
mkdir -m 700 "$T/data" "$T/run"
cp "$BUILD/sessiongatectl" "$T"
# Root may look into everything: somebody else shall work, and try.
as_owner=()
if [ "$(id -u)" -eq 0 ]; then
	chown nobody: "$T/data" "$T/run"
	as_owner=(setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups)
fi
mkfifo "$T/fifo"
ulimit -c unlimited 2>/dev/null
"${as_owner[@]}" "$T/sessiongatectl" --hash-cost 1 --data-dir "$T/data" --run-dir "$T/run" \
	user add bob@hbtn.io <"$T/fifo" >"$T/out" 2>&1 &
pid=$!
exec 3>"$T/fifo"
printf 'half a pass' >&3
# It has the key, and waits for the rest of the line.
waits() {
	[ -n "$(find "$T/data" -name '*key*')" ] && [ -e "$T/data/User.jsonl" ] &&
		[ "$(sed -n 's/^State:[[:blank:]]*\(.\).*/\1/p' "/proc/$pid/status")" = S ]
}
check "it waits for the password" soon waits
check "no core is allowed" grep -Eq '^Max core file size +0 +0 ' "/proc/$pid/limits"
cannot_read() {
	! "${as_owner[@]}" cat "/proc/$pid/$1" >/dev/null
}
for file in environ maps; do
	check "another process of its user cannot read $file" cannot_read $file
done
can_read() {
	"${as_owner[@]}" sleep 60 &
	local other=$!
	soon "${as_owner[@]}" cat "/proc/$other/environ"
	kill $other
}
check "where it could of any other" can_read
echo word >&3
exec 3>&-
check "and then the user is made" wait $pid
