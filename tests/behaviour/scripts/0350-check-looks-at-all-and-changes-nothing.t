#!/bin/bash
# sessiongate --check: what a start would find, a line for each part, beside the program that serves
# and before the first start.  Nothing on the disk is changed, and the serving program does not notice.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

start main AUTH_TYPE=session_db_auth
check "a user is made" "$site" user "$T" bob@hbtn.io pw
cookie=$(login main bob@hbtn.io pw)

# The serving program writes to the files that it maps: their content may change.
everything() {
	find "$T/data" "$T/run" "$T"/sock* -exec stat -c '%n %i %a %s' {} +
	find "$T/data" ! -name '*.lock' -type f -exec cksum {} +
}
everything_at_rest() {
	find "$T/data" "$T/run" "$T"/sock* -exec stat -c '%n %i %a %s %y %z' {} +
	find "$T/data" "$T/run" -type f -exec cksum {} +
}
# gate_check WANT [option]...
gate_check() {
	local want=$1 got
	shift
	"$BUILD/sessiongate" --check --listen "unix:$T/sock" --data-dir "$T/data" --run-dir "$T/run" "$@" \
		>"$T/said" 2>&1 </dev/null
	got=$?
	cat "$T/said"
	[ "$got" -eq "$want" ]
}
said() {
	grep -q "$1" "$T/said" || {
		cat "$T/said"
		return 1
	}
}

logged=$(wc -l <"$T/program.log")
before=$(everything)
check "all is well beside the program that serves" gate_check 0
check "the last line says so" test "$(tail -1 "$T/said")" = "sessiongate: it can start"
check "the socket is served" said "^ok      socket: unix:$T/sock is served now"
check "the journals are read" said "^ok      journal: $T/data/User.jsonl: 1 line$"
check "the table is opened" said "^ok      session table: $T/run/sessions.table$"
check "both directories are in use" said "^ok      use: a running program"
check "nothing has changed" test "$before" = "$(everything)"
check "the program has not noticed" test "$logged" -eq "$(wc -l <"$T/program.log")"
check "the session is good" status 200 "$(url)/users/me" -b "$cookie"

check "another run directory" gate_check 0 --run-dir "$T/absent"
check "is made by a start" said "^ok      run directory: $T/absent is absent: a start makes it"
check "and the other program is seen" said "^ok      use: .*another run directory"
check "but not now" test ! -e "$T/absent"
check "a directory that cannot be made" gate_check 1 --data-dir "$T/no/thing"
check "is named" said "^not ok  data directory: $T/no/thing is absent and cannot be made: .*$T/no"
check "the last line counts" said "^sessiongate: it cannot start: 1 of [0-9]* checks failed$"
check "a wrong setting" gate_check 78 --workers many
check "a socket for everybody" gate_check 1 --socket-mode 0666
check "is refused" said "^not ok  socket: mode 0666"
check "one more socket" gate_check 0 --listen "unix:$T/sock two"
check "is looked at beside the first" said "^ok      socket: unix:$T/sock two$"
check "which is served" said "^ok      socket: unix:$T/sock is served now"
check "a third one that is open to the network" gate_check 1 --listen "unix:$T/sock two" --listen tcp:0.0.0.0:9100
check "is refused, and no other" said "^sessiongate: it cannot start: 1 of [0-9]* checks failed$"

"$site" stop-program "$T"
before=$(everything_at_rest)
check "without the program the socket is free" gate_check 0
check "and says so" said "^ok      socket: unix:$T/sock$"
check "not even a time has changed" test "$before" = "$(everything_at_rest)"
chmod 750 "$T/run"
sed -i '1s/./?/' "$T/data/User.jsonl"
check "two things are wrong" gate_check 1
check "one is named with the way out" said "^not ok  run directory: .*chmod 700 $T/run, or, where that is not to be (a volume), name a directory below it"
check "the other too" said "^not ok  journal: .*sessiongatectl --data-dir $T/data journal salvage User$"
