#!/bin/bash
# throttle list, lift; and the examples for fail2ban and for limit_req of nginx.

# The example of nginx/sessiongate.conf, into the site's own configuration.
if [ "${1:-}" = --edit ]; then
	example=$(cd "$(dirname "$0")/../../.." && sed -n '/To keep floods of logins/,/^$/s/^\t#     //p' nginx/sessiongate.conf)
	zone=$(grep '^limit_req_zone' <<<"$example")
	# shellcheck disable=SC2016 # the dollars are those of nginx
	location=$(sed '/^limit_req_zone/d; s/include sessiongate_location;/fastcgi_param REQUEST_METHOD $request_method; fastcgi_param SCRIPT_NAME $fastcgi_script_name; fastcgi_param REMOTE_ADDR $remote_addr; fastcgi_param CONTENT_TYPE $content_type; fastcgi_param CONTENT_LENGTH $content_length; fastcgi_pass sessiongate;/' <<<"$example")
	case $2 in
	*/nginx.conf) awk -v zone="$zone" -v location="$location" '
		{ print }
		/^http \{/ { print zone }
		/listen / && ++n == 2 { print location }' "$2" >"$2.new" && mv "$2.new" "$2" ;;
	esac
	exit
fi

. "$(dirname "$0")/lib.sh"
not_lighttpd

# The second server has the example.
SITE_EDIT=$0 start --env SESSIONGATE_THROTTLE_WAIT=512 main AUTH_TYPE=session_auth -- limited AUTH_TYPE=session_auth
ctl() {
	"$site" ctl "$T" "$@"
}
fails() {
	! "$@"
}
form() {
	status "$1" "$(url)/auth_session/login" --data-urlencode "email=$2" --data-urlencode "password=$3"
}
"$site" user "$T" bob@hbtn.io "pw bob" >/dev/null
check "nobody waits at first" test -z "$(ctl throttle list)"
for i in 1 2 3 4 5; do
	form 401 bob@hbtn.io x
	form 404 eve@hbtn.io x
done
for i in 1 2 3 4 5 6 7 8 9; do
	"$site" sleep "$T" $((i < 7 ? 60 : 512))
	form 401 bob@hbtn.io x
done
check "bob waits" form 429 bob@hbtn.io "pw bob"
digest='[0-9a-f]{16}'
list=$(ctl throttle list)
has_line() {
	grep -qE "^$1\$" <<<"$list" || {
		echo "$list"
		return 1
	}
}
check "he is listed with his network" has_line " +14 +[0-9]+ s  $digest  $digest  bob@hbtn\\.io"
check "and alone" has_line " +[0-9]+ +0 s  all networks      $digest  bob@hbtn\\.io"
check "the network too" has_line " +[0-9]+ +0 s  $digest  all users       "
check "nobody else waits" test "$(awk '$2 > 0' <<<"$list" | wc -l)" = 1
bob=$(ctl throttle list bob@hbtn.io)
check "the list of one user" test "$(wc -l <<<"$bob")" = 2 -a "$(grep -c bob@hbtn.io <<<"$bob")" = 2
network=$(ctl throttle list 127.0.0.1)
check "the list of a network" has_line "$(grep -E 'all users' <<<"$network")"
check "it may be written so" test "$(ctl throttle list 127.0.0.1/32 | cut -c1-10)" = "$(cut -c1-10 <<<"$network")"
check "another has no line" test -z "$(ctl throttle list 192.0.2.1)"
check "nor has another user" test -z "$(ctl throttle list ann@hbtn.io)"
check "another user's is not lifted" says 0 "0 counts forgotten" ctl throttle lift ann@hbtn.io
check "so he waits on" form 429 bob@hbtn.io "pw bob"
check "without a word whose it is wrong usage" says 2 "or --all" ctl throttle lift
check "and with two" says 2 "or --all" ctl throttle lift bob@hbtn.io --all
check "his is" says 0 "2 counts forgotten" ctl throttle lift bob@hbtn.io
check "then he is let in" form 200 bob@hbtn.io "pw bob"
form 401 bob@hbtn.io x
handle=$(ctl throttle list | awk '/bob/ && !/all/ { print $5 }')
check "by its digest" says 0 "2 counts forgotten" ctl throttle lift "$handle"
form 401 bob@hbtn.io x
check "those of a network" says 0 "2 counts forgotten" ctl throttle lift 127.0.0.1
check "all" says 0 "forgotten" ctl throttle lift --all
check "nothing is left" test -z "$(ctl throttle list)"

log=$T/program.log
[ "$BACKEND" != cgi ] || log=$T/server.log
if command -v fail2ban-regex >/dev/null; then
	n=$(grep -c 'event=login-failed' "$log")
	check "fail2ban sees each refusal, and nothing else" says 0 " $n matched, " \
		fail2ban-regex "$log" "$root/doc/fail2ban-filter.conf"
	check "and whose it is" test "$(fail2ban-regex -o ip "$log" "$root/doc/fail2ban-filter.conf" | sort -u)" = 127.0.0.1
	cat >"$T/others" <<'END'
Nov 28 17:44:01 host sessiongate[123]: level=info event=login-failed request=2e4 client=192.0.2.3 reason="wrong password"
{"time":"2026-11-28T17:44:01.582Z","level":"info","event":"login-failed","request":"a","client":"2001:db8::4","reason":"wrong password"}
time=2026-11-28T17:44:01.582Z level=info event=request request=2e4 client=192.0.2.1 method=GET path="/ level=info event=login-failed client=192.0.2.9 reason=" status=404
time=2026-11-28T17:44:01.582Z level=info event=login-failed request="a level=info client=192.0.2.9 reason=" client=192.0.2.5 reason="wrong password"
END
	check "so it does in syslog and JSON, and nothing that a client chose" test \
		"$(fail2ban-regex -o ip "$T/others" "$root/doc/fail2ban-filter.conf" | sort | tr '\n' ' ')" = \
		"192.0.2.3 192.0.2.5 2001:db8::4 "
else
	echo "# fail2ban is not installed"
fi
[ "$BACKEND" != nginx ] || {
	curl -s -o /dev/null -w '%{http_code}\n' "$(url limited)/auth_session/login?[1-40]" -d email=x >"$T/codes"
	check "limit_req lets the first ones through" test "$(head -1 "$T/codes")" = 400
	check "and keeps the others away" grep -q 429 "$T/codes"
	check "what is no login is not limited" status 401 "$(url limited)/users/me"
}
