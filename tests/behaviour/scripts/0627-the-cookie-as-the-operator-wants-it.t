#!/bin/bash
# SESSION_REMEMBER, SESSION_REPLACE, SESSION_MAX_PER_USER and COOKIE_...: each changes what a login
# answers, and what of it.
. "$(dirname "$0")/lib.sh"

start main AUTH_TYPE=session_db_auth SESSION_DURATION=1h SESSION_REMEMBER=30d -- \
	host AUTH_TYPE=session_auth COOKIE_PREFIX=auto HTTPS=on SESSION_REMEMBER=1h -- \
	plain AUTH_TYPE=session_auth COOKIE_PREFIX=auto -- \
	strict AUTH_TYPE=session_auth COOKIE_SAME_SITE=strict -- \
	crossing AUTH_TYPE=session_auth COOKIE_SAME_SITE=none -- \
	domain AUTH_TYPE=session_auth COOKIE_DOMAIN=example.org -- \
	replacing AUTH_TYPE=session_db_auth SESSION_REPLACE=on -- \
	two AUTH_TYPE=session_db_auth SESSION_MAX_PER_USER=2
"$site" ctl "$T" user add bob@hbtn.io <<<pw >/dev/null
id='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

# sets SITE PATTERN CURL_ARGUMENT...: the login's Set-Cookie is that.
sets() {
	local pattern=$2
	curl -s -o "$T/answer" -D "$T/head" "$(url "$1")/auth_session/login" -d email=bob@hbtn.io \
		-d password=pw "${@:3}"
	tr -d '\r' <"$T/head" | grep -ixE "set-cookie: $pattern" || {
		cat "$T/head" "$T/answer"
		return 1
	}
}
name=_my_session_id
attributes="; Path=/; HttpOnly; SameSite=Lax"
check "a login that does not ask is not remembered" sets main "$name=$id$attributes"
check "one that asks is, but for no longer than the session lives" \
	sets main "$name=$id$attributes; Max-Age=3600" -d remember=1
check "of another word no" sets main "$name=$id$attributes" -d remember=yes
check "https, and a name that no neighbour can set" \
	sets host "__Host-$name=$id$attributes; Secure; Max-Age=3600" -d remember=1
cookie=$(login host bob@hbtn.io pw)
check "it is read by that name" status 200 "$(url host)/users/me" -b "$cookie"
check "and by no other" status 401 "$(url host)/users/me" -b "${cookie#__Host-}"
check "the challenge names it" contains \
	"$(curl -s -D - -o /dev/null "$(url host)/users/me")" "cookie-name=\"__Host-$name\""
check "two of that name, with different values, are none" \
	status 401 "$(url host)/users/me" -b "$cookie; __Host-$name=x"
check "two that are the same are one" status 200 "$(url host)/users/me" -b "$cookie; $cookie"
check "the logout expires it by that name" status 200 -X DELETE "$(url host)/auth_session/logout" -b "$cookie"
check "with all of its attributes" grep -qi \
	"^set-cookie: __Host-$name=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0; Expires=" "$T/head"
check "over plain http there is no prefix" sets plain "$name=$id$attributes"
check "SameSite=Strict" sets strict "$name=$id; Path=/; HttpOnly; SameSite=Strict"
check "SameSite=None without https is refused" status 500 "$(url crossing)/status"
check "a domain" sets domain "$name=$id$attributes; Domain=example.org" -H 'Host: www.example.org'
check "of another host it is refused" status 500 "$(url domain)/status" -H 'Host: example.net'

first=$(login replacing bob@hbtn.io pw)
check "a wrong password replaces nothing" status 401 "$(url replacing)/auth_session/login" \
	-d email=bob@hbtn.io -d password=x -b "$first"
check "the session goes on" status 200 "$(url replacing)/users/me" -b "$first"
check "a login with its cookie" status 200 "$(url replacing)/auth_session/login" \
	-d email=bob@hbtn.io -d password=pw -b "$first"
second=$(tr -d '\r' <"$T/head" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p')
check "gives another one" status 200 "$(url replacing)/users/me" -b "$second"
check "and ends it" status 403 "$(url replacing)/users/me" -b "$first"

a=$(login two bob@hbtn.io pw)
b=$(login two bob@hbtn.io pw)
c=$(login two bob@hbtn.io pw)
check "of three sessions of a user the oldest ends" status 403 "$(url two)/users/me" -b "$a"
check "the second lives" status 200 "$(url two)/users/me" -b "$b"
check "and the third" status 200 "$(url two)/users/me" -b "$c"

if [ "$BACKEND" != cgi ]; then
	check "the log tells of the cookies" has_logged 1 'event=cookie-ambiguous .*so none of them counts' "$T/program.log"
	check "and of the session that was replaced" has_logged 1 'level=info event=session-replaced' "$T/program.log"
fi
