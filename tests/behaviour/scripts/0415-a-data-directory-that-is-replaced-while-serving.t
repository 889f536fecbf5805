#!/bin/bash
# The data directory is renamed and copied under the serving program, or a .lock file in it is
# removed: all workers restart with what is there, and sessiongatectl changes nothing before they
# have.  A deleted user cannot go on signing in.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

start --env LOGIN_THROTTLE=off --option --workers --option 2 basic AUTH_TYPE=basic_auth -- database AUTH_TYPE=session_db_auth
for name in bob ann eve; do
	check "a user is made: $name" "$site" user "$T" "$name@hbtn.io" pw
done
cookie=$(login database ann@hbtn.io pw)

logged() {
	soon has_logged "$1" "$2" "$T/program.log"
}
# Every worker answers some of these.
always() {
	local want=$1
	shift
	all_are "$want" 60 "$@"
}
signs_in() {
	always "$1" "$(url basic)/users/me" -u "$2@hbtn.io:pw"
}
check "bob signs in" signs_in 200 bob

mv "$T/data" "$T/data.old"
cp -a "$T/data.old" "$T/data"
check "sessiongatectl deletes him" "$site" ctl "$T" user delete bob@hbtn.io
check "and he cannot sign in, in no worker" signs_in 403 bob
check "one line says why all have restarted" test 1 -eq "$(grep -c 'level=error event=data-dir-lost.*all workers restart' "$T/program.log")"
check "the others can" signs_in 200 eve
check "the stored session is good" always 200 "$(url database)/users/me" -b "$cookie"

rm "$T/data/User.jsonl.lock"
check "a .lock file is gone: sessiongatectl deletes another" "$site" ctl "$T" user delete eve@hbtn.io
check "and she cannot sign in, in no worker" signs_in 403 eve
check "ann can" signs_in 200 ann
check "and changes are taken" status 200 "$(url database)/auth_session/logout" -b "$cookie" -XDELETE
check "all restarted twice" logged 2 event=full-restart

mv "$T/data" "$T/gone"
check "away: a line says so, and nobody begins with an empty one" logged 1 "event=data-dir-lost.*put the directory back"
check "known users are served" signs_in 200 ann
mv "$T/gone" "$T/data"
check "it is back" logged 1 event=data-dir-back
check "no worker has died" test 0 -eq "$(grep -c event=worker-died "$T/program.log")"
