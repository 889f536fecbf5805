#!/bin/bash
# Two locations of one web server, one running program, two AUTH_TYPEs.
# nginx: by path, and by a prefix that is taken off; lighttpd: by path.

if [ "${1:-}" = --edit ]; then
	configuration=$2
	directory=$(dirname "$2")
	root=$(cd "$(dirname "$0")/../../.." && pwd)
	case $configuration in
	*/nginx.conf)
		# As a sysadmin has it: both files beside the configuration.
		cp "$root"/nginx/sessiongate_* "$directory"
		awk '/location \/ \{/ && !done {
			print "location /api/v1/stats { include sessiongate_location; fastcgi_param AUTH_TYPE basic_auth; }"
			print "location /open/ { rewrite ^/open(/.*)$ $1 break; include sessiongate_location; fastcgi_param AUTH_TYPE none; }"
			print "location /closed/ { rewrite ^/closed(/.*)$ $1 break; include sessiongate_location; fastcgi_param AUTH_TYPE auth; }"
			done = 1
		} { print }' "$configuration" >"$configuration.new"
		mv "$configuration.new" "$configuration"
		;;
	*)
		cat >>"$configuration" <<'END'
$HTTP["url"] =~ "^/api/v1/stats" {
	setenv.set-environment = ( "AUTH_TYPE" => "basic_auth" )
}
END
		;;
	esac
	exit
fi

. "$(dirname "$0")/lib.sh"
[ "$BACKEND" != cgi ] || skip_all "CGI: the variables are each process's own anyway"

SITE_EDIT=$0 start main AUTH_TYPE=session_auth
check "a user is made" "$site" user "$T" bob@hbtn.io pw
session=$(login main bob@hbtn.io pw)
u=$(url)

check "the session opens the one" status 200 "$u/users" -b "$session"
check "Basic credentials do not" status 403 "$u/users" -u bob@hbtn.io:pw
check "Basic credentials open the other" status 200 "$u/stats" -u bob@hbtn.io:pw
check "the session does not" status 403 "$u/stats" -b "$session"
check "nothing opens neither" status 401 "$u/stats"
if [ "$BACKEND" = nginx ]; then
	base=${u%/api/v1}
	check "a third location is open" status 200 "$base/open/api/v1/users"
	check "a fourth is closed even with a session" status 403 "$base/closed/api/v1/users" -b "$session"
	check "and without one" status 401 "$base/closed/api/v1/users"
fi
for _ in 1 2 3 4 5 6 7 8; do
	check "in turns: session" status 200 "$u/users/me" -b "$session"
	check "in turns: Basic" status 200 "$u/stats" -u bob@hbtn.io:pw
done
