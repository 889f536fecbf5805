#!/bin/bash
# lighttpd asks for a password of its own in front of everything, and so sets AUTH_TYPE to "Basic"
# as RFC 3875 has it.  setenv.set-environment wins over that; without it nothing opens.

if [ "${1:-}" = --edit ]; then
	directory=$(dirname "$2")
	echo 'guard:secret' >"$directory/passwords"
	cat >>"$2" <<END
server.modules += ( "mod_auth", "mod_authn_file" )
auth.backend = "plain"
auth.backend.plain.userfile = "$directory/passwords"
auth.require = ( "/" => ( "method" => "basic", "realm" => "outer", "require" => "valid-user" ) )
END
	exit
fi

. "$(dirname "$0")/lib.sh"
[ "$BACKEND" != nginx ] || skip_all "nginx never sets AUTH_TYPE"

# The web server asks even for the status: a site that is up answers 401 until then.
SITE_EDIT=$0 start session AUTH_TYPE=session_auth -- silent OTHER=1 -- open AUTH_TYPE=none
check "a user is made" "$site" user "$T" bob@hbtn.io pw
check "the web server's own 401" status 401 "$(url session)/status"
check "set-environment wins: the status is open" status 200 "$(url session)/status" -u guard:secret
session=$(curl -s -o /dev/null -D - "$(url session)/auth_session/login" -u guard:secret \
	-d email=bob@hbtn.io -d password=pw | tr -d '\r' | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p')
check "a session opens" status 200 "$(url session)/users/me" -u guard:secret -b "$session"
check "the outer password alone does not" status 403 "$(url session)/users/me" -u guard:secret
check "AUTH_TYPE=none is none" status 200 "$(url open)/users" -u guard:secret
check "without set-environment AUTH_TYPE is Basic, and opens nothing" status 500 \
	"$(url silent)/status" -u guard:secret
check "not even with a session" status 500 "$(url silent)/users/me" -u guard:secret -b "$session"
