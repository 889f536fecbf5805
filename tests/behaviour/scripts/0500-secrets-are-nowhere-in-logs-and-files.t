#!/bin/bash
# After logins, right and wrong, by cookie and by Basic: no id and no password is in a log or a
# file, in any form a thief could use.
. "$(dirname "$0")/lib.sh"

NGINX_ACCESS_LOG="" start memory AUTH_TYPE=session_auth -- \
	database AUTH_TYPE=session_db_auth SESSION_DURATION=600 -- basic AUTH_TYPE=basic_auth -- \
	none AUTH_TYPE=none
password='Tr0ub4dor&3-secret'
typo='Tr0ub4dor&3-typo'
check "a user is made" "$site" user "$T" bob@hbtn.io "$password"
sessions=()
for _ in 1 2 3 4 5; do
	sessions+=("$(login memory bob@hbtn.io "$password")" "$(login database bob@hbtn.io "$password")")
	login memory bob@hbtn.io "$typo" >/dev/null
	login memory nobody@hbtn.io "$typo" >/dev/null
	curl -s -o /dev/null "$(url basic)/users/me" -u "bob@hbtn.io:$password"
	curl -s -o /dev/null "$(url basic)/users/me" -u "bob@hbtn.io:$typo"
	curl -s -o /dev/null "$(url basic)/users/me" -H "Authorization: $password"
done
check "a session is good" status 200 "$(url memory)/users/me" -b "${sessions[0]}"
check "one ends" status 200 "$(url memory)/auth_session/logout" -b "${sessions[0]}" -XDELETE
curl -s -o /dev/null "$(url memory)/users/me" -b "${sessions[0]}"
curl -s -o /dev/null "$(url none)/users" -H 'Content-Type: application/json' -d "{\"email\": \"x@y\", \"password\": \"$password\""
curl -s -o /dev/null "$(url none)/users" -H 'Content-Type: application/json' -d "{\"email\": [\"$password\"], \"password\": \"$password\"}"

# As text, without hyphens, as Base64, as 16 raw bytes; in the logs and everything below data/, run/.
forms() {
	local id=${1#*=} hex
	hex=${id//-/}
	printf '%s\n' "$id" "$hex"
	printf '%s' "$id" | base64 | tr -d '=\n'
	echo
	printf '%s' "$hex" | sed 's/../\\x&/g' | xargs -0 printf '%b' | base64 | cut -c1-20
}
nowhere() {
	# -a: the shared table is binary.  The 16 raw bytes as a Perl expression.
	local raw
	if grep -raqF -f "$T.forms" "$T/data" "$T/run" "$T"/*.log; then
		grep -raoF -f "$T.forms" "$T/data" "$T/run" "$T"/*.log
		return 1
	fi
	for session in "${sessions[@]}"; do
		raw=${session#*=}
		raw=$(sed 's/-//g; s/../\\x&/g' <<<"$raw")
		! LC_ALL=C grep -raqP "$raw" "$T/data" "$T/run" "$T"/*.log || {
			echo "the 16 bytes of $session"
			return 1
		}
	done
}
for session in "${sessions[@]}"; do forms "$session"; done | sort -u >"$T.forms"
for secret in "$password" "$typo" "bob@hbtn.io:$password"; do
	printf '%s\n' "$secret"
	printf '%s' "$secret" | base64 | tr -d '=\n'
	echo
done >>"$T.forms"
clean_up() {
	rm -f "$T.forms"
}
check "ten sessions, four forms each, and two passwords were looked for" test "$(wc -l <"$T.forms")" -ge 40
check "no id and no password in any log or file" nowhere
check "the search finds what is there" bash -c "printf '%s' '${sessions[1]#*=}' >'$T/data/planted'; ! grep -raqF -f '$T.forms' '$T/data' && exit 1; rm '$T/data/planted'"
check "the data directory is the owner's alone" test "$(stat -c %a "$T/data")" = 700
check "no file in it is open to others" test -z "$(find "$T/data" "$T/run" -type f -perm /077)"
check "the key may only be read" test -z "$(find "$T/data" -name '*key*' -type f ! -perm 400)"
