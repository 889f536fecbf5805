#!/bin/bash
# Forty connections ask for the list of all users and read nothing of it.  Logins and logouts go
# on, the memory that the lists take is bounded, and a client that reads gets the whole list.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

# 8 MiB: two such lists, or three.
start --env SESSIONGATE_WORKERS=1 --env SESSIONGATE_ANSWER_MEMORY=8 \
	--env SESSIONGATE_SLOW_THREADS=2 --env SESSIONGATE_WRITE_DEADLINE=3600000 \
	main AUTH_TYPE=session_db_auth
/usr/bin/python3 - >"$T/users" <<'END'
import json, uuid
print(json.dumps({str(uuid.UUID(int=i + (4 << 76) + (8 << 60))): {
    "__class__": "User", "id": str(uuid.UUID(int=i + (4 << 76) + (8 << 60))), "email": f"user{i}@example.org",
    "_password": "0" * 64, "first_name": "First name", "last_name": "Last name",
    "created_at": "2017-10-16T04:23:04", "updated_at": "2017-10-16T04:23:04"}
    for i in range(10000)}))
END
check "ten thousand users" "$site" ctl "$T" user import "$T/users"
"$site" user "$T" bob@hbtn.io "pw bob"
cookie=$(login main bob@hbtn.io "pw bob")
whole() {
	status 200 "$(url)/users" -b "$cookie" && [ "$(grep -c '"id"' "$T/answer")" -eq 10001 ]
}
check "the list" whole
n=$(stat -c %s "$T/answer")
check "is long" test "$n" -gt 2000000

# What the connections get first: 200, or 503 when there is no room.  Then they wait.
cat >"$T/deaf" <<'END'
import os, socket, struct, sys, time
path, cookie, directory = sys.argv[1:]

def record(kind, content=b""):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content

pairs = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/api/v1/users", "HTTP_COOKIE": cookie,
         "AUTH_TYPE": "session_db_auth"}
params = b"".join(struct.pack("BB", len(k), len(v)) + (k + v).encode() for k, v in pairs.items())
request = record(1, b"\0\1\1\0\0\0\0\0") + record(4, params) + record(4) + record(5)
all = []
for _ in range(40):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(path)
    s.sendall(request)
    all.append(s)
answers = [s.recv(19)[8:].decode() for s in all]
with open(directory + "/deaf.out", "w") as out:
    for text in sorted(set(answers)):
        print(text, answers.count(text), file=out)
os.rename(directory + "/deaf.out", directory + "/deaf.answers")
until = time.monotonic() + 1200
while not os.path.exists(directory + "/enough") and time.monotonic() < until:
    time.sleep(0.05)
END
/usr/bin/python3 "$T/deaf" "$T/sock" "$cookie" "$T" &
deaf=$!
clean_up() {
	touch "$T/enough"
	wait
}
check "forty ask, and take a few bytes" soon test -e "$T/deaf.answers"
read -r _ _ held <<<"$(grep 200 "$T/deaf.answers")"
read -r _ _ refused <<<"$(grep 503 "$T/deaf.answers")"
check "some lists wait for their readers" test "${held:-0}" -ge 1
check "no more than there is room for" test "$((held * n))" -le $((8 << 20))
check "the others are told to come again" test $((held + refused)) -eq 40
sign_in_and_out() {
	local one
	for _ in $(seq 20); do
		one=$(login main bob@hbtn.io "pw bob")
		status 200 "$(url)/users/me" -b "$one" || return
		status 200 "$(url)/auth_session/logout" -X DELETE -b "$one" || return
	done
}
check "meanwhile others sign in and out" sign_in_and_out
# Sanitizers keep what has been freed.
private_kib() {
	awk '/^(RssAnon|VmSwap):/ { n += $2 } END { print n }' "/proc/$(workers | tr -d ' ')/status"
}
if [ -z "${ASAN_OPTIONS:-}${TSAN_OPTIONS:-}" ]; then
	# The users themselves, the answers, and one list in the making.
	check "the memory of the worker is bounded" test "$(private_kib)" -lt $((64 * 1024))
fi
check "the log says what is short" grep -q "event=overload.*--answer-memory" "$T/program.log"

touch "$T/enough"
wait "$deaf"
check "when they have gone the list comes whole again" soon whole
