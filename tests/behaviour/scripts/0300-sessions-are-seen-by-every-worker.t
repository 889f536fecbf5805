#!/bin/bash
# Four workers: a login at one is good at all at once, a logout is gone from all.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

start --option --workers --option 4 \
	session_auth AUTH_TYPE=session_auth -- \
	session_exp_auth AUTH_TYPE=session_exp_auth SESSION_DURATION=600 -- \
	session_db_auth AUTH_TYPE=session_db_auth SESSION_DURATION=600
check "a user is made" "$site" user "$T" bob@hbtn.io pw
check "four workers run" test "$(workers | wc -l)" -ge 4

for type in session_auth session_exp_auth session_db_auth; do
	for round in 1 2 3; do
		session=$(login $type bob@hbtn.io pw)
		check "$type $round: 200 of 200 get in at once" all_are 200 200 "$(url $type)/users/me" -b "$session"
		check "$type $round: out" status 200 "$(url $type)/auth_session/logout" -b "$session" -XDELETE
		check "$type $round: 200 of 200 are refused at once" all_are 403 200 "$(url $type)/users/me" -b "$session"
	done
done
