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

# Many at once, on many connections: they reach different workers.
all_are() {
	local want=$1 address=$2 session=$3 got
	got=$(curl -s -Z --parallel-immediate --parallel-max 16 -o /dev/null -w '%{http_code}\n' \
		-b "$session" "$address?[1-200]" | sort | uniq -c | tr -s ' ')
	[ "$got" = " 200 $want" ] || {
		echo "$got, want 200 times $want"
		return 1
	}
}
for type in session_auth session_exp_auth session_db_auth; do
	for round in 1 2 3; do
		session=$(login $type bob@hbtn.io pw)
		check "$type $round: 200 of 200 get in at once" all_are 200 "$(url $type)/users/me" "$session"
		check "$type $round: out" status 200 "$(url $type)/auth_session/logout" -b "$session" -XDELETE
		check "$type $round: 200 of 200 are refused at once" all_are 403 "$(url $type)/users/me" "$session"
	done
done
