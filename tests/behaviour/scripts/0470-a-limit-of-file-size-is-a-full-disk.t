#!/bin/bash
# A limit of the size of files (ulimit -f, LimitFSIZE=) is treated as a full disk: logins that have to
# be stored are refused, no process dies, the operators' page says so, and what was acknowledged is there.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

start --option --workers --option 1 main AUTH_TYPE=session_db_auth -- \
	operators SESSIONGATE_STATUS=on
check "a user is made" "$site" user "$T" bob@hbtn.io pw
first=$(login main bob@hbtn.io pw)
check "sessions go on" status 200 "$(url)/users/me" -b "$first"
worker=$(cat "/proc/$(cat "$T/program.pid")/task/"*/children | awk '{ print $1 }')

page() {
	curl -s "$(cat "$T/url/operators")/sessiongate-status"
}
says_page() {
	page | grep -qxF "sessiongate_$1" || {
		page | grep -E '^sessiongate_(ready|journal_failed)'
		return 1
	}
}
check "all is well" says_page 'journal_failed{journal="UserSession"} 0'
check "it is ready" says_page 'ready 1'

# Not less than the log, which is a file too here.
size=$(stat -c %s "$T/data/UserSession.jsonl" "$T/program.log" | sort -n | tail -1)
prlimit --pid "$worker" --fsize=$((size + 4096)):unlimited
refused() {
	local i
	for ((i = 0; i < 1000; i++)); do
		status 200 "$(url)/auth_session/login" -d email=bob@hbtn.io -d password=pw \
			>"$T/said" && continue
		cat "$T/said"
		status 503 "$(url)/auth_session/login" -D "$T/head" -d email=bob@hbtn.io -d password=pw
		return
	done
	return 1
}
check "sign-ins are refused in the end" refused
check "with Retry-After" grep -qi '^retry-after: ' "$T/head"
check "the worker lives" kill -0 "$worker"
check "sessions still go on" status 200 "$(url)/users/me" -b "$first"
check "the page says that the journal failed" says_page 'journal_failed{journal="UserSession"} 1'
check "and that the program is not ready" says_page 'ready 0'
check "the status of the API is what it was" status 200 "$(url)/status"

prlimit --pid "$worker" --fsize=unlimited:unlimited
check "with room again it is ready" soon says_page 'ready 1'
check "and the journal is well" says_page 'journal_failed{journal="UserSession"} 0'
last=$(login main bob@hbtn.io pw)
check "and who signs in is in" status 200 "$(url)/users/me" -b "$last"
"$site" stop-program "$T"
rm -r "$T/run" && mkdir -m 700 "$T/run"
"$site" start-program "$T"
check "after a boot the first is in" status 200 "$(url)/users/me" -b "$first"
check "and the last" status 200 "$(url)/users/me" -b "$last"
