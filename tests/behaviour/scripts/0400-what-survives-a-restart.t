#!/bin/bash
# Users and sessions of the database survive anything; sessions in memory survive while the
# table's file is there.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

start memory AUTH_TYPE=session_auth -- expiring AUTH_TYPE=session_exp_auth SESSION_DURATION=600 -- \
	database AUTH_TYPE=session_db_auth SESSION_DURATION=600 -- none AUTH_TYPE=none
check "a user is made" "$site" user "$T" bob@hbtn.io pw
check "another one, over HTTP" status 201 "$(url none)/users" -H 'Content-Type: application/json' \
	-d '{"email": "ann@example.org", "password": "pw2", "first_name": "Änn"}'
memory=$(login memory bob@hbtn.io pw)
expiring=$(login expiring bob@hbtn.io pw)
database=$(login database ann@example.org pw2)
ended=$(login database ann@example.org pw2)
check "one session of the database is ended" status 200 "$(url database)/auth_session/logout" -b "$ended" -XDELETE
users=$(curl -s "$(url none)/users")

everything_is_there() {
	check "$1: the users are the same" test "$(curl -s "$(url none)/users")" = "$users"
	check "$1: a session of the database is good" status 200 "$(url database)/users/me" -b "$database"
	check "$1: one that was ended is not" status 403 "$(url database)/users/me" -b "$ended"
}

"$site" stop-program "$T"
check "it starts again" "$site" start-program "$T"
everything_is_there "restarted"
check "restarted: a session in memory is good" status 200 "$(url memory)/users/me" -b "$memory"
check "restarted: one that expires, too" status 200 "$(url expiring)/users/me" -b "$expiring"

# SIGKILL of every process of the program at the same time.
# shellcheck disable=SC2046
kill -KILL "$(program_pid)" $(workers)
check "it starts again after SIGKILL" "$site" start-program "$T"
everything_is_there "killed"
check "killed: a session in memory is good" status 200 "$(url memory)/users/me" -b "$memory"

"$site" stop-program "$T"
find "$T/run" -mindepth 1 -delete
check "it starts again without its run directory's files" "$site" start-program "$T"
everything_is_there "table gone"
check "table gone: a session in memory is gone" status 403 "$(url memory)/users/me" -b "$memory"
check "table gone: the user can sign in" status 200 "$(url memory)/users/me" -b "$(login memory bob@hbtn.io pw)"

# A backup revives what has ended since, unless all stored sessions are ended first, as the manual has it.
restore_backup() {
	"$site" stop-program "$T"
	find "$T/run" -mindepth 1 -delete
	rm -r "$T/data" && cp -a "$T/backup" "$T/data"
}
"$site" stop-program "$T"
cp -a "$T/data" "$T/backup"
check "it starts again after the backup" "$site" start-program "$T"
check "a session of the backup is ended" status 200 "$(url database)/auth_session/logout" -b "$database" -XDELETE
restore_backup
check "sessiongatectl ends what the backup has" contains "$("$site" ctl "$T" session end --all)" "login session"
check "it starts with the backup" "$site" start-program "$T"
check "what had ended since is not back" status 403 "$(url database)/users/me" -b "$database"
check "the users are" test "$(curl -s "$(url none)/users")" = "$users"
restore_backup
check "it starts with the backup as it is" "$site" start-program "$T"
check "then it would be back" status 200 "$(url database)/users/me" -b "$database"
