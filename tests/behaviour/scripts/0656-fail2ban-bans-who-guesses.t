#!/bin/bash
# doc/fail2ban-filter.conf and doc/fail2ban-jail.conf in a fail2ban of one's own, which reads the log of the
# program, and whose action writes to a file.
. "$(dirname "$0")/lib.sh"

command -v fail2ban-server >/dev/null || skip_all "fail2ban is not installed"

start main AUTH_TYPE=session_auth LOGIN_THROTTLE=off
"$site" ctl "$T" user add bob@hbtn.io <<<pw >/dev/null
log=$T/program.log
[ "$BACKEND" != cgi ] || log=$T/server.log
F=$T/fail2ban
mkdir -p "$F/filter.d" "$F/action.d" "$F/jail.d"
cp "$root/doc/fail2ban-filter.conf" "$F/filter.d/sessiongate.conf"
# The file that standard error goes to, as the comment in the jail has it.
sed 's/^backend .*//; s/^#     \(backend = auto\)/\1/; s/^#     \(logpath = \).*/\1'"${log//\//\\/}/" \
	"$root/doc/fail2ban-jail.conf" >"$F/jail.d/sessiongate.conf"
cat >"$F/fail2ban.conf" <<END
[Definition]
loglevel = INFO
logtarget = $F/log
syslogsocket = auto
socket = $F/sock
pidfile = $F/pid
dbfile = None
dbpurgeage = 1d
allowipv6 = auto
END
# Who guesses here is this machine.
cat >"$F/jail.conf" <<END
[DEFAULT]
action = note
ignoreself = false
END
cat >"$F/action.d/note.conf" <<END
[Definition]
actionban = echo ban <ip> >>$F/bans
actionunban = echo unban <ip> >>$F/bans
END
: >"$F/bans"
client() {
	fail2ban-client -c "$F" -s "$F/sock" "$@"
}
fail2ban-server -c "$F" -f -x start >"$F/out" 2>&1 &
server=$!
clean_up() {
	kill "$server" 2>/dev/null
	wait "$server"
}
is_watching() {
	client status sessiongate >"$F/status" 2>&1 || {
		cat "$F/status" "$F/out" "$F/log"
		return 1
	}
}
check "the jail starts" soon is_watching
check "it reads the log" grep -qF "$log" "$F/status"

guess() {
	status "$1" "$(url)/auth_session/login" -d email=bob@hbtn.io -d "password=$2"
}
has_found() {
	[ "$(grep -c '\] Found 127\.0\.0\.1 ' "$F/log")" = "$1" ] || {
		cat "$F/log"
		return 1
	}
}
for ((i = 1; i < 20; i++)); do
	guess 401 wrong
done
check "19 wrong passwords are seen" soon has_found 19
check "a right one is none" guess 200 pw
check "nor is a question without a session" status 401 "$(url)/users/me"
check "nobody is banned" test ! -s "$F/bans"
guess 401 wrong
check "the 20th bans" soon grep -qx 'ban 127\.0\.0\.1' "$F/bans"
check "nobody else" test "$(wc -l <"$F/bans")" = 1
check "it saw those and no other" has_found 20
