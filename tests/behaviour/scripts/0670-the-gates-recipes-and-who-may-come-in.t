#!/bin/bash
# sessiongatectl gate: the shipped recipes as they stand, and whom a requirement lets in.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = nginx ] || skip_all "once is enough: it depends on no BACKEND"

start main AUTH_TYPE=session_auth
ctl() {
	"$site" ctl "$T" "$@"
}
# prints SERVER FILE...: the recipe is these files, and a line before each.
prints() {
	local server=$1
	shift
	diff <(ctl gate recipe "$server" | grep -vE '^(# |-- )====|^$') <(cat "$@" | grep -v '^$')
}
check "nginx" prints nginx "$root"/nginx/sessiongate_gate.conf \
	"$root"/nginx/sessiongate_gate_{server,params,check,identity,fastcgi}
check "lighttpd" prints lighttpd "$root"/lighttpd/sessiongate-gate.{conf,lua}
check "apache" prints apache "$root"/doc/gate-apache.conf
check "caddy" prints caddy "$root"/doc/gate-Caddyfile
check "no other" says 1 "no recipe for haproxy" ctl gate recipe haproxy
needs_nothing() {
	env -i "$BUILD/sessiongatectl" --data-dir "$T/nowhere" gate recipe nginx
}
check "it needs no users" says 0 "auth_request" needs_nothing

check "add ann" ctl user add ann@example.org <<<"pw"
check "into a group" ctl user group add ann@example.org staff
explains() {
	says "$1" "$2" ctl gate explain ann@example.org --require "$3"
}
check "anybody signed in" says 0 "let in: AUTH_REQUIRE \"any\"" ctl gate explain ann@example.org
check "the group" explains 0 "let in: " "group:admin group:staff"
check "the address" explains 0 "let in: " user:ann@example.org
check "another group" explains 1 'not let in: AUTH_REQUIRE "group:admin" fits neither' group:admin
check "a term that is none" explains 1 "lets nobody in: AUTH_REQUIRE must be" "group:admin staff"
check "no terms" explains 1 "lets nobody in" ""
check "disabled" ctl user disable ann@example.org
check "lets nobody in" explains 1 "but the user is disabled" any
check "no such user" says 1 'no user has the address "eve@example.org"' ctl gate explain eve@example.org
