#!/bin/bash
# Four workers: a session ended by its handle, or with all others, is refused by all of them from the
# answer on.  N_ROUNDS=625: 10,000 requests after an answer, for each type.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

start --option --workers --option 4 \
	session_auth AUTH_TYPE=session_auth -- \
	session_exp_auth AUTH_TYPE=session_exp_auth SESSION_DURATION=600 -- \
	session_db_auth AUTH_TYPE=session_db_auth SESSION_DURATION=600
check "a user is made" "$site" user "$T" bob@hbtn.io pw
check "four workers run" test "$(workers | wc -l)" -ge 4

# Of two sessions one ends the other, and 16 connections at once ask with that.
cat >"$T/rounds.py" <<'PYTHON'
import http.client, json, sys, threading, urllib.parse

url, n_rounds = urllib.parse.urlsplit(sys.argv[1]), int(sys.argv[2])
N_CONNECTIONS = 16


def connect():
    return http.client.HTTPConnection(url.hostname, url.port, timeout=60)


def ask(connection, method, path, cookie=None, body=None):
    headers = {"Cookie": cookie} if cookie else {}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, url.path + path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, text, (answer.getheader("Set-Cookie") or "").split(";")[0]


def login(connection):
    status, _, cookie = ask(connection, "POST", "/auth_session/login", None,
                            "email=bob@hbtn.io&password=pw")
    assert status == 200, status
    return cookie


main, connections = connect(), [connect() for _ in range(N_CONNECTIONS)]
here, n_asked, n_stale = login(main), 0, 0
# Those that the rounds of another type have left: they are in the same list.
assert ask(main, "DELETE", "/auth_session/sessions", here)[0] == 200
for turn in range(n_rounds):
    other = login(main)
    assert all(ask(c, "GET", "/users/me", other)[0] == 200 for c in connections[:4])
    if turn % 8 == 7:
        status = ask(main, "DELETE", "/auth_session/sessions", here)[0]
    else:
        sessions = json.loads(ask(main, "GET", "/auth_session/sessions", here)[1])
        handle, = [one["id"] for one in sessions if not one["current"]]
        status = ask(main, "DELETE", f"/auth_session/sessions/{handle}", here)[0]
    assert status == 200, status
    got = []
    threads = [threading.Thread(target=lambda c=c: got.append(
        ask(c, "GET", "/users/me", other)[0])) for c in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    n_asked += len(got)
    n_stale += sum(status != 403 for status in got)
assert ask(main, "GET", "/users/me", here)[0] == 200
print(f"{n_asked} asked, {n_stale} accepted")
sys.exit(n_stale > 0 or n_asked != n_rounds * N_CONNECTIONS)
PYTHON
for type in session_auth session_exp_auth session_db_auth; do
	check "$type: what is ended is refused at once" /usr/bin/python3 "$T/rounds.py" "$(url $type)" "${N_ROUNDS:-40}"
	cat "$T.check"
done
