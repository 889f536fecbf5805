#!/bin/bash
# sessiongatectl: groups of users, and users who may not sign in: in force at once in every process.
. "$(dirname "$0")/lib.sh"

start --env LOGIN_THROTTLE=off --option --workers=4 main AUTH_TYPE=session_auth -- stored AUTH_TYPE=session_db_auth -- basic AUTH_TYPE=basic_auth -- none AUTH_TYPE=none
ctl() {
	"$site" ctl "$T" "$@"
}
fails() {
	! "$@"
}
format() {
	head -1 "$T/data/User.jsonl" | grep -q "\"sessiongate journal $1\""
}
check "add bob" ctl user add bob@hbtn.io <<<"pw one"
check "add ann" ctl user add ann@example.org --first-name Ann <<<"pw two"

# ------------------------------------------------------------------------ groups
check "nobody is in a group" test -z "$(ctl group list)"
check "the journal is what an older program reads" format 1
check "into two groups" says 0 "groups: admin,staff" ctl user group add bob@hbtn.io staff admin
check "an older program would refuse the journal by name" format 2
check "the API does not show groups" fails contains "$(curl -s "$(url none)/users")" admin
check "ann into one" says 0 "groups: staff" ctl user group add ann@example.org staff
check "again changes nothing" says 0 "groups: staff" ctl user group add ann@example.org staff
check "the list of groups" test "$(ctl group list)" = $'admin  1 user\nstaff  2 users'
check "who is in one" contains "$(ctl group show staff)" ann@example.org
check "and who not" fails contains "$(ctl group show admin)" ann@example.org
check "the list of users has groups" contains "$(ctl user list)" "ann@example.org  (Ann)  groups: staff"
check "so has one user" contains "$(ctl user show bob@hbtn.io)" "groups      admin,staff"
check "out of one" says 0 "groups: staff" ctl user group remove bob@hbtn.io admin
check "out of one he is not in" says 0 "groups: staff" ctl user group remove bob@hbtn.io admin
check "a group of nobody" says 1 'nobody is in the group "admin"' ctl group show admin
for name in 'a b' 'a,b' '' ü "$(head -c 65 /dev/zero | tr '\0' x)"; do
	check "\"$name\" is no group" says 1 "a group's name is 1 to 64 letters" ctl user group add bob@hbtn.io "$name"
done
check "64 groups" ctl user group add ann@example.org g{1..63}
check "one more is too many" says 1 "more than 64 groups" ctl user group add ann@example.org g64
check "no such user" says 1 'no user has the address "eve@example.org"' ctl user group add eve@example.org staff
check "no group is wrong usage" says 2 "user group add takes EMAIL GROUP..." ctl user group add bob@hbtn.io
check "nor is a verb of half a name a verb" says 2 "no such command: user group" ctl user group
check "help has it" contains "$(ctl help)" "user group remove EMAIL GROUP..."
check "out of all" ctl user group remove ann@example.org g{1..63}

# ---------------------------------------------------------------------- disabled
# Whatever a disabled user tries: what a wrong password gets.
same_as_wrong() {
	local site
	for site in main stored; do
		curl -s -w '%{http_code}\n' "$(url $site)/auth_session/login" -d email="$1" -d password=wrong >"$T/wrong"
		curl -s -w '%{http_code}\n' "$(url $site)/auth_session/login" -d email="$1" -d "password=$2" >"$T/right"
		cat "$T/right"
		cmp "$T/wrong" "$T/right" || return
		grep -q '"wrong password"' "$T/right" || return
	done
	status 403 "$(url basic)/users/me" -u "$1:$2"
}
# By no worker.
refused_everywhere() {
	all_are 403 40 "$(url "$1")/users/me" -b "$2"
}
memory=$(login main bob@hbtn.io "pw one")
stored=$(login stored bob@hbtn.io "pw one")
ann=$(login main ann@example.org "pw two")
check "bob is in, by a session in memory" status 200 "$(url)/users/me" -b "$memory"
check "by a stored one" status 200 "$(url stored)/users/me" -b "$stored"
check "by Basic" status 200 "$(url basic)/users/me" -u "bob@hbtn.io:pw one"
check "disable" says 0 "disabled; all login sessions of this user ended" ctl user disable bob@hbtn.io
check "the session in memory is refused by every worker" refused_everywhere main "$memory"
check "so is the stored one" refused_everywhere stored "$stored"
check "and Basic, which was remembered" status 403 "$(url basic)/users/me" -u "bob@hbtn.io:pw one"
check "his right password is a wrong one" same_as_wrong bob@hbtn.io "pw one"
[ "$BACKEND" = cgi ] || check "the log tells why" soon has_logged 1 'event=login-failed .*reason="the user is disabled"' "$T/program.log"
check "ann is still in" status 200 "$(url)/users/me" -b "$ann"
check "the API does not show it" fails contains "$(curl -s "$(url none)/users")" disabled
check "the list of users does" contains "$(ctl user list)" "bob@hbtn.io  groups: staff  disabled"
check "so does one user" contains "$(ctl user show bob@hbtn.io)" "disabled    yes"
check "and the list of groups" contains "$(ctl group list)" "staff  2 users, 1 disabled"
check "disable again" ctl user disable bob@hbtn.io
check "another password lets nobody in" ctl user passwd bob@hbtn.io <<<"pw three"
check "it is a wrong one" same_as_wrong bob@hbtn.io "pw three"
check "another name does not either" status 200 "$(url none)/users/$(ctl user show bob@hbtn.io | sed -n 's/^id *//p')" \
	-X PUT -H 'Content-Type: application/json' -d '{"first_name": "Bob"}'
check "indeed" same_as_wrong bob@hbtn.io "pw three"
if [ "$BACKEND" != cgi ]; then
	"$site" stop-program "$T"
	"$site" start-program "$T"
fi
check "nor does a restart" same_as_wrong bob@hbtn.io "pw three"
check "enable" says 0 "enabled" ctl user enable bob@hbtn.io
check "enable again" says 0 "nothing to do" ctl user enable bob@hbtn.io
check "the old sessions are over" refused_everywhere main "$memory"
check "all of them" refused_everywhere stored "$stored"
check "he can sign in" test -n "$(login main bob@hbtn.io "pw three")"
check "everywhere" status 200 "$(url basic)/users/me" -u "bob@hbtn.io:pw three"
check "in his groups" contains "$(ctl user show bob@hbtn.io)" "groups      staff"
check "disable of nobody fails" says 1 "no user has the address" ctl user disable eve@example.org

# What is exported comes back as it was.
check "disabled once more" ctl user disable bob@hbtn.io
ctl user export >"$T/users"
mkdir -m 700 "$T/data2" "$T/run2"
other() {
	"$BUILD/sessiongatectl" --data-dir "$T/data2" --run-dir "$T/run2" "$@"
}
check "import elsewhere" other user import "$T/users"
check "has groups, and who is disabled" contains "$(other user list)" "groups: staff  disabled"
