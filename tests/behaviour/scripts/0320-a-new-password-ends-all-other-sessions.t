#!/bin/bash
# Four workers: a changed password ends all other sessions of the user, of every type, at all workers
# before its answer leaves; the one that asked goes on under a new id; stored ones stay ended.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

start --option --workers --option 4 \
	session_auth AUTH_TYPE=session_auth -- \
	session_exp_auth AUTH_TYPE=session_exp_auth SESSION_DURATION=600 -- \
	session_db_auth AUTH_TYPE=session_db_auth SESSION_DURATION=600 LOGIN_THROTTLE=off -- \
	other_realm AUTH_TYPE=session_db_auth AUTH_REALM=other -- \
	basic_auth AUTH_TYPE=basic_auth
sites="session_auth session_exp_auth session_db_auth other_realm"
check "a user is made" "$site" user "$T" bob@hbtn.io pw0
check "another one" "$site" user "$T" eve@hbtn.io pw
check "four workers run" test "$(workers | wc -l)" -ge 4

# everywhere WANT SITE SESSION
everywhere() {
	all_are "$1" 100 "$(url "$2")/users/me" -b "$3"
}
# change SITE OLD NEW CURL_ARGUMENT...: the cookie of the answer goes to $T/cookie.
change() {
	local site=$1 old=$2 new=$3
	shift 3
	status 200 -XPUT "$(url "$site")/users/me/password" -d "current_password=$old" -d "new_password=$new" "$@" ||
		return
	tr -d '\r' <"$T/head" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p' >"$T/cookie"
}
hers=$(login session_db_auth eve@hbtn.io pw)
n=0
for type in session_auth session_exp_auth session_db_auth basic_auth; do
	others=()
	for site_name in $sites; do
		for _ in 1 2; do others+=("$site_name $(login "$site_name" bob@hbtn.io "pw$n")"); done
	done
	if [ $type = basic_auth ]; then
		check "$type: the password is changed" change $type "pw$n" "pw$((n + 1))" -u "bob@hbtn.io:pw$n"
		check "$type: no cookie comes" test ! -s "$T/cookie"
		check "$type: the old password is wrong" status 403 "$(url $type)/users/me" -u "bob@hbtn.io:pw$n"
		check "$type: the new one is right" status 200 "$(url $type)/users/me" -u "bob@hbtn.io:pw$((n + 1))"
	else
		mine=$(login $type bob@hbtn.io "pw$n")
		check "$type: the password is changed" change $type "pw$n" "pw$((n + 1))" -b "$mine"
		new=$(cat "$T/cookie")
		check "$type: the session has a new id" test -n "$new" -a "$new" != "$mine"
		check "$type: which is good at all workers" everywhere 200 $type "$new"
		check "$type: the old id is dead at all workers" everywhere 403 $type "$mine"
	fi
	n=$((n + 1))
	for other in "${others[@]}"; do
		check "$type: another session of ${other%% *} has ended" everywhere 403 "${other%% *}" "${other#* }"
	done
	check "$type: eve's goes on" everywhere 200 session_db_auth "$hers"
done

# A stored one that ended stays ended, and the new one is stored.
first=$(login session_db_auth bob@hbtn.io "pw$n")
mine=$(login session_db_auth bob@hbtn.io "pw$n")
check "once more" change session_db_auth "pw$n" last -b "$mine"
new=$(cat "$T/cookie")
"$site" stop-program "$T"
find "$T/run" -mindepth 1 -delete
check "it starts with a new session table" "$site" start-program "$T"
check "the new id is good" status 200 "$(url session_db_auth)/users/me" -b "$new"
for session in "$first" "$mine" "${others[@]#* }"; do
	check "one that ended is still ended" status 403 "$(url session_db_auth)/users/me" -b "$session"
done
check "the log says who did it" has_logged $((n + 1)) 'event=password-changed .*user=\([0-9a-f-]*\) actor=\1' "$T/program.log"
check "and never the password" test "$(grep -cE 'pw[0-9]|=last' "$T/program.log")" = 0

# Many want to change it at once, each from a session of its own: one has it, and its session alone goes on.
sessions=()
for _ in 1 2 3 4 5 6 7 8; do sessions+=("$(login session_db_auth bob@hbtn.io last)"); done
for i in "${!sessions[@]}"; do
	curl -s -o /dev/null -D "$T/race.$i" -w '%{http_code}' -XPUT "$(url session_db_auth)/users/me/password" \
		-b "${sessions[$i]}" -d current_password=last -d "new_password=won$i" >"$T/race.$i.status" &
done
wait
check "one of eight wins" test "$(cat "$T"/race.*.status | grep -o 200 | wc -l)" = 1
check "the others are refused" test "$(cat "$T"/race.*.status | grep -o 403 | wc -l)" = 7
for i in "${!sessions[@]}"; do
	if [ "$(cat "$T/race.$i.status")" = 200 ]; then
		new=$(tr -d '\r' <"$T/race.$i" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p')
		check "its session goes on" everywhere 200 session_db_auth "$new"
		check "its password is right" test -n "$(login session_db_auth bob@hbtn.io "won$i")"
	fi
	check "the session that asked has ended" everywhere 403 session_db_auth "${sessions[$i]}"
done
