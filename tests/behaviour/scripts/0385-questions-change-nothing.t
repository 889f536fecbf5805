#!/bin/bash
# RFC 9110 section 9.2.1: GET, HEAD and OPTIONS change nothing, wherever they go, who gets in or not.
. "$(dirname "$0")/lib.sh"
not_lighttpd

start main AUTH_TYPE=session_db_auth SESSION_DURATION=3600 -- basic AUTH_TYPE=basic_auth -- none AUTH_TYPE=none
check "a user is made" "$site" user "$T" bob@hbtn.io pw
cookie=$(login main bob@hbtn.io pw)
id=$(curl -s "$(url)/users/me" -b "$cookie" | sed -n 's/.*"id": "\(.*\)".*/\1/p')
check "the user has an id" test -n "$id"

# The journals byte for byte; login sessions without when they were last seen.
state() {
	cksum "$T"/data/*.jsonl
	"$site" ctl "$T" session list | awk '{ $3 = $4 = ""; print }'
	"$site" ctl "$T" user list
}
before=$(state)
for method in GET HEAD OPTIONS; do
	with=(-X "$method")
	[ "$method" != HEAD ] || with=(-I)
	for path in status stats users users/me "users/$id" auth_session/login auth_session/logout \
		auth_session/sessions unauthorized forbidden nothing; do
		option=(-s -o /dev/null "${with[@]}")
		check "$method /$path is answered" curl "${option[@]}" "$(url)/$path" -b "$cookie" \
			--next "${option[@]}" "$(url)/$path" \
			--next "${option[@]}" "$(url basic)/$path" -u bob@hbtn.io:pw \
			--next "${option[@]}" "$(url none)/$path?all=1&email=a@b.c&password=pw"
		check "and changes nothing" test "$before" = "$(state)"
	done
done
check "the session is good" status 200 "$(url)/users/me" -b "$cookie"
check "an answer of another method does change something" status 200 "$(url)/auth_session/logout" -XDELETE -b "$cookie"
check "which is seen" test "$before" != "$(state)"
