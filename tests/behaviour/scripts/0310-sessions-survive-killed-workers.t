#!/bin/bash
# SIGKILL of one worker, then of all of them, again and again: sessions and users stay, the
# supervisor starts others.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

start --option --workers --option 2 memory AUTH_TYPE=session_auth -- \
	database AUTH_TYPE=session_db_auth SESSION_DURATION=600
check "a user is made" "$site" user "$T" bob@hbtn.io pw
memory=$(login memory bob@hbtn.io pw)
database=$(login database bob@hbtn.io pw)

# While there is no worker the web server may say 502 or 503.
# One may end and be replaced between the look and the kill.
kill_one() {
	kill -KILL "$(workers | head -1)"
}
kill_all() {
	# shellcheck disable=SC2046 # one argument each
	kill -KILL $(workers)
}
for round in 1 2 3; do
	check "$round: a worker is killed" soon kill_one
	check "$round: the session in memory is good" soon status 200 "$(url memory)/users/me" -b "$memory"
	check "$round: the session of the database is good" soon status 200 "$(url database)/users/me" -b "$database"
	check "$round: all workers are killed" soon kill_all
	check "$round: the session in memory is good" soon status 200 "$(url memory)/users/me" -b "$memory"
	check "$round: the session of the database is good" soon status 200 "$(url database)/users/me" -b "$database"
	another=$(login memory bob@hbtn.io pw)
	check "$round: logins go on" soon status 200 "$(url memory)/users/me" -b "$another"
done
check "a logout still ends a session" status 200 "$(url memory)/auth_session/logout" -b "$memory" -XDELETE
check "for all" status 403 "$(url memory)/users/me" -b "$memory"
two_workers_run() {
	[ "$(workers | wc -l)" -ge 2 ]
}
check "two workers run" soon two_workers_run
