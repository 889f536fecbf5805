#!/bin/bash
# From nothing to a signed-in curl call, to one's own sessions and to another password, with the very lines
# that README.md shows first.  URL is a
# repository with this tree; and only the port is another one, so that this can run beside whatever
# holds 5000.
# shellcheck disable=SC2034 # for lib.sh
README_CLONES=yes
. "$(dirname "$0")/lib.sh"
[ ! -d "$clone" ] || skip_all "the clone is there already"

# The first block begins quickstart, the second and the third are for another terminal.
block() {
	awk -v want="$1" '/^```sh$/ { n++; inside = 1; next } /^```$/ { inside = 0 } inside && n == want' \
		"$root/README.md"
}
check "the first block gets and starts it" contains "$(block 1)" ./quickstart
block 1 | sed "1s|URL|$origin|" >"$T/first"
(cd "$(dirname "$clone")" && exec setsid bash "$T/first") >"$T/out" 2>&1 </dev/null &
quickstart_pid=$!
for ((i = 0; i < 6000; i++)); do
	grep -q '^\* Running on' "$T/out" && break
	kill -0 $quickstart_pid 2>/dev/null || break
	sleep 0.05
done
check "it says where it runs" says "* Running on http://127.0.0.1:$PORT/ (Press CTRL+C to quit)"

mkdir "$T/bin"
printf '#!/bin/sh\nexec %s -s --connect-to 127.0.0.1:5000:127.0.0.1:%s "$@"\n' "$(command -v curl)" \
	"$PORT" >"$T/bin/curl"
chmod +x "$T/bin/curl"
block 2 >"$T/second"
check "the second block has at least two curl calls" test "$(grep -c '^curl ' "$T/second")" -ge 2
answers=$(cd "$clone" && PATH=$T/bin:$PATH bash -e "$T/second" 2>&1)
echo "# ${answers//$'\n'/$'\n'# }"
check "somebody has signed in and asked who they are" \
	test "$(grep -c '"email": "bob@hbtn.io"' <<<"$answers")" -ge 2
no_error() {
	! grep -q '"error"' <<<"$answers"
}
check "no answer is an error" no_error
block 3 >"$T/third"
check "the third block ends a session and changes the password" test \
	"$(grep -cE -- '-X (DELETE|PUT)' "$T/third")" = 2
third=$(cd "$clone" && PATH=$T/bin:$PATH bash -e "$T/third" 2>&1)
echo "# ${third//$'\n'/$'\n'# }"
no_error_there() {
	! grep -q '"error"' <<<"$third"
}
check "no answer of it is an error" no_error_there
check "it shows two sessions" test "$(grep -c '"current": false' <<<"$third")" = 1 -a \
	"$(grep -c '"current": true' <<<"$third")" = 1
check "one has ended" grep -qx '{}' <<<"$third"
check "and three times it is said who this is" test "$(grep -c '"email": "bob@hbtn.io"' <<<"$third")" = 3
u=http://127.0.0.1:$PORT/api/v1
# The jars have the address that README names.
with() {
	status "$1" -b "$(awk '$6 == "_my_session_id" { print $6 "=" $7 }' "$clone/$2")" "$u/users/me"
}
check "the other session has ended" with 403 cookies.other
check "this one goes on" with 200 cookies
check "the old password opens nothing" status 401 "$u/auth_session/login" -d email=bob@hbtn.io \
	-d 'password=fake pwd'
check "the new one does" status 200 "$u/auth_session/login" -d email=bob@hbtn.io -d 'password=a longer one'
git_sees_nothing() {
	! git -C "$clone" -c safe.directory='*' status --porcelain | grep .
}
check "git does not see the cookies, nor anything else that was made" git_sees_nothing

# The answer printed below the lines is the answer they get, but for id and times.
shape() {
	sed -E 's/"(id|created_at|updated_at)": "[^"]*"/"\1": "..."/'
}
shown=$(awk '/^```json$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' "$clone/README.md")
check "README shows the answer" contains "$(shape <<<"$answers")" "$(shape <<<"$shown")"

# The shell of the first block waits for quickstart: end that, as Ctrl-C would.
kill -INT -- "-$quickstart_pid"
wait $quickstart_pid
check "Ctrl-C ends everything" nothing_left
check "the port is free again" bash -c "! (exec 3<>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null"
