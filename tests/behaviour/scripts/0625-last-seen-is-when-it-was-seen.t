#!/bin/bash
# "session list" tells when each login session was last used, to the minute.
. "$(dirname "$0")/lib.sh"

start main AUTH_TYPE=session_auth -- db AUTH_TYPE=session_db_auth
ctl() {
	"$site" ctl "$T" "$@"
}
# seen KIND: seconds between the beginning and the last use of that session.
seen() {
	local line
	line=$(ctl session list | grep " $1 ")
	echo $(($(date -ud "$(awk '{ print $3, $4 }' <<<"$line")" +%s) -
		$(date -ud "$(awk '{ print $1, $2 }' <<<"$line")" +%s)))
}
is_between() {
	echo "$2"
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}
ctl user add bob@hbtn.io <<<pw >/dev/null
memory=$(login main bob@hbtn.io pw)
stored=$(login db bob@hbtn.io pw)
check "after the login: just then" test "$(seen memory) $(seen stored)" = "0 0"

# Two hours later: between 7140 and 7200, and as long as the test itself takes.
"$site" sleep "$T" 7200
check "one is used" status 200 "$(url main)/users/me" -b "$memory"
check "and was seen then" is_between 7140 "$(seen memory)" 7500
check "the other one was not" test "$(seen stored)" = 0
check "nor is it by a cookie that is not its own" status 403 "$(url db)/users/me" -b "$memory"
check "so nothing changes" test "$(seen stored)" = 0
check "it is used too" status 200 "$(url db)/users/me" -b "$stored"
check "and was seen" is_between 7140 "$(seen stored)" 7500
"$site" sleep "$T" 3600
check "a stored one is used once more" status 200 "$(url db)/users/me" -b "$stored"
check "each use is seen" is_between 10740 "$(seen stored)" 11100
check "in both kinds" test "$(seen memory)" -lt 10740
