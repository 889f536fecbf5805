#!/bin/bash
# --email-case fold: one address whatever the case of its letters; exact, the default: two.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" != cgi ] || skip_all "plain CGI has no command line"

start --option --email-case --option fold main AUTH_TYPE=session_auth -- basic AUTH_TYPE=basic_auth -- \
	none AUTH_TYPE=none
fails() {
	! "$@"
}
add() {
	status "$1" "$(url none)/users" -H 'Content-Type: application/json' -d "{\"email\": \"$2\", \"password\": \"pw\"}"
}
check "a user is made" add 201 Bob@hbtn.io
check "the address is shown as written" grep -q '"email": "Bob@hbtn.io"' "$T/answer"
check "another case is the same address" add 400 bob@HBTN.io
check "which is said" grep -q "Can't create User: email already exists" "$T/answer"
check "he signs in with it" test -n "$(login main bob@hbtn.io pw)"
check "and as written" test -n "$(login main Bob@hbtn.io pw)"
check "with his own password alone" test -z "$(login main bob@hbtn.io PW)"
check "by Basic as well" status 200 "$(url basic)/users/me" -u BOB@HBTN.IO:pw
check "the operator finds him too" "$site" ctl "$T" --email-case fold user delete bob@hbtn.io
check "he is gone" status 403 "$(url basic)/users/me" -u Bob@hbtn.io:pw

"$site" stop-program "$T"
sed -i 's/^fold$/exact/' "$T/options"
check "with exact" "$site" start-program "$T"
check "a user is made once" add 201 Bob@hbtn.io
check "and twice" add 201 bob@hbtn.io
operator_adds() {
	"$site" ctl "$T" user add "$@"
}
check "the operator makes none that differs so" says 1 "email already exists in another case of letters" \
	operator_adds BOB@hbtn.io <<<"pw"
check "a third does not sign in" test -z "$(login main BOB@hbtn.io pw)"
