#!/bin/bash
# A session that was ended to make room for another one of its user is ended for good: it does
# not come back when the others have gone and a new session table is made.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

start --env SESSIONGATE_MAX_USER_SESSIONS=2 database AUTH_TYPE=session_db_auth -- memory AUTH_TYPE=session_auth
check "a user is made" "$site" user "$T" bob@hbtn.io pw

first=$(login database bob@hbtn.io pw)
second=$(login database bob@hbtn.io pw)
third=$(login database bob@hbtn.io pw)
check "the third login ended the first" status 403 "$(url database)/users/me" -b "$first"
check "the second is good" status 200 "$(url database)/users/me" -b "$second"
memory=$(login memory bob@hbtn.io pw)
check "a login of the other kind ended the second" status 403 "$(url database)/users/me" -b "$second"
check "the others are good" status 200 "$(url database)/users/me" -b "$third"
check "that of the other kind too" status 200 "$(url memory)/users/me" -b "$memory"
check "they sign out" status 200 "$(url database)/auth_session/logout" -b "$third" -XDELETE
check "both of them" status 200 "$(url memory)/auth_session/logout" -b "$memory" -XDELETE

"$site" stop-program "$T"
find "$T/run" -mindepth 1 -delete
check "it starts with a new session table" "$site" start-program "$T"
check "the first is still ended" status 403 "$(url database)/users/me" -b "$first"
check "the second too" status 403 "$(url database)/users/me" -b "$second"
check "nothing of theirs is in the journal" test \
	"$(jq -sc '[.[] | select(.op != "snap")] | group_by(.key) | map(last | select(.op == "put")) | length' "$T/data/UserSession.jsonl")" = 0
