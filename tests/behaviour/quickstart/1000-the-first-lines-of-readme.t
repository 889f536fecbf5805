#!/bin/bash
# From nothing to a signed-in curl call, to one's own sessions and to another password, with the very lines
# that README.md shows first.  URL is a
# repository with this tree; and only the port is another one, so that this can run beside whatever
# holds 5000.
# shellcheck disable=SC2034 # for lib.sh
README_CLONES=yes
. "$(dirname "$0")/lib.sh"
[ ! -d "$clone" ] || skip_all "the clone is there already"

# The first block begins quickstart, the second does so with the gate; the third and the fourth are
# for another terminal.
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
block 3 >"$T/third"
check "the third block has at least two curl calls" test "$(grep -c '^curl ' "$T/third")" -ge 2
answers=$(cd "$clone" && PATH=$T/bin:$PATH bash -e "$T/third" 2>&1)
echo "# ${answers//$'\n'/$'\n'# }"
check "somebody has signed in and asked who they are" \
	test "$(grep -c '"email": "bob@hbtn.io"' <<<"$answers")" -ge 2
no_error() {
	! grep -q '"error"' <<<"$answers"
}
check "no answer is an error" no_error
block 4 >"$T/fourth"
check "the fourth block ends a session and changes the password" test \
	"$(grep -cE -- '-X (DELETE|PUT)' "$T/fourth")" = 2
fourth=$(cd "$clone" && PATH=$T/bin:$PATH bash -e "$T/fourth" 2>&1)
echo "# ${fourth//$'\n'/$'\n'# }"
no_error_there() {
	! grep -q '"error"' <<<"$fourth"
}
check "no answer of it is an error" no_error_there
check "it shows two sessions" test "$(grep -c '"current": false' <<<"$fourth")" = 1 -a \
	"$(grep -c '"current": true' <<<"$fourth")" = 1
check "one has ended" grep -qx '{}' <<<"$fourth"
check "and three times it is said who this is" test "$(grep -c '"email": "bob@hbtn.io"' <<<"$fourth")" = 3
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

# begins FILE: quickstart as it stands there, in the clone.
block 2 >"$T/second"
check "the second block begins the gate" contains "$(block 2)" "./quickstart --gate"
begins() {
	: >"$T/out"
	(cd "$clone" && exec setsid bash "$1") >"$T/out" 2>&1 </dev/null &
	quickstart_pid=$!
	soon grep -q '^\* Running on' "$T/out"
}
check "which starts" begins "$T/second"
check "and says what to open" says "Open http://127.0.0.1:$PORT/ in a browser, and sign in"
u=http://127.0.0.1:$PORT
check "the site is for nobody else" status 302 "$u/" -H 'Accept: text/html'
page=$(curl -s "$u/_gate/login?rd=/" -c "$T/jar")
check "there is a page to sign in" contains "$page" 'name="password"'
field() {
	sed -n "s/.*name=\"$1\"[^>]*value=\"\([^\"]*\)\".*/\1/p" <<<"$page"
}
check "where one signs in" status 303 "$u/_gate/login" -b "$T/jar" -c "$T/jar" \
	--data-urlencode "rd=$(field rd)" --data-urlencode "token=$(field token)" \
	-d email=bob@hbtn.io -d 'password=a longer one'
check "and sees the site" status 200 "$u/" -b "$T/jar"
check "which knows who one is" contains "$(cat "$T/answer")" "<strong>bob@hbtn.io</strong>"
kill -INT -- "-$quickstart_pid"
wait $quickstart_pid
check "Ctrl-C ends that too" nothing_left
