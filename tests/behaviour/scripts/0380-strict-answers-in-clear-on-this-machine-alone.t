#!/bin/bash
# AUTH_PROFILE=strict: plain http is for clients on the same machine, by the address that the web
# server sends.  What a client writes into its headers changes nothing, unless the operator has told
# the web server to believe them.
# shellcheck disable=SC2016 # the dollars are nginx's
if [ "${1:-}" = --edit ]; then
	case $2 in
	*/nginx.conf)
		# As a site behind a proxy has it: the client is who the proxy says.
		sed -i "s/^http {/http {\n\tset_real_ip_from 127.0.0.1;\n\treal_ip_header X-Real-IP;/" "$2"
		;;
	*)
		cat >>"$2" <<'END'
server.modules += ( "mod_extforward" )
extforward.forwarder = ( "127.0.0.1" => "trust" )
extforward.headers = ( "X-Real-IP" )
END
		;;
	esac
	exit
fi
. "$(dirname "$0")/lib.sh"

SITE_EDIT=$0 start strict AUTH_TYPE=session_auth AUTH_PROFILE=strict -- \
	https AUTH_TYPE=session_auth AUTH_PROFILE=strict HTTPS=on -- \
	standard AUTH_TYPE=session_auth
check "a user is made" "$site" user "$T" bob@hbtn.io pw
away="X-Real-IP: 192.0.2.7"
proto=
[ "$BACKEND" != nginx ] || proto="X-Forwarded-Proto: https"
form=(--data-urlencode email=bob@hbtn.io --data-urlencode password=pw)

check "on this machine it answers" status 200 "$(url strict)/status"
check "and signs in" status 200 "$(url strict)/auth_session/login" "${form[@]}"
for path in status users/me nothing auth_session/login; do
	check "from elsewhere it does not: /$path" status 403 "$(url strict)/$path" -H "$away"
	check "and says why" contains "$(cat "$T/answer")" '"error": "https required"'
done
check "no sign-in either" status 403 "$(url strict)/auth_session/login" -H "$away" "${form[@]}"
# mod_extforward of lighttpd believes X-Forwarded-Proto too, of those whom it is told to trust.
for header in ${proto:+"$proto"} "X-Forwarded-Ssl: on" "Forwarded: proto=https;for=127.0.0.1" \
	"X-Forwarded-For: 127.0.0.1" "HTTPS: on" "Request-Scheme: https" "Remote-Addr: 127.0.0.1" \
	"Server-Addr: 127.0.0.1"; do
	check "nor by the word of the client: $header" status 403 "$(url strict)/status" -H "$away" -H "$header"
done
check "over https it does" status 200 "$(url https)/status" -H "$away"
check "and signs in there" status 200 "$(url https)/auth_session/login" -H "$away" "${form[@]}"
check "under a name that no other host can set" grep -qi '^set-cookie: __Host-_my_session_id=.*; Secure' "$T/head"
check "without strict nothing of this holds" status 200 "$(url standard)/status" -H "$away"
# A CGI program's lines are in the web server's log.
check "the log has the way out" grep -q \
	'level=warn event=plain-http-refused .*remedy=".*let the web server send HTTPS=on"' "$T/program.log" "$T/server.log"
