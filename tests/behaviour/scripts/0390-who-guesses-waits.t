#!/bin/bash
# After some wrong passwords the next one is not looked at before a while is over: by a form and by
# Basic, in whatever process, for users and for who is none.  Who is in stays in.
. "$(dirname "$0")/lib.sh"

# The longest wait is one that no machine is too slow for.
wait_s=512
start --env SESSIONGATE_BASIC_MEMORY=3600 --env SESSIONGATE_THROTTLE_WAIT=$wait_s main AUTH_TYPE=session_auth -- basic AUTH_TYPE=basic_auth -- \
	open AUTH_TYPE=session_auth LOGIN_THROTTLE=off -- operators SESSIONGATE_STATUS=on -- \
	device AUTH_TYPE=session_auth DEVICE_COOKIE=on -- \
	wrong AUTH_TYPE=session_auth LOGIN_THROTTLE=yes
for name in ann bob joe; do
	check "$name is made" "$site" user "$T" "$name@hbtn.io" "pw $name"
done
# form STATUS SITE EMAIL PASSWORD, basic likewise.
form() {
	status "$1" "$(url "$2")/auth_session/login" --data-urlencode "email=$3" --data-urlencode "password=$4"
}
basic() {
	status "$1" "$(url "$2")/users/me" -u "$3:$4"
}
answer_is() {
	[ "$(tr -d '\n' <"$T/answer")" = "$1" ]
}
# Of the answer before; what differs with each is left out.
fields() {
	tr -d '\r' <"$T/head" | grep -viE '^(Date|Server|Connection|Keep-Alive):' | sort
}
fields_but_the_wait() {
	fields | sed 's/^\(Retry-After: \)[1-9][0-9]*$/\1N/I'
}
retry_after() {
	fields | sed -n 's/^Retry-After: //Ip'
}
# long_wait COMMAND...: which is refused, again and again, until the next one waits so long.
long_wait() {
	local i
	for ((i = 1; i < wait_s; i *= 2)); do
		"$site" sleep "$T" $((i < 60 ? 60 : wait_s))
		"$@" || return
	done
}
is_wait() {
	[ "$(retry_after)" -ge 1 ] && [ "$(retry_after)" -le "$1" ]
}
session=$(login main bob@hbtn.io "pw bob")
check "a sign-in leaves a cookie for later" status 200 "$(url device)/auth_session/login" \
	-d email=bob@hbtn.io --data-urlencode "password=pw bob"
device=$(fields | sed -n 's/^Set-Cookie: \(_my_session_id_d=[^;]*\); Path=\/; HttpOnly; SameSite=Lax; Max-Age=31536000$/\1/Ip')
check "for a year" test -n "$device"
check "it is no session" status 401 "$(url)/users/me" -b "$device"
check "Basic is remembered" basic 200 basic bob@hbtn.io "pw bob"

for i in 1 2 3 4 5; do
	check "a wrong password, $i" form 401 main bob@hbtn.io x
done
check "they wait, and longer each time" long_wait form 401 main bob@hbtn.io x
check "the right one waits" form 429 main bob@hbtn.io "pw bob"
check "and says so as errors do" answer_is '{  "error": "Too many requests"}'
check "and for how long" is_wait $wait_s
fields_but_the_wait >"$T/known"
check "a wrong one waits as well" form 429 main bob@hbtn.io x
check "by Basic too" basic 429 basic bob@hbtn.io x
check "a session is as good as before" status 200 "$(url)/users/me" -b "$session"
[ "$BACKEND" = cgi ] || # no process remembers
	check "Basic that is remembered too" basic 200 basic bob@hbtn.io "pw bob"
check "other users do not wait" form 200 main ann@hbtn.io "pw ann"
check "where it is off nobody does" form 401 open bob@hbtn.io x
for i in 1 2 3 4 5; do
	check "an address that nobody has, $i" form 404 main eve@hbtn.io x
done
check "waits as well" long_wait form 404 main eve@hbtn.io x
check "as long" form 429 main eve@hbtn.io x
check "with the same answer" answer_is '{  "error": "Too many requests"}'
check "in each field" diff "$T/known" <(fields_but_the_wait)
"$site" stop-program "$T"
"$site" start-program "$T"
check "another process knows" form 429 main eve@hbtn.io "pw bob"
"$site" sleep "$T" $wait_s
check "then it is looked at" form 404 main eve@hbtn.io x
check "the right one of the other" form 200 main bob@hbtn.io "pw bob"
for i in 1 2 3 4 5; do
	check "ends it: a wrong one, $i" form 401 main bob@hbtn.io x
done

for i in 1 2 3 4 5; do
	check "a wrong password by Basic, $i" basic 403 basic joe@hbtn.io x
done
check "waits too" long_wait basic 403 basic joe@hbtn.io x
check "the right one as well" basic 429 basic joe@hbtn.io "pw joe"
check "without a challenge" test -z "$(fields | grep -i '^WWW-Authenticate')"
check "by the form too" form 429 main joe@hbtn.io "pw joe"
"$site" sleep "$T" 901
check "a quarter of an hour later nothing is known" basic 403 basic joe@hbtn.io x
check "and it is looked at" basic 200 basic joe@hbtn.io "pw joe"

"$site" sleep "$T" 901
n=0
form_of_another() {
	n=$((n + 1))
	form 404 main "user$n@hbtn.io" x
}
fifty() {
	for ((i = 0; i < 50; i++)); do
		printf 'next\nurl = "%s/auth_session/login"\ndata = "email=stranger%d&password=x"\n' "$(url)" $i
		printf 'output = /dev/null\nwrite-out = "%%{http_code}\\n"\n'
	done | sed 1d >"$T/requests"
	test "$(curl -s -K "$T/requests" | grep -c 404)" -eq 50
}
check "fifty of one network are looked at" fifty
check "then they wait" long_wait form_of_another
check "whoever they are" form 429 main ann@hbtn.io "pw ann"
check "but for who was in before, on his device" status 200 "$(url device)/auth_session/login" \
	-b "$device" -d email=bob@hbtn.io --data-urlencode "password=pw bob"
check "which helps nobody else" status 429 "$(url device)/auth_session/login" \
	-b "$device" -d email=ann@hbtn.io --data-urlencode "password=pw ann"
check "both are counted" bash -c "curl -s '$(url operators)' | grep -q '^sessiongate_logins_total{outcome=\"failed\"} [1-9]' &&
	curl -s '$(url operators)' | grep -q '^sessiongate_logins_total{outcome=\"throttled\"} [1-9]'"
check "another value opens nothing" form 500 wrong bob@hbtn.io "pw bob"
[ "$BACKEND" = cgi ] || {
	log=$T/program.log
	check "it is logged, by user and network" has_logged 1 \
		'level=warn event=login-throttled .*client=127.0.0.1 by="user and network" user=[^ ]* wait_s=[0-9]* n=1$' "$log"
	check "and by network" has_logged 1 'level=warn event=login-throttled .* by=network ' "$log"
	check "the wrong setting too" has_logged 1 'event=settings-unusable .*LOGIN_THROTTLE must be on or off' "$log"
	check "with no address of a user" test "$(grep -c '@' "$log")" -eq 0
}
check "nor is one in the table" test "$(grep -acE 'hbtn|127\.0\.0' "$T/run/failures.1")" -eq 0
