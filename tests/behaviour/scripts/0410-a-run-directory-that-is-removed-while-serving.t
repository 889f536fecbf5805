#!/bin/bash
# The run directory is removed or replaced under the serving program: it says so once, and all
# workers restart together, so that they agree again about who is signed in.  Where a restart would
# fail, they go on, and the log says what to do.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

start --option --workers --option 2 memory AUTH_TYPE=session_auth -- \
	database AUTH_TYPE=session_db_auth -- operators SESSIONGATE_STATUS=on
page=$(cat "$T/url/operators")/sessiongate-status
check "a user is made" "$site" user "$T" bob@hbtn.io pw
memory=$(login memory bob@hbtn.io pw)
database=$(login database bob@hbtn.io pw)

logged() {
	soon has_logged "$1" "$2" "$T/program.log"
}
# Every worker answers some of these.
always() {
	local want=$1
	shift
	all_are "$want" 60 "$@"
}

before=$(workers | xargs)
mv "$T/run" "$T/run.old"
check "all workers restart" logged 2 event=ready
check "none of them is an old one" test -z "$(comm -12 <(xargs -n1 <<<"$before" | sort) <(workers | xargs -n1 | sort))"
check "one line says why, as an error" test 1 -eq "$(grep -c 'level=error event=session-table-lost' "$T/program.log")"
check "it names the directory" grep -q "event=session-table-lost run_dir=$T/run " "$T/program.log"
check "the stored session is good" always 200 "$(url database)/users/me" -b "$database"
check "the other has ended" always 403 "$(url memory)/users/me" -b "$memory"
check "the status is there" status 200 "$(url memory)/status"
check "the counters are there" status 200 "$page"
check "sessions are counted" grep -q '^sessiongate_sessions 1$' "$T/answer"
memory=$(login memory bob@hbtn.io pw)
check "a new one is good everywhere" always 200 "$(url memory)/users/me" -b "$memory"
check "sessiongatectl finds the same table" "$site" ctl "$T" user passwd bob@hbtn.io <<<"other"
check "and has ended that session everywhere" always 403 "$(url memory)/users/me" -b "$memory"
check "and the stored one" always 403 "$(url database)/users/me" -b "$database"
rm -r "$T/run.old"

memory=$(login memory bob@hbtn.io other)
# In one step, there and back: whoever finds no directory makes one.
: >"$T/run.old"
"$here/../exchange" "$T/run" "$T/run.old"
check "where nobody can begin, a line says so" logged 1 "session-table-lost.*$T/run is not a directory.*restart the program"
sleep 2.5
check "once" test 2 -eq "$(grep -c 'event=session-table-lost' "$T/program.log")"
check "they go on as they are" always 200 "$(url memory)/users/me" -b "$memory"
check "the counters too" status 200 "$page"
"$here/../exchange" "$T/run" "$T/run.old"
rm "$T/run.old"
check "it is back" logged 1 event=session-table-back
check "as if nothing had been" always 200 "$(url memory)/users/me" -b "$memory"
check "no worker has died" test 0 -eq "$(grep -c event=worker-died "$T/program.log")"
check "they restarted once" test 1 -eq "$(grep -c event=full-restart "$T/program.log")"
