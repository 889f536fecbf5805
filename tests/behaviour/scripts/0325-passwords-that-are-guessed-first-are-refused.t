#!/bin/bash
# --password-blocklist and PASSWORD_MIN: over the API, by the operator's command, and after a reload.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

list=$root/share/common-passwords.txt
cp "$list" "$T.list" && mv "$T.list" "$T/list"
echo "SESSIONGATE_PASSWORD_BLOCKLIST=$T/list" >"$T/config"
start --option --config --option "$T/config" main AUTH_TYPE=session_auth AUTH_REALM="Ann's Shop"
check "a user is made" "$site" user "$T" bob@hbtn.io 'a good one'
session=$(login main bob@hbtn.io 'a good one')
# refused WHY PASSWORD: as a new one, with that reason.
refused() {
	status 400 -XPUT "$(url)/users/me/password" -b "$session" -d 'current_password=a good one' \
		--data-urlencode "new_password=$2" || return
	grep -qF "new_password is $1" "$T/answer"
}
# taken PASSWORD, for a new user
taken() {
	n=$((${n:-0} + 1))
	status 201 "$(url)/users" -b "$session" -H 'Content-Type: application/json' \
		-d "$(jq -n --arg password "$1" "{\$password, email: \"new$n@hbtn.io\"}")"
}
check "the shipped list has 3000 passwords and more" test "$(grep -vc '^#!' "$list")" -ge 3000
check "3000 and more of them have 8 characters or more" test "$(grep -v '^#!' "$list" | grep -cE '^.{8}')" -ge 3000
check "one of it" refused 'one of those' password
check "in upper case" refused 'one of those' PassWord
check "twice" refused 'one of those' passwordpassword
check "one character, fifteen times" refused 'one of those' aaaaaaaaaaaaaaa
check "the address" refused "the user's address" BOB@hbtn.io
check "what stands before its @" refused "the user's address" bob
check "the name of the site" refused 'the name of the service' "Ann's shop"
check "the name of the program" refused 'the name of the service' sessiongate
check "no other is refused" taken 'correct horse battery staple'

# Each of them, to the last: many in one request each, on one connection.
all_refused() {
	grep -v '^#!' "$list" | jq -R -r --arg url "$(url)/users" \
		'"url = \"\($url)\"\nheader = \"Content-Type: application/json\"\ndata = \({password: ., email: "eve@hbtn.io"} | tojson | tojson)\noutput = /dev/null\nwrite-out = \"%{http_code}\\n\"\ncookie = \"'"$session"'\"\nnext"' >"$T/requests"
	curl -s --config "$T/requests" | sort | uniq -c | tr -s ' ' >"$T/said"
	cat "$T/said"
	[ "$(cat "$T/said")" = " $(grep -vc '^#!' "$list") 400" ]
}
check "each of the list is refused for a new user" all_refused

# The operator's command reads the same settings.
ctl() {
	"$site" ctl "$T" --config "$T/config" "$@"
}
ctl_says() {
	local want=$1 text=$2
	shift 2
	says "$want" "$text" ctl "$@"
}
check "user add refuses it too" ctl_says 1 'password is one of those that are guessed first: --any-password' user add ann@hbtn.io <<<dragon
check "unless it is told to" ctl user add ann@hbtn.io --any-password <<<dragon
check "so does passwd" ctl_says 1 "password is the user's address: --any-password" user passwd ann@hbtn.io <<<ann
PASSWORD_MIN=12 check "PASSWORD_MIN counts" ctl_says 1 'password is shorter than 12 characters' user passwd ann@hbtn.io <<<'too short'
PASSWORD_MIN=x check "one that is none is no default" ctl_says 1 'PASSWORD_MIN is no number from 0 to 64' user passwd ann@hbtn.io <<<'good enough it is'
check "nobody has changed it" test -n "$(login main ann@hbtn.io dragon)"
check "who has one of before gets in" test -n "$(login main ann@hbtn.io dragon)"

# The list is read again at SIGHUP; one that cannot be read changes nothing.
# is_listed PASSWORD: asked with an address that is taken, so that it makes no user.
is_listed() {
	status 400 "$(url)/users" -b "$session" -H 'Content-Type: application/json' \
		-d "$(jq -n --arg password "$1" '{$password, email: "bob@hbtn.io"}')" || return
	grep -qF 'password is one of those' "$T/answer"
}
check "what is not listed" test -z "$(is_listed 'correct horse battery staple' && echo listed)"
echo 'correct horse battery staple' >>"$T/list"
kill -HUP "$(program_pid)"
check "it is read again" soon is_listed 'correct horse battery staple'
mv "$T/list" "$T/gone"
kill -HUP "$(program_pid)"
check "a list that is gone is no reason to go on without" soon has_logged 1 'level=error event=reload.*password-blocklist: cannot read' "$T/program.log"
check "the old one counts" is_listed 'correct horse battery staple'
check "--check says so" says 1 "not ok  password-blocklist: password-blocklist: cannot read $T/list" \
	"$BUILD/sessiongate" --check --config "$T/config" --listen "unix:$T/sock" --data-dir "$T/data" --run-dir "$T/run"
check "nor does it start" says 1 'password-blocklist: cannot read' \
	timeout 60 "$BUILD/sessiongate" --config "$T/config" --listen "unix:$T/sock2" --data-dir "$T/data" --run-dir "$T/run"
PASSWORD_MIN=8x check "nor with a PASSWORD_MIN that is none" says 78 'PASSWORD_MIN' \
	timeout 60 "$BUILD/sessiongate" --listen "unix:$T/sock2" --data-dir "$T/data" --run-dir "$T/run"
