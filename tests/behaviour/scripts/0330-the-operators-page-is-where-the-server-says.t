#!/bin/bash
# The counters: only where the web server's own parameter asks for them, never because a client
# does; they count what happened.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

start --option --workers --option 2 main AUTH_TYPE=session_auth -- \
	operators SESSIONGATE_STATUS=on -- basic AUTH_TYPE=basic_auth
check "a user is made" "$site" user "$T" bob@hbtn.io pw
page=$(cat "$T/url/operators")/sessiongate-status

value() {
	curl -s "$page" | sed -n "s/^sessiongate_$1 //p"
}
is() {
	local got
	got=$(value "$1")
	[ "$got" = "$2" ] || {
		echo "$1 is $got, want $2"
		return 1
	}
}
at_least() {
	[ "$(value "$1")" -ge "$2" ]
}

check "the page is there" status 200 "$page"
check "it is Prometheus text" grep -q '^# TYPE sessiongate_requests_total counter$' "$T/answer"
check "elsewhere it is not" status 401 "$(url main)/sessiongate-status"
check "a client cannot ask for it" status 401 "$(url main)/users" -H 'SESSIONGATE_STATUS: on' \
	-H 'Sessiongate-Status: on'

cookie=$(login main bob@hbtn.io pw)
check "a login" status 200 "$(url main)/users/me" -b "$cookie"
check "a wrong password" status 401 "$(url main)/auth_session/login" -d email=bob@hbtn.io -d password=no
check "logins are counted" is 'logins_total{outcome="ok"}' 1
check "failed ones too" is 'logins_total{outcome="failed"}' 1
check "a wrong password by Basic" status 403 "$(url basic)/users/me" -u bob@hbtn.io:no
check "is counted alike" is 'logins_total{outcome="failed"}' 2
check "both are logged alike, with the client the reason and the user" test 2 -eq \
	"$(grep -c ' event=login-failed request=[^ ]* client=127.0.0.1 reason="wrong password" user=[0-9a-f-]*$' "$T/program.log")"
check "the session is counted" is sessions 1
check "a logout" status 200 "$(url main)/auth_session/logout" -b "$cookie" -XDELETE
check "is counted" is logouts_total 1
check "requests are counted by status" at_least 'requests_total{status="4xx"}' 1
check "appends to a journal are counted" at_least 'journal_appends_total{journal="User"}' 1
check "no journal has failed" is 'journal_failed{journal="User"}' 0

check "no worker was replaced" is worker_restarts_total 0
check "a worker is killed" kill -KILL "$(workers | head -1)"
check "its replacement is counted" soon is worker_restarts_total 1
