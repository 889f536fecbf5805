#!/bin/bash
# An upgrade: SIGHUP makes the running program the one that is on the disk, under load, with the
# same process id; no request is lost.  For a program that would not serve there is one line in the
# log, and the running one goes on.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

# Another version: the same program, whose version begins with another digit.
version=$("$BUILD/sessiongate" --version)
version=${version##* }
rest=${version#?}
new_program() { # DIGIT FILE
	"$here/patch-version" "$version" "$1$rest" "$BUILD/sessiongate" "$2"
}
mkdir "$T/bin"
install -m 755 "$BUILD/sessiongate" "$T/bin/sessiongate"
export PROGRAM=$T/bin/sessiongate
echo SESSIONGATE_WORKERS=2 >"$T/config"
chmod 600 "$T/config"
start --option --config --option "$T/config" main \
	AUTH_TYPE=session_auth -- operators SESSIONGATE_STATUS=on
check "a user is made" "$site" user "$T" bob@hbtn.io pw
session=$(login main bob@hbtn.io pw)
pid=$(program_pid)

# lines PATTERN: how many the log has.
lines() {
	grep -c "$1" "$T/program.log"
}
# await N PATTERN: until the log has at least N of them.
await() {
	local i
	for ((i = 0; i < 600; i++)); do
		[ "$(lines "$2")" -lt "$1" ] || return 0
		sleep 0.05
	done
	tail -20 "$T/program.log"
	return 1
}
same_process() {
	[ "$(program_pid)" = "$pid" ] && kill -0 "$pid" && is_served
}
is_served() {
	status 200 "$(url)/users/me" -b "$session"
}
# Old workers are gone, and new ones are there.
only_new_ones() {
	local i
	for ((i = 0; i < 600; i++)); do
		[ -n "$(comm -12 <(sort <<<"$1") <(workers | sort))" ] || return 0
		sleep 0.05
	done
	return 1
}

# --- a load of requests, each on its own and kept connections, while programs come and go
load() {
	/usr/bin/python3 - "$(url)/users/me" "$session" "$T/stop" 10000 <<'END'
import http.client, os, sys, threading, urllib.parse
url, cookie, stop, n_least = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
lock, n_good, bad = threading.Lock(), 0, []
def work(k):
    global n_good
    c = None
    while True:
        with lock:
            if len(bad) > 20 or n_good >= n_least and os.path.exists(stop) or n_good > 1000000:
                return
        try:
            if c is None:
                c = http.client.HTTPConnection(url.netloc, timeout=60)
            c.request("GET", url.path, headers={"Cookie": cookie})
            r = c.getresponse()
            body = r.read()
            with lock:
                if r.status == 200 and b"bob@hbtn.io" in body:
                    n_good += 1
                else:
                    bad.append(r.status)
            if k % 2 == 0:
                c.close()
                c = None
        except OSError as e:
            bad.append(repr(e))
            c = None
threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(n_good, "good;", "bad:", bad)
sys.exit(bad != [])
END
}
load >"$T/load" 2>&1 &
load_pid=$!
n=0
for new in 9 8 7 6; do
	before=$(workers)
	new_program $new "$T/bin/new"
	mv "$T/bin/new" "$T/bin/sessiongate" # as dpkg does
	kill -HUP "$pid"
	n=$((n + 1))
	check "version $new is running" await 1 "event=reload generation=$((n + 1)) version=$new$rest"
	check "with workers of its own" only_new_ones "$before"
done
# Again and again, while the one before is still being tried.
for ((i = 0; i < 10; i++)); do
	kill -HUP "$pid"
	sleep 0.1
done
check "and again and again" await $((n + 2)) "event=reload generation="
: >"$T/stop"
wait "$load_pid"
check "10,000 requests and more, none of them lost" test $? = 0
sed 's/^/# /' "$T/load"
check "it is the same process" same_process
check "a session is good from before" is_served
check "no worker has died" test "$(lines event=worker-died)" = 0
check "/proc knows it as the program on the disk" test "$(readlink "/proc/$pid/exe")" = "$T/bin/sessiongate"

# --- settings are read again
echo SESSIONGATE_WORKERS=3 >"$T/config"
before=$(workers)
kill -HUP "$pid"
check "new settings" only_new_ones "$before"
there_are() {
	local i
	for ((i = 0; i < 600; i++)); do
		[ "$(workers | wc -l)" != "$1" ] || return 0
		sleep 0.05
	done
	ps -f --ppid "$pid"
	return 1
}
check "are in force" there_are 3
{
	echo SESSIONGATE_WORKERS=2
	echo SESSIONGATE_LOG_FORMAT=json
} >"$T/config"
kill -HUP "$pid"
check "again" there_are 2
check "all of them" await 1 '"event":"reload","generation"'
echo SESSIONGATE_WORKERS=2 >"$T/config"
n=$(lines "event=reload generation=")
kill -HUP "$pid"
check "what is gone from the file is gone" await $((n + 1)) "event=reload generation="

# --- what does not start
n_reloads=$(lines "event=reload generation=")
refused() { # STATEMENT TEXT
	local n
	n=$(lines "event=reload problem=")
	kill -HUP "$pid"
	check "$1" await $((n + 1)) "event=reload problem="
	check "  and why" grep -q "level=error event=reload problem=.*$2.* effect=\"none: the running program goes on" "$T/program.log"
	check "  once" test "$(lines "event=reload problem=")" = $((n + 1))
	check "  the old one serves" same_process
}
rm "$T/bin/sessiongate"
refused "a program that is gone" "No such file or directory"
printf '#!/bin/sh\nkill -SEGV $$\n' >"$T/bin/sessiongate"
refused "a program that cannot be executed" "Permission denied"
chmod 755 "$T/bin/sessiongate"
refused "a program that crashes" "it ended by signal 11"
printf '#!/bin/sh\necho libgone.so.1: cannot open shared object file >&2\nexit 127\n' >"$T/bin/sessiongate"
refused "a program whose library is missing" "libgone.so.1: cannot open.*(status 127)"
printf '#!/bin/sh\nexit 0\n' >"$T/bin/sessiongate"
refused "a program of another kind" "without a message (status 0)"
printf '\177ELF' >"$T/bin/sessiongate"
refused "a program that is torn" "Exec format error"
rm "$T/bin/sessiongate"
install -m 755 "$BUILD/sessiongate" "$T/bin/sessiongate"
echo SESSIONGATE_WORKERS=many >"$T/config"
refused "settings that are refused" "many"
rm "$T/config"
refused "settings that are gone" "$T/config: No such file"
echo SESSIONGATE_WORKERS=2 >"$T/config"
mv "$T/data/key" "$T/data/key.old"
head -c 32 /dev/urandom >"$T/data/key"
chmod 400 "$T/data/key"
refused "data that cannot be opened" "key"
mv -f "$T/data/key.old" "$T/data/key"
check "none of them took over" test "$(lines "event=reload generation=")" = "$n_reloads"
check "no worker has died yet" test "$(lines event=worker-died)" = 0

# --- what was tried is what takes over: the file is exchanged in between
is_tried() {
	tried=$(comm -13 <(sort <<<"$before") <(workers | sort) | tr -d ' ')
	[ -n "$tried" ]
}
is_done() {
	[[ $(ps -o stat= -p "$tried") == Z* ]] # ZN where the tests are niced
}
# exchange COMMAND...: run it when the trial has succeeded, and the supervisor does not know yet.
exchange() {
	before=$(workers)
	exec 9<"$(echo "$T"/run/counters.*)"
	flock 9 # a start waits for it
	kill -HUP "$pid"
	soon is_tried || return
	kill -STOP "$pid"
	flock -u 9
	exec 9<&-
	soon is_done
	local status=$?
	"$@"
	kill -CONT "$pid"
	return $status
}
for new in 5 4 3; do
	new_program $new "$T/bin/$new"
done
mv "$T/bin/5" "$T/bin/sessiongate"
check "another program comes after the trial" exchange mv "$T/bin/4" "$T/bin/sessiongate"
check "the one that was tried is running" await 1 "event=reload generation=.* version=5$rest"
check "and no other" test "$(lines "version=4$rest")" = 0
check "it serves" same_process
check "with workers of its own" only_new_ones "$before"
check "it is called as ever" test "$(ps -o comm= -p "$pid" | sort -u)" = sessiongate
check "and so are its workers" test "$(workers | xargs -n 1 ps -o comm= -p | sort -u)" = sessiongate
before=$(workers)
check "at the next time" kill -HUP "$pid"
check "it is the one on the disk" await 1 "event=reload generation=.* version=4$rest"
check "the workers before are gone" only_new_ones "$before"
check "its own are there" there_are 2
check "as /proc says" test "$(readlink "/proc/$pid/exe")" = "$T/bin/sessiongate"
install -m 755 "$T/bin/3" "$T/bin/new"
mv "$T/bin/new" "$T/bin/sessiongate"
check "one that is written to after the trial" exchange touch "$T/bin/sessiongate"
check "is refused" await 1 "event=reload problem=.*written to after it was tried.*effect=\"none: "
check "the one before serves" same_process
check "nor is it running" test "$(lines "version=3$rest")" = 0
kill -HUP "$pid"
check "until it is tried again" await 1 "event=reload generation=.* version=3$rest"

# --- a worker and the program that is tried are killed in between
before=$(workers)
kill -STOP "$pid"
kill -HUP "$pid"
worker=$(workers | head -1)
kill -CONT "$pid"
kill -KILL "$worker"
check "a worker dies at that moment: all is well" only_new_ones "$before"
check "it is served" same_process

# --- the log file
mv "$T/program.log" "$T/program.log.1"
before=$(workers)
kill -HUP "$pid"
check "the log goes on in a new file" bash -c "for ((i = 0; i < 600; i++)); do grep -qs 'event=reload generation' '$T/program.log' && exit; sleep 0.05; done; exit 1"
check "with new workers" only_new_ones "$before"
check "and the old one is left alone" bash -c "n=\$(wc -c <'$T/program.log.1'); for i in 1 2 3; do curl -s -o /dev/null '$(url)/auth_session/login' -d email=a -d password=b; done; test \$(wc -c <'$T/program.log.1') = \$n"
check "it is as closed as the old one" test "$(stat -c %a "$T/program.log")" = "$(stat -c %a "$T/program.log.1")"

# --- the socket
before=$(workers)
rm "$T/sock"
check "a socket that was removed is made again" await 1 "event=socket-lost"
check "and served" only_new_ones "$before"
check "as before" same_process
before=$(workers)
mv "$T/sock" "$T/sock.old"
check "one that was moved is made again, too" await 2 "event=socket-lost"
check "and served, too" only_new_ones "$before"
check "as before, too" same_process
kill -HUP "$pid"
check "and it can be handed over again" await 2 "event=reload generation="
check "the same way" same_process
