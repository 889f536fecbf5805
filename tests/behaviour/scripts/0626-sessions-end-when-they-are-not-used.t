#!/bin/bash
# SESSION_IDLE: a session ends when it is not used for so long, whatever its AUTH_TYPE.
. "$(dirname "$0")/lib.sh"

start session_auth AUTH_TYPE=session_auth SESSION_IDLE=30m -- \
	session_exp_auth AUTH_TYPE=session_exp_auth SESSION_IDLE=1800 SESSION_DURATION=2h -- \
	session_db_auth AUTH_TYPE=session_db_auth SESSION_IDLE=30m SESSION_DURATION=2h -- \
	off AUTH_TYPE=session_auth SESSION_IDLE=0 -- \
	shorter AUTH_TYPE=session_auth SESSION_IDLE=5m -- \
	unreadable AUTH_TYPE=session_auth SESSION_IDLE=30min -- \
	longer AUTH_TYPE=session_exp_auth SESSION_IDLE=2h SESSION_DURATION=1h
"$site" ctl "$T" user add bob@hbtn.io <<<pw >/dev/null

types="session_auth session_exp_auth session_db_auth"
declare -A used unused
for type in $types; do
	used[$type]=$(login "$type" bob@hbtn.io pw)
	unused[$type]=$(login "$type" bob@hbtn.io pw)
done
never_ends=$(login off bob@hbtn.io pw)

# The clock is set ahead, and goes on by itself: well before a limit, and well after it.
for minutes in 25 50 75; do
	"$site" sleep "$T" 1500
	for type in $types; do
		check "$type: used each 25 minutes it lives, after $minutes" \
			status 200 "$(url "$type")/users/me" -b "${used[$type]}"
	done
done
for type in $types; do
	check "$type: unused for 75 minutes it has ended" \
		status 403 "$(url "$type")/users/me" -b "${unused[$type]}"
	check "$type: it cannot be used to sign out" \
		status 403 -X DELETE "$(url "$type")/auth_session/logout" -b "${unused[$type]}"
	check "$type: it does not come back" status 403 "$(url "$type")/users/me" -b "${unused[$type]}"
done
check "nor where there is no limit" status 403 "$(url off)/users/me" -b "${unused[session_auth]}"
check "one that was begun without a limit goes on" status 200 "$(url off)/users/me" -b "$never_ends"
check "it has just been used: good where the limit is 5 minutes" \
	status 200 "$(url shorter)/users/me" -b "$never_ends"
"$site" sleep "$T" 600
check "10 minutes later it is not" status 403 "$(url shorter)/users/me" -b "$never_ends"
check "that was no use of it, and did not end it" status 200 "$(url off)/users/me" -b "$never_ends"

"$site" sleep "$T" 3600
for type in $types; do
	check "$type: all have ended" status 403 "$(url "$type")/users/me" -b "${used[$type]}"
done
if [ "$BACKEND" != cgi ]; then
	# One of each pair was let go, the other at the last.
	all_are_told() {
		[ "$(grep -c 'level=info event=session-expired handle=[0-9a-f]\{20\} user=[0-9a-f-]\{36\} by=idle$' \
			"$T/program.log")" = 6 ] || {
			grep session-expired "$T/program.log"
			return 1
		}
	}
	check "the log names each that has ended" soon all_are_told
	check "once" test "$(grep -o 'handle=[0-9a-f]*' "$T/program.log" | sort -u | wc -l)" = 6
	left() {
		[ "$("$site" ctl "$T" session list | wc -l)" = "$1" ]
	}
	check "the operator sees the one that is left" left 1
fi

# What cannot be meant is refused.
for name in unreadable longer; do
	check "$name: 500" status 500 "$(url "$name")/status"
	check "$name: at the login too" status 500 "$(url "$name")/auth_session/login" -d email=a -d password=b
done
if [ "$BACKEND" != cgi ]; then
	check "the log names the setting and its value" grep -qE \
		'level=error event=settings-unusable .*problem="SESSION_IDLE is no duration: .*value=30min' "$T/program.log"
	check "and says what is wrong with the other" soon grep -qE \
		'problem="SESSION_IDLE is longer than SESSION_DURATION' "$T/program.log"
	in_environment() {
		env "$2" "$BUILD/sessiongate" "${@:3}" --listen "unix:$T/other" --data-dir "$T/data" \
			--run-dir "$T/run" >"$T/said" 2>&1
		[ $? -eq "$1" ] || {
			cat "$T/said"
			return 1
		}
	}
	for setting in SESSION_IDLE=30min SESSION_MAX_PER_USER=many SESSION_REPLACE=yes \
		SESSION_REMEMBER=long COOKIE_DOMAIN=org COOKIE_PREFIX=__Host- COOKIE_SAME_SITE=Lax; do
		check "in the environment it keeps the program from starting: $setting" \
			in_environment 78 "$setting"
		check "which names it: $setting" grep -qF "${setting%%=*}" "$T/said"
		check "and --check says so: $setting" in_environment 78 "$setting" --check
	done
fi
