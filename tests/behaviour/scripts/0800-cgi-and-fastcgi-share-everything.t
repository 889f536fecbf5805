#!/bin/bash
# A CGI process for each request beside a running program, with the same directories: the same
# users, the same sessions.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = lighttpd ] || skip_all "once is enough: it needs lighttpd for both"

start main AUTH_TYPE=session_auth -- database AUTH_TYPE=session_db_auth SESSION_DURATION=600
C=$(mktemp -d "${TMPDIR:-/tmp}/sg.XXXXXX")
clean_up() {
	check "the CGI site ends" env BACKEND=cgi "$site" stop "$C"
	rm -rf "$C"
}
# Its directories are the first site's.
ln -s "$T/data" "$C/data"
ln -s "$T/run" "$C/run"
cgi() {
	T=$C url "$1"
}
BACKEND=cgi "$site" start "$C" main AUTH_TYPE=session_auth -- \
	database AUTH_TYPE=session_db_auth SESSION_DURATION=600 || exit 1
check "a user is made" "$site" user "$T" bob@hbtn.io pw
for name in main database; do
	session=$(login $name bob@hbtn.io pw)
	check "$name: a session of FastCGI is good in CGI" status 200 "$(cgi $name)/users/me" -b "$session"
	other=$(T=$C login $name bob@hbtn.io pw)
	check "$name: a session of CGI is good in FastCGI" status 200 "$(url $name)/users/me" -b "$other"
	check "$name: out in CGI" status 200 "$(cgi $name)/auth_session/logout" -b "$session" -XDELETE
	check "$name: is out in FastCGI" status 403 "$(url $name)/users/me" -b "$session"
	check "$name: out in FastCGI" status 200 "$(url $name)/auth_session/logout" -b "$other" -XDELETE
	check "$name: is out in CGI" status 403 "$(cgi $name)/users/me" -b "$other"
done
