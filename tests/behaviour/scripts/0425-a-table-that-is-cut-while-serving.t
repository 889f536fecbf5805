#!/bin/bash
# Whoever may write the session table may cut it, which is our own user alone.  The workers that have it mapped
# die of it (SIGBUS); nobody gets in meanwhile, and what follows has a new table, as long as the file can be
# known as one.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

start main AUTH_TYPE=session_auth -- db AUTH_TYPE=session_db_auth
"$site" user "$T" bob@hbtn.io pw >/dev/null
in_memory=$(login main bob@hbtn.io pw)
stored=$(login db bob@hbtn.io pw)
check "in with a session" status 200 "$(url)/users/me" -b "$in_memory"
# Behind header and control page.
truncate -s 8192 "$T/run/sessions.table"
answers() {
	status 200 -m 5 "$(url)/status" && status 200 -m 5 "$(url db)/users/me" -b "$stored"
}
never_in() {
	local code
	code=$(curl -m 5 -s -o /dev/null -w '%{http_code}' "$(url)/users/me" -b "_my_session_id=$(cat /proc/sys/kernel/random/uuid)")
	[ "$code" != 200 ]
}
for i in 1 2 3 4 5 6 7 8; do
	check "nobody gets in without one, $i" never_in
done
check "a stored session is good again, by itself" soon answers
check "one in memory has ended with the table" status 403 "$(url)/users/me" -b "$in_memory"
check "in again" status 200 "$(url)/users/me" -b "$(login main bob@hbtn.io pw)"
check "the log says that a worker died" has_logged 1 "event=worker-died" "$T/program.log"

# What may be anything is not taken for a table, nor put away.
truncate -s 0 "$T/run/sessions.table"
check "nobody gets in" never_in
check "the log says what to do" soon has_logged 1 \
	"sessions.table is only 0 bytes long, no session table: move it away" "$T/program.log"
mv "$T/run/sessions.table" "$T/run/away"
check "and then it serves again" soon answers
