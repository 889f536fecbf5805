#!/bin/bash
# From the web server: 500 on every path, and a log line that names the value.  In the
# environment: the program refuses to start.
. "$(dirname "$0")/lib.sh"

start wrong AUTH_TYPE=Sesion_auth -- right AUTH_TYPE=session_auth
check "a user is made" "$site" user "$T" bob@hbtn.io pw
session=$(login right bob@hbtn.io pw)
for path in status users users/me stats auth_session/login auth_session/logout forbidden nothing; do
	for credential in "" "$session"; do
		check "500: /$path${credential:+ with a session}" status 500 "$(url wrong)/$path" ${credential:+-b "$credential"}
		check "its body is JSON" contains "$(cat "$T/answer")" '"error"'
	done
done
check "no login" status 500 "$(url wrong)/auth_session/login" -d email=bob@hbtn.io -d password=pw
check "the other site goes on" status 200 "$(url right)/users/me" -b "$session"
# A CGI program's lines are in the web server's log.
lines() {
	cat "$T"/*.log | grep -c Sesion_auth
}
curl -s -o /dev/null "$(url wrong)/users"
check "a log line names the value" test "$(lines)" -ge 1
# It lasts: at most a line a minute.  CGI processes do not know of each other.
if [ "$BACKEND" != cgi ]; then
	check "not one for each of the 18 requests" test "$(lines)" -lt 18
fi

if [ "$BACKEND" != cgi ]; then
	refuses() {
		local name=$1 value=$2 output result
		output=$(env "$name=$value" timeout 60 "$BUILD/sessiongate" --listen "unix:$T/other.sock" \
			--data-dir "$T/data" --run-dir "$T/run" 2>&1 </dev/null)
		result=$?
		echo "$output"
		[ $result -ne 0 ] && [ $result -ne 124 ] && contains "$output" "$name" &&
			contains "$output" "$value" && [ ! -S "$T/other.sock" ]
	}
	check "in the environment: refuses to start and says why" refuses AUTH_TYPE Sesion_auth
	check "the web server's own Basic too" refuses AUTH_TYPE Basic
	check "a SESSION_NAME that cannot name a cookie" refuses SESSION_NAME 'my session'
fi
