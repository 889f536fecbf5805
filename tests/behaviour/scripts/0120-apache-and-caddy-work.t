#!/bin/bash
# doc/apache.conf and doc/Caddyfile, with nothing changed but addresses and paths.  By root they run
# as on Debian, as www-data and caddy, and the socket lets them in as doc/sessiongate.socket says.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = nginx ] || skip_all "once is enough: it depends on no BACKEND"

is_root=
[ "$(id -u)" -ne 0 ] || is_root=yes
[ -z "$is_root" ] || chmod 711 "$T"
# let_in GROUP: the socket as the unit has it, with that group.
let_in() {
	[ -z "$is_root" ] || { chown ":$1" "$T/sock" && chmod "$(unit SocketMode)" "$T/sock"; }
}

start main AUTH_TYPE=session_auth
check "a user is made" "$site" user "$T" bob@hbtn.io pw

up() {
	soon curl -s -o /dev/null "$1/status" || {
		cat "$T/$2.log"
		return 1
	}
}
pids=()
clean_up() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
}

main_path() {
	local name=$1 u=$2 session
	check "$name: the status" status 200 "$u/status"
	check "$name: the path with a slash" status 200 "$u/status/"
	check "$name: 401 without a session" status 401 "$u/users/me"
	check "$name: the program's own text" contains "$(cat "$T/answer")" '"error": "Unauthorized"'
	session=$(curl -s -o /dev/null -D - "$u/auth_session/login" -d email=bob@hbtn.io -d password=pw |
		tr -d '\r' | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p')
	check "$name: a login gives a cookie" test -n "$session"
	check "$name: in with it" status 200 "$u/users/me" -b "$session"
	check "$name: Basic credentials arrive, and are the wrong kind" status 403 "$u/users/me" -u bob@hbtn.io:pw
	check "$name: a body of unknown length" status 200 "$u/auth_session/login" \
		-H "Transfer-Encoding: chunked" -d email=bob@hbtn.io -d password=pw
	check "$name: a body over the limit" status 413 "$u/auth_session/login" \
		-d "$(head -c 70000 /dev/zero | tr '\0' x)"
	check "$name: 405" status 405 "$u/auth_session/login"
	check "$name: HEAD" status 200 -I "$u/status"
	check "$name: an escaped slash is no slash" status 404 "$u/users%2Fme" -b "$session"
	check "$name: an unknown id is 404 and ours" status 404 "$u/users/x" -b "$session"
	check "$name: ours" contains "$(cat "$T/answer")" '"error": "Not found"'
	check "$name: out" status 200 "$u/auth_session/logout" -b "$session" -XDELETE
	check "$name: the session is gone" status 403 "$u/users/me" -b "$session"
	session=$(curl -s -o /dev/null -D - "$u/auth_session/login" -d email=bob@hbtn.io -d password=pw |
		tr -d '\r' | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p')
	"$site" sleep "$T" 28700
	check "$name: in almost 8 hours later" status 200 "$u/users/me" -b "$session"
	"$site" sleep "$T" 200
	check "$name: after SESSION_DURATION the session is over" status 403 "$u/users/me" -b "$session"
}

if command -v apache2 >/dev/null; then
	port=$("$root/tests/behaviour/free-ports" 1)
	mkdir "$T/apache"
	{
		echo "ServerRoot $T/apache"
		echo "ServerName localhost"
		echo "PidFile $T/apache/pid"
		echo "DefaultRuntimeDir $T/apache"
		echo "Mutex file:$T/apache"
		echo "ErrorLog $T/apache.log"
		echo "DocumentRoot $T/apache"
		echo "Listen 127.0.0.1:$port"
		for module in mpm_event authz_core env setenvif proxy proxy_fcgi reqtimeout; do
			echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
		done
		[ -z "$is_root" ] || printf 'User www-data\nGroup www-data\n'
		sed "s|/run/sessiongate.sock|$T/sock|" "$root/doc/apache.conf"
	} >"$T/apache.conf"
	let_in "$(unit SocketGroup)"
	apache2 -DFOREGROUND -f "$T/apache.conf" >>"$T/apache.log" 2>&1 &
	pids+=($!)
	u=http://127.0.0.1:$port/api/v1
	check "Apache httpd starts with doc/apache.conf" up "$u" apache
	main_path "Apache httpd" "$u"
	# README's table: what it looks like when Apache keeps the header.
	check "Apache httpd: credentials arrive, and are the wrong kind" status 403 "$u/users/me" -u bob@hbtn.io:pw
	sed -i '/CGIPassAuth/d' "$T/apache.conf"
	apache2 -f "$T/apache.conf" -k graceful
	check "Apache httpd: without CGIPassAuth they do not" soon status 401 "$u/users/me" -u bob@hbtn.io:pw
else
	echo "# apache2 is not installed: not tried"
fi

if command -v caddy >/dev/null; then
	port=$("$root/tests/behaviour/free-ports" 1)
	sed "s|/run/sessiongate.sock|$T/sock|; s|^:80|http://127.0.0.1:$port|
		s|auto_https off|&\n\tadmin off|" "$root/doc/Caddyfile" >"$T/Caddyfile"
	as=()
	mkdir "$T/caddy"
	if [ -n "$is_root" ] && id caddy >/dev/null 2>&1; then
		as=(setpriv --reuid caddy --regid caddy --clear-groups)
		chown caddy "$T/caddy"
		# The drop-in that the unit writes about.
		let_in "$(sed -n 's/^# *SocketGroup=//p' "$root/doc/sessiongate.socket")"
	fi
	HOME=$T/caddy XDG_DATA_HOME=$T/caddy XDG_CONFIG_HOME=$T/caddy \
		"${as[@]}" caddy run --config "$T/Caddyfile" --adapter caddyfile >"$T/caddy.log" 2>&1 &
	pids+=($!)
	u=http://127.0.0.1:$port/api/v1
	check "Caddy starts with doc/Caddyfile" up "$u" caddy
	main_path Caddy "$u"
else
	echo "# caddy is not installed: not tried"
fi
