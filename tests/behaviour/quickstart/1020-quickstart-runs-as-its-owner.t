#!/bin/bash
# A clone that somebody else owns: root runs it as them, and they run it themselves.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip_all "only root can own a clone as somebody else"

# Somebody who has no name, as in many containers.
somebody=23456
original=$clone
check "it is built" begin
check "and ends" finish
clone=$T/clone
# The Makefile in the copy has its sources in the original.
chmod 711 "$(dirname "$original")"
cp -a "$original" "$clone"
chown -R "$somebody:$somebody" "$clone"
rm -rf "$clone/data" "$clone/run"
processes_are_theirs() {
	local pids
	pids=$(running)
	# shellcheck disable=SC2086,SC2009 # several; pgrep shows no user
	[ "$(wc -w <<<"$pids")" -ge 4 ] && ! ps -o uid=,args= $pids | grep -v "^ *$somebody "
}
u=http://127.0.0.1:$PORT/api/v1
export DEMO_EMAIL=bob@hbtn.io DEMO_PASSWORD='fake pwd'
check "root starts it" begin
check "and all of it is the owner's" processes_are_theirs
check "it answers" status 200 "$u/status"
check "it ends" finish
check "so are the files" test -z "$(find "$clone/data" "$clone/run" ! -uid $somebody)"

begin_as_owner() {
	: >"$T/out"
	(cd "$clone" && exec setsid setpriv --reuid $somebody --regid $somebody --clear-groups \
		./quickstart) >"$T/out" 2>&1 </dev/null &
	# shellcheck disable=SC2034 # for finish
	quickstart_pid=$!
	soon grep -q '^\* Running on' "$T/out" || {
		cat "$T/out"
		return 1
	}
}
check "the owner starts it" begin_as_owner
check "and all of it is theirs" processes_are_theirs
check "the user is there" status 200 "$u/auth_session/login" -d email=bob@hbtn.io -d 'password=fake pwd'
check "it ends" finish
