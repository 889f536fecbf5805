#!/bin/bash
# user add, list, passwd, delete: effective at once in every process.
. "$(dirname "$0")/lib.sh"

start main AUTH_TYPE=session_auth -- basic AUTH_TYPE=basic_auth -- none AUTH_TYPE=none
ctl() {
	"$site" ctl "$T" "$@"
}
fails() {
	! "$@"
}
check "there is no user at first" test "$(curl -s "$(url none)/stats" | tr -d ' \n')" = '{"users":0}'
check "the list is empty" test -z "$(ctl user list)"
check "add, password from standard input" ctl user add bob@hbtn.io <<<"pw one"
check "add, with names" ctl user add ann@example.org --first-name Ann --last-name Lee <<<"pw two"
check "the names are there" contains "$(curl -s "$(url none)/users")" '"last_name": "Lee"'
check "the list has both" contains "$(ctl user list)" ann@example.org
check "bob can sign in" test -n "$(login main bob@hbtn.io "pw one")"
check "an address twice is refused" fails ctl user add bob@hbtn.io <<<"x"
check "an empty password is refused" fails ctl user add new@example.org <<<""
check "no password at all is refused" fails ctl user add new@example.org </dev/null
check "an empty address is refused" fails ctl user add "" <<<"x"
check "a password over 1024 bytes is refused" fails ctl user add new@example.org <<<"$(head -c 1025 /dev/zero | tr '\0' x)"
check "a password is no argument" fails ctl user add new@example.org "pw" <<<"pw"
for address in 'not an email' bob @example.org bob@ b@b@example.org bob:x@example.org $'new\u202e@example.org'; do
	check "$address is no address" fails ctl user add "$address" <<<"pw"
done
check "none of them was made" test "$(curl -s "$(url none)/stats" | tr -d ' \n')" = '{"users":2}'

# A name may be anything; the list shows what is not to be seen.
check "a name that turns the direction of text" ctl user add odd@example.org \
	--first-name $'a\u202eb\\\x1b[31m' --last-name $'\u00fc' <<<"pw"
check "is shown escaped" contains "$(ctl user list)" 'odd@example.org  (a\u202eb\\\x1b[31m ü)'
check "is deleted" ctl user delete odd@example.org

# One line is the password; how it ends depends on where the file was made.
add_ending() {
	printf '%b' "$2" | ctl user add "$1"
}
check "a line that ends in CR LF" add_ending crlf@example.org 'pw crlf\r\nnext\r\n'
check "has no CR in its password" test -n "$(login main crlf@example.org "pw crlf")"
check "a line without an end" add_ending none@example.org 'pw none'
check "is whole" test -n "$(login main none@example.org "pw none")"
check "a CR elsewhere" add_ending cr@example.org 'pw\rcr\r'
check "is part of the password" test -n "$(login main cr@example.org $'pw\rcr\r')"
check "of two CRs one is" add_ending two@example.org 'pw two\r\r\n'
check "part of the password" test -n "$(login main two@example.org $'pw two\r')"
check "CR LF alone is an empty password" fails add_ending empty@example.org '\r\n'
longest=$(head -c 1024 /dev/zero | tr '\0' x)
check "1024 bytes and CR LF" add_ending longest@example.org "$longest\\r\\n"
check "fit" test -n "$(login main longest@example.org "$longest")"
check "1025 bytes and CR LF do not" fails add_ending longer@example.org "x$longest\\r\\n"
for name in crlf none cr two longest; do
	check "$name is deleted" ctl user delete "$name@example.org"
done

session=$(login main bob@hbtn.io "pw one")
check "Basic with the old password" status 200 "$(url basic)/users/me" -u "bob@hbtn.io:pw one"
check "passwd" ctl user passwd bob@hbtn.io <<<"pw three"
check "the old password is refused at once, Basic" status 403 "$(url basic)/users/me" -u "bob@hbtn.io:pw one"
check "the new one is good at once, Basic" status 200 "$(url basic)/users/me" -u "bob@hbtn.io:pw three"
check "the old password is refused, login" test -z "$(login main bob@hbtn.io "pw one")"
check "the new one is good, login" test -n "$(login main bob@hbtn.io "pw three")"
check "passwd of nobody fails" fails ctl user passwd nobody@example.org <<<"x"

if [ "$BACKEND" != cgi ]; then
	# Sessions would end in a table that nobody looks at.
	check "passwd with another run directory is refused" fails "$BUILD/sessiongatectl" \
		--data-dir "$T/data" --run-dir "$T/elsewhere" user passwd bob@hbtn.io <<<"pw four"
	check "and has changed nothing" test -n "$(login main bob@hbtn.io "pw three")"
fi

session=$(login main ann@example.org "pw two")
check "ann is in" status 200 "$(url)/users/me" -b "$session"
check "delete" ctl user delete ann@example.org
check "her session is over at once" status 403 "$(url)/users/me" -b "$session"
check "she is not in the list" fails contains "$(ctl user list)" ann@example.org
check "delete of nobody fails" fails ctl user delete ann@example.org
check "bob is still there" test -n "$(login main bob@hbtn.io "pw three")"

# A copy, with a run directory that cannot be: salvage works on the journals alone.
cp -a "$T/data" "$T/copy"
salvage() {
	"$BUILD/sessiongatectl" --data-dir "$T/copy" --run-dir /proc/nowhere/run journal salvage "$@"
}
check "salvage needs no run directory" contains "$(salvage User)" " 0 damaged places"
check "nor for the sessions" contains "$(salvage UserSession)" " 0 damaged places"
check "salvage knows two names" fails salvage Other

# A file that may not grow stands for a full disk.
copy() {
	"$BUILD/sessiongatectl" --data-dir "$T/copy" --run-dir "$T/copy-run" "$@"
}
check "the copy has its users" contains "$(copy user list)" bob@hbtn.io
said=$(
	trap '' XFSZ
	ulimit -f 0
	echo pw | copy user add full@example.org 2>&1
)
check "a refused change names the file" contains "$said" "$T/copy/User.jsonl: cannot append: File too large"
check "and the directory" contains "$said" "cannot make this user in $T/copy"
check "and has changed nothing" fails contains "$(copy user list)" full@example.org
check "an unknown command fails" fails ctl user frobnicate
check "no command fails" fails ctl
