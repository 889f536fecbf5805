#!/bin/bash
# Variables, the other web server, users, signals, and what it says when something is wrong.
. "$(dirname "$0")/lib.sh"

u=http://127.0.0.1:$PORT/api/v1
fails() {
	! "$@"
}
login_with() {
	curl -s -o /dev/null -D - "$u/auth_session/login" --data-urlencode "email=$1" \
		--data-urlencode "password=$2" | tr -d '\r' |
		sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p'
}
# started COMMAND: the program, the web server and their processes are there, and as it says.
started() {
	local pids
	pids=$(running | grep -vx "$quickstart_pid")
	# shellcheck disable=SC2086 # several
	[ "$(wc -w <<<"$pids")" -ge 3 ] && "$1" $pids
}
all_are_others() {
	# shellcheck disable=SC2009 # pgrep shows no user
	! ps -o user=,args= "$@" | grep '^root'
}
none_has_the_password() {
	local pid
	for pid; do
		! tr '\0' '\n' <"/proc/$pid/environ" | grep DEMO_PASSWORD || return
	done
}

check "--help" bash -c "cd '$clone' && ./quickstart --help | grep -q DEMO_EMAIL"
check "an unknown option is refused" fails begin --frobnicate
check "and named" says frobnicate
check "an unknown server is refused" fails begin --server apache
check "a port that is none is refused" fails env API_PORT=http bash -c "cd '$clone' && ./quickstart"

check "it starts without data, settings and a terminal" begin
check "session_auth is the default" status 401 "$u/users"
check "a first user is made up, and shown" says "Made the first user: "
email=$(sed -n 's/^Made the first user: \([^,]*\), password .*/\1/p' "$T/out")
password=$(sed -n 's/^Made the first user: .*, password \(.*\) (shown this once)$/\1/p' "$T/out")
session=$(login_with "$email" "$password")
check "who can sign in" status 200 "$u/users/me" -b "$session"
check "with a password that is long enough" test ${#password} -ge 15
check "the data directory is the owner's alone" test "$(stat -c %a "$clone/data")" = 700
grep '^  curl ' "$T/out" | sed 's/^  //' >"$T/lines"
check "it shows lines to paste" test "$(wc -l <"$T/lines")" -ge 3
check "that work" bash -ec ". '$T/lines' | grep -q '$email'"

first=$quickstart_pid
check "a second one on the same port is refused" fails begin
check "and says what to do" says "API_PORT="
check "and what is wrong" says "something else listens"
check "the first goes on" status 200 "$u/status"
quickstart_pid=$first
check "SIGTERM ends it, status 0" finish TERM
check "the port is free" bash -c "! (exec 3<>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null"

check "it starts again" begin
check "the user is still there" status 200 "$u/users/me" -b "$(login_with "$email" "$password")"
check "no second one was made" fails says "Made the first user"
check "a session in memory is still good" status 200 "$u/users/me" -b "$session"
check "Ctrl-C ends it, status 0" finish INT

export DATA_DIR=$T/data RUN_DIR=$T/run
# Seconds pass when we say so.
cc -D_GNU_SOURCE -fPIC -shared -o "$T/clock.so" "$root/tests/behaviour/clock.c"
: >"$T/clock"
export TEST_CLOCK=$T/clock
LD_PRELOAD=$T/clock.so DEMO_EMAIL=bob@hbtn.io DEMO_PASSWORD='fake pwd' AUTH_TYPE=session_exp_auth SESSION_NAME=sid SESSION_DURATION=60 \
	check "--server lighttpd, and all variables" begin --server lighttpd
check "it is lighttpd" bash -c "curl -sI '$u/status' | grep -qi '^server: lighttpd'"
check "DATA_DIR is used" test -s "$T/data/User.jsonl"
check "the first user is the one asked for" says "Made the first user: bob@hbtn.io"
# Root's own would have it; so would whoever can look into what is started.
check "nothing that it has started runs as root" started all_are_others
check "nothing that it has started has the password" started none_has_the_password
check "whose password is not shown" fails says "fake pwd (shown"
session=$(login_with bob@hbtn.io 'fake pwd')
check "SESSION_NAME names the cookie" contains "$session" sid=
check "the session is good" status 200 "$u/users/me" -b "$session"
truncate -s 70 "$TEST_CLOCK"
check "SESSION_DURATION ends it" status 403 "$u/users/me" -b "$session"
check "SIGHUP (the terminal is closed) ends it" finish HUP

AUTH_TYPE=basic_auth SESSION_DURATION=' 1_000 ' check "AUTH_TYPE=basic_auth" begin
check "what the program can read is no cause for a warning" fails says "quickstart: SESSION_DURATION"
check "lets the user in" status 200 "$u/users/me" -u "bob@hbtn.io:fake pwd"
check "nothing is left" finish TERM

check "--gate --server lighttpd" begin --gate --server lighttpd
check "the site is closed" status 302 "http://127.0.0.1:$PORT/" -H 'Accept: text/html'
check "and has a page to sign in" status 200 "http://127.0.0.1:$PORT/_gate/login"
check "nothing is left" finish TERM

AUTH_TYPE=nonsense check "an unknown AUTH_TYPE is refused" fails begin
check "and named" says nonsense
check "nothing is left" nothing_left

mkdir "$T/deep"
RUN_DIR=$T/deep/$(printf 'x%.0s' {1..120}) check "a RUN_DIR too long for a socket is refused" fails begin
check "and says so" says RUN_DIR

AUTH_TYPE=session_exp_auth SESSION_DURATION=8x check "it starts once more" begin
check "and warns of what the program cannot read" says 'quickstart: SESSION_DURATION: "8x" cannot be read'
# shellcheck disable=SC2046
kill -KILL $(ps -o pid= --ppid "$quickstart_pid" | head -1)
wait "$quickstart_pid"
check "when the program or the server is killed, quickstart ends with an error" test $? -ne 0
check "and takes the other with it" nothing_left
