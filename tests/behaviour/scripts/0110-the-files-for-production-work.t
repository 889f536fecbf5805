#!/bin/bash
# nginx/*.conf and lighttpd/*.conf, with nothing changed but addresses, paths and the clock, and with the
# line about SESSION_DETAILS that they have as a comment.  By root
# as on Debian: the web server runs as www-data, and the socket lets it in as doc/sessiongate.socket
# has it.

if [ "${1:-}" = --edit ]; then
	configuration=$2
	directory=$(dirname "$2")
	root=$(cd "$(dirname "$0")/../../.." && pwd)
	if [ "$(id -u)" -eq 0 ] && [ "$BACKEND" != cgi ]; then
		chmod 711 "$directory"
		install -d -o www-data -m 700 "$directory/uploads"
		sed -i "s/^user root;/user www-data;/; s|^server.upload-dirs.*|server.upload-dirs = ( \"$directory/uploads\" )|
			s|^server.errorlog.*|server.errorlog = \"$directory/uploads/log\"|" "$configuration"
		[[ $configuration != */lighttpd.conf ]] ||
			sed -i '1i server.username = "www-data"\nserver.groupname = "www-data"' "$configuration"
	fi
	address=$(sed 's|^http://||' "$directory/url/main")
	case $configuration in
	*/nginx.conf)
		cp "$root"/nginx/sessiongate* "$directory"
		sed -i "s|unix:/run/sessiongate.sock|unix:$directory/sock|
			s|listen 80;|listen $address;|; /listen \[::\]/d" "$directory/sessiongate.conf"
		# What stands before the first upstream is about processes and temporary files.
		sed -i '/upstream sessiongate {/,$d' "$configuration"
		echo "include sessiongate.conf; }" >>"$configuration"
		;;
	*)
		name=sessiongate.conf
		[ "$BACKEND" != cgi ] || name=sessiongate-cgi.conf
		# A CGI program has the clock of the tests from here alone.
		clock=$(grep -E '"(LD_PRELOAD|TEST_CLOCK)" =>' "$configuration" | tr -d '\n\t')
		sed -i '/^# A site behind lighttpd/,$d' "$configuration"
		sed "s|setenv.set-environment = ($|&$clock|
			s|/run/sessiongate.sock|$directory/sock|
			s|/usr/local/sbin/sessiongate|${BUILD:?}/sessiongate|
			s|/var/lib/sessiongate|$directory/data|; s|\"/run/sessiongate\"|\"$directory/run\"|" \
			"$root/lighttpd/$name" >>"$configuration"
		;;
	esac
	sed -i 's/#     \(.*SESSION_DETAILS.*\)/\1/' "$directory"/*.conf
	exit
fi

. "$(dirname "$0")/lib.sh"

options=()
[ "$(id -u)" -ne 0 ] || options=(--option --socket-owner --option ":$(unit SocketGroup)"
	--option --socket-mode --option "$(unit SocketMode)")
SITE_EDIT=$0 start "${options[@]}" main
is_www_data() {
	local pid
	pid=$(cat "$T/server.pid")
	# nginx has a master, which stays root.
	[ "$BACKEND" = lighttpd ] || pid=$(ps -o pid= --ppid "$pid" | head -1 | tr -d " ")
	[ "$(ps -o user= -p "$pid")" = www-data ]
}
[ "$(id -u)" -ne 0 ] || [ "$BACKEND" = cgi ] || check "the web server is www-data" is_www_data
check "a user is made" "$site" user "$T" bob@hbtn.io pw
u=$(url)
check "the status" status 200 "$u/status"
check "401 without a session" status 401 "$u/users/me"
session=$(login main bob@hbtn.io pw)
check "in with a session" status 200 "$u/users/me" -b "$session"
check "the list of sessions says where it was begun" bash -c \
	"curl -s '$u/auth_session/sessions' -b '$session' | grep -F '\"client\": \"127.0.0.1\"'"
check "a small body that is too large is refused as JSON" status 413 "$u/users" -b "$session" \
	-d "$(head -c 70000 /dev/zero | tr '\0' x)"
check "JSON" contains "$(cat "$T/answer")" '"error"'
check "out" status 200 "$u/auth_session/logout" -b "$session" -XDELETE
check "and the session is gone" status 403 "$u/users/me" -b "$session"
session=$(login main bob@hbtn.io pw)
check "in again" status 200 "$u/users/me" -b "$session"
"$site" sleep "$T" 28700
check "in almost 8 hours later" status 200 "$u/users/me" -b "$session"
"$site" sleep "$T" 200
check "after SESSION_DURATION the session is over" status 403 "$u/users/me" -b "$session"
check "the rest of the site is the web server's" bash -c "! curl -si '${u%/api/v1}/nothing' | grep -qi nosniff"
