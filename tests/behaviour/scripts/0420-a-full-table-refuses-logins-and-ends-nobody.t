#!/bin/bash
# --max-sessions is reached: 503 with Retry-After and a line in the log, and existing sessions stay.
. "$(dirname "$0")/lib.sh"

start --env SESSIONGATE_MAX_SESSIONS=3 main AUTH_TYPE=session_auth -- \
	exp AUTH_TYPE=session_exp_auth SESSION_DURATION=600
"$site" user "$T" bob@hbtn.io "pw bob"
"$site" user "$T" ann@example.org "pw ann"
refused() {
	status 503 "$(url "$1")/auth_session/login" \
		--data-urlencode "email=ann@example.org" --data-urlencode "password=pw ann" || return
	cat "$T/head" "$T/answer"
	grep -qiE '^retry-after: [0-9]+' "$T/head" && ! grep -qi '^set-cookie' "$T/head" &&
		grep -q '"error"' "$T/answer"
}

first=$(login main bob@hbtn.io "pw bob")
second=$(login main bob@hbtn.io "pw bob")
another=$(login exp ann@example.org "pw ann")
check "the third login session still begins" contains "$another" =
check "the fourth is refused: 503, Retry-After, no cookie" refused main
check "for every AUTH_TYPE" refused exp
check "the log says why" contains "$("$site" logs "$T")" "there are --max-sessions login sessions"
check "the first is still in" status 200 "$(url)/users/me" -b "$first"
check "and the second" status 200 "$(url)/users/me" -b "$second"
check "a request without a session gets 401 as always" status 401 "$(url)/users/me"

check "a logout" status 200 "$(url)/auth_session/logout" -X DELETE -b "$first"
third=$(login main ann@example.org "pw ann")
check "makes room for one" contains "$third" =
check "which is good" status 200 "$(url)/users/me" -b "$third"
check "and the second is in still" status 200 "$(url)/users/me" -b "$second"
