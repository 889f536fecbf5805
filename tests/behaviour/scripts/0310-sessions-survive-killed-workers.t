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

# While there is no worker the web server may say 502 or 503; soon there is one.
soon() {
	local i
	for ((i = 0; i < 100; i++)); do
		status "$@" >/dev/null && return
		sleep 0.1
	done
	status "$@"
}
for round in 1 2 3; do
	victim=$(workers | head -1)
	check "$round: a worker is killed" kill -KILL "$victim"
	check "$round: the session in memory is good" soon 200 "$(url memory)/users/me" -b "$memory"
	check "$round: the session of the database is good" soon 200 "$(url database)/users/me" -b "$database"
	# shellcheck disable=SC2046 # one argument each
	check "$round: all workers are killed" kill -KILL $(workers)
	check "$round: the session in memory is good" soon 200 "$(url memory)/users/me" -b "$memory"
	check "$round: the session of the database is good" soon 200 "$(url database)/users/me" -b "$database"
	another=$(login memory bob@hbtn.io pw)
	check "$round: logins go on" soon 200 "$(url memory)/users/me" -b "$another"
done
check "a logout still ends a session" status 200 "$(url memory)/auth_session/logout" -b "$memory" -XDELETE
check "for all" status 403 "$(url memory)/users/me" -b "$memory"
sleep 1
check "two workers run" test "$(workers | wc -l)" -ge 2
