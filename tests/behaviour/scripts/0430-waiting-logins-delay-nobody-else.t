#!/bin/bash
# The queue of password hashes is full all the time.  Logouts, changes of names and session checks
# are answered as always; what is refused without a hash is refused at once; and the log says once
# a minute that there are 503s, and how many.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

start --env LOGIN_THROTTLE=off --env SESSIONGATE_WORKERS=1 --env SESSIONGATE_HASHES_AT_ONCE=1 \
	--env SESSIONGATE_HASH_WAITING=4 --env SESSIONGATE_SLOW_THREADS=1 \
	--env SESSIONGATE_SLOW_WAITING=16 main AUTH_TYPE=session_db_auth -- \
	operators SESSIONGATE_STATUS=on
"$site" user "$T" bob@hbtn.io "pw bob"
login main bob@hbtn.io "pw bob" >"$T/cookie"
for i in $(seq 12); do login main bob@hbtn.io "pw bob" >"$T/cookie.$i"; done
id=$(curl -s "$(url)/users/me" -b "$(cat "$T/cookie")" | sed -n 's/.*"id": "\([^"]*\)".*/\1/p')

# Strangers guess until $T/enough is there; $T/full says that somebody has been refused.
cat >"$T/strangers" <<'END'
import collections, http.client, os, sys, threading, time, urllib.parse
url, directory = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2]
form = {"Content-Type": "application/x-www-form-urlencoded"}
answers, twice, until = collections.Counter(), [], time.monotonic() + 1200

def stranger():
    while not os.path.exists(directory + "/enough") and time.monotonic() < until:
        c = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        c.request("POST", url.path + "/auth_session/login", "email=bob%40hbtn.io&password=x",
                  form)
        r = c.getresponse()
        names = [name.lower() for name, _ in r.getheaders()]
        answers[r.status] += 1
        if len(set(names)) < len(names) or (r.status == 503) != ("retry-after" in names):
            twice.append(r.getheaders())
        if r.status == 503:
            open(directory + "/full", "a").close()
        r.read()
        c.close()

threads = [threading.Thread(target=stranger) for _ in range(40)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(answers[401], answers[503], sum(answers.values()) - answers[401] - answers[503],
      len(twice))
END
began=$SECONDS
/usr/bin/python3 "$T/strangers" "$(url)" "$T" >"$T/strangers.out" &
strangers=$!
clean_up() {
	touch "$T/enough"
	wait
}
check "more sign in than can wait" soon test -e "$T/full"

all_sign_out() {
	for i in $(seq 12); do
		printf 'next\nurl = "%s/auth_session/logout"\nrequest = DELETE\ncookie = "%s"\n' "$(url)" "$(<"$T/cookie.$i")"
		printf 'output = /dev/null\nwrite-out = "%%{http_code}\\n"\n'
	done | sed 1d >"$T/requests"
	test "$(curl -s -K "$T/requests" | grep -c 200)" -eq 12
}
rename_often() {
	are_all 200 12 "$(url)/users/$id?[1-12]" -X PUT -b "$(<"$T/cookie")" \
		-H "Content-Type: application/json" -d '{"first_name": "Bob"}' -D "$T/head" && no_field_twice "$T/head"
}
ask_often() {
	are_all 200 12 "$(url)/users/me?[1-12]" -b "$(<"$T/cookie")" -D "$T/head" && no_field_twice "$T/head"
}
check "meanwhile all who sign out are signed out" all_sign_out
check "names are changed" rename_often
check "those who are in are in" ask_often
check "a form without an address is told so" status 400 "$(url)/auth_session/login" -d password=x
check "and who is unknown" status 404 "$(url)/auth_session/login" -d email=eve@x -d password=x
check "a user is made by nobody without a credential" status 401 "$(url)/users" -X POST -d x
check "nor with a bad one" status 403 "$(url)/users" -X POST -d x -b _my_session_id=x
check "a body that is none is refused" status 400 "$(url)/users" -X POST -d x \
	-b "$(cat "$T/cookie")"

touch "$T/enough"
wait "$strangers"
read -r wrong full other twice <"$T/strangers.out"
check "strangers were told 401" test "$wrong" -gt 0
check "or 503" test "$full" -gt 0
check "and nothing else" test "$other" -eq 0
check "no header came twice, and Retry-After with each 503" test "$twice" -eq 0
check "they are counted, each of them" test "$full" -eq "$(curl -s \
	"$(cat "$T/url/operators")/sessiongate-status" | sed -n 's/^sessiongate_requests_total{status="5xx"} //p')"
check "the log says so once a minute" \
	test "$(grep -c "event=overload" "$T/program.log")" -le $((1 + (SECONDS - began) / 60))
check "the first line is for the first of them" grep -q "event=overload.* n=1$" "$T/program.log"
check "which says what was waited for" grep -q "event=overload.*a password hash" "$T/program.log"
check "and no other" test "$(grep -c "event=unavailable" "$T/program.log")" -eq 0

# Nobody has been sent away for a minute: it is over.
"$site" sleep "$T" 61
is_over() {
	total=$(awk -F total= '/event=over was=overload / { n += $2 } END { print n + 0 }' "$T/program.log")
	[ "$total" -eq "$full" ] || {
		echo "the log says $total, and there were $full"
		return 1
	}
}
check "a line says that it is over, and how many there were" soon is_over
