#!/bin/bash
# session list, end, stats, check: what is in the table, while the program serves.
. "$(dirname "$0")/lib.sh"

start main AUTH_TYPE=session_auth -- \
	exp AUTH_TYPE=session_exp_auth SESSION_DURATION=600 -- \
	db AUTH_TYPE=session_db_auth SESSION_DURATION=600
ctl() {
	"$site" ctl "$T" "$@"
}
fails() {
	! "$@"
}
# The line of "session stats" with this name ends in this number.
stat_is() {
	ctl session stats | grep -qE "^$1 +$2\$"
}
ctl user add bob@hbtn.io <<<"pw bob" >/dev/null
ctl user add ann@example.org <<<"pw ann" >/dev/null
check "there is no login session at first" test -z "$(ctl session list)"
check "the table is sound" contains "$(ctl session check)" "is sound: 0 login sessions"

before=$(date +%s)
for_ever=$(login main bob@hbtn.io "pw bob")
for_a_while=$(login exp bob@hbtn.io "pw bob")
stored=$(login db ann@example.org "pw ann")
list=$(ctl session list)
time='20[0-9-]{8} [0-9:]{8}'
# has_line REST: begun and last seen, then what is given, then a handle.
has_line() {
	grep -qE "^$time  $time  $1  [0-9a-f]{20}\$" <<<"$list"
}
check "each is one line" test "$(wc -l <<<"$list")" = 3
check "one that never ends" has_line "never                memory  bob@hbtn\\.io"
check "one that expires" has_line "$time  memory  bob@hbtn\\.io"
check "one that is stored" has_line "$time  stored  ann@example\\.org"
begun=$(date -ud "$(awk '/never/ { print $1, $2 }' <<<"$list")" +%s)
check "it began just now" test "$before" -le "$begun" -a "$begun" -le "$(date +%s)"
ends=$(date -ud "$(awk '/stored/ { print $5, $6 }' <<<"$list")" +%s)
begun=$(date -ud "$(awk '/stored/ { print $1, $2 }' <<<"$list")" +%s)
check "it ends when it must" test $((ends - begun)) = 600
for cookie in "$for_ever" "$for_a_while" "$stored"; do
	check "no cookie is shown" fails contains "$list" "${cookie#*=}"
done
check "of one user" test "$(ctl session list --user bob@hbtn.io | sort)" = "$(grep bob@ <<<"$list" | sort)"
check "of nobody" fails ctl session list --user nobody@example.org
json=$(ctl session list --json)
check "as JSON, too" test "$(jq -r '.[] | .created_at + "  " + .last_seen_at + "  " +
	(.expires_at // "never              ") + "  " + .kind + "  " + .email + "  " + .id' <<<"$json" | sort)" = "$(sort <<<"$list")"
check "with the id of the user" test "$(jq -r '.[0].user_id | length' <<<"$json")" = 36
check "of one user as JSON" test "$(ctl session list --json --user ann@example.org | jq length)" = 1
check "the user sees the same handle" test \
	"$(curl -s "$(url db)/auth_session/sessions" -b "$stored" | jq -r '.[0].id')" = \
	"$(jq -r '.[] | select(.kind == "stored").id' <<<"$json")"
check "stats count them" stat_is "login sessions" 3
check "and what has begun" stat_is "begun or restored" 3

check "end" contains "$(ctl session end bob@hbtn.io)" "2 login sessions ended"
check "is at once, for one" status 403 "$(url)/users/me" -b "$for_ever"
check "and the other" status 403 "$(url exp)/users/me" -b "$for_a_while"
check "an empty list is one, too" test "$(ctl session list --json --user bob@hbtn.io)" = "[]"
check "the user can sign in again" test -n "$(login main bob@hbtn.io "pw bob")"
one=$(login db bob@hbtn.io "pw bob")
handle=$(ctl session list --user bob@hbtn.io | awk '/stored/ { print $NF }')
check "one alone is ended by its handle" contains "$(ctl session end "$handle")" "1 login session ended"
check "it is over" status 403 "$(url db)/users/me" -b "$one"
check "also in the file" test "$(ctl session export | grep -c user_id)" = 1
check "the other one of this user is not" test "$(ctl session list --user bob@hbtn.io | wc -l)" = 1
check "once" says 1 "no login session has the handle $handle" ctl session end "$handle"
check "all of one user" contains "$(ctl session end --user bob@hbtn.io)" "1 login session ended"
check "one way at a time" says 2 "takes one of" ctl session end --user bob@hbtn.io --all
check "or two" says 2 "takes one of" ctl session end "$handle" --all
check "and one at least" says 2 "takes one of" ctl session end
check "not those of a site, which nobody knows" says 2 "under another AUTH_REALM none" ctl session end \
	--all --realm intranet
check "nor a list of them" says 2 "--realm is no option of session list" ctl session list --realm intranet
check "what a command does not heed it refuses" says 2 "--all is no option of session stats" ctl session stats --all
others=$(login main bob@hbtn.io "pw bob")
check "others are still in" status 200 "$(url db)/users/me" -b "$stored"
check "a stored one" contains "$(ctl session end ann@example.org)" "1 login session ended"
check "ends likewise" status 403 "$(url db)/users/me" -b "$stored"
check "and is gone from the file" test "$(ctl session export)" = "{}"
check "a user without sessions is no error" contains "$(ctl session end ann@example.org)" "0 login sessions ended"
check "an unknown user is one" fails ctl session end nobody@example.org

stored=$(login db ann@example.org "pw ann")
id=$(ctl user list | awk '/ann@/ { print $1 }')
ctl user delete ann@example.org >/dev/null
check "everybody's" contains "$(login db bob@hbtn.io "pw bob" >/dev/null; ctl session end --all)" "2 login sessions ended"
check "are over" status 403 "$(url)/users/me" -b "$others"
check "nobody is left" test -z "$(ctl session list)"
check "nor in the file" test "$(ctl session export)" = "{}"
check "the program goes on" test -n "$(login main bob@hbtn.io "pw bob")"
check "a deleted user has no line" fails contains "$(ctl session list)" "$id"
check "one line is left" test "$(ctl session list | wc -l)" = 1

# Damage that the program itself does not come by: the second byte of the count of sessions, 256
# bytes into the control page (doc/session-table.md).
table=$T/run/sessions.table
if [ -f "$table" ]; then
	printf '\7' | dd of="$table" bs=1 seek=$((4096 + 256 + 1)) conv=notrunc status=none
	said=$(ctl session check 2>&1)
	check "a damaged table fails the check" test $? = 1
	check "which names the damage" contains "$said" "2 entries, 1794 counted"
	check "and the way out" contains "$said" "stop every process that uses it and remove it"
	# The kind of the lock, in the words of the C library: then nobody can take it.
	printf '\7' | dd of="$table" bs=1 seek=$((4096 + 16)) conv=notrunc status=none
	said=$(ctl session end bob@hbtn.io 2>&1)
	check "what cannot be ended is said" test $? = 1
	check "in the words of the table, not of the users" contains "$said" \
		"cannot end the login sessions: the session table in $T/run is damaged"
	said=$(ctl user passwd bob@hbtn.io <<<"pw new" 2>&1)
	check "a password that is changed before that" test $? = 1
	check "is not told as unchanged" contains "$said" "the password is changed, and login sessions"
	check "and what failed is said too" contains "$said" "cannot end the login sessions: the"
	said=$(ctl user delete bob@hbtn.io 2>&1)
	check "neither is a user who is deleted" contains "$said" "the user is deleted; the login sessions"
	check "and the user is" fails contains "$(ctl user list)" "bob@"
fi
