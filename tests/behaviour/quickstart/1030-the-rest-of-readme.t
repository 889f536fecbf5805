#!/bin/bash
# README's further blocks, in their order, in the clone in which the first three have run: in a root
# of its own above this machine's, so that what is installed and who is added stays there.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "only root can have a root of its own: not tried"
for tool in adduser spawn-fcgi; do
	PATH=$PATH:/sbin command -v "$tool" >/dev/null || skip_all "$tool is not installed: not tried"
done
# above COMMAND...: there, as the only processes that are seen.
above() {
	# shellcheck disable=SC2016 # the dollars are that shell's
	unshare --mount --pid --fork --kill-child bash -c '
		above=$1 clone=$2
		shift 2
		mkdir -p "$above" && mount -t tmpfs none "$above" && cd "$above" && mkdir upper work top &&
			mount -t overlay none -o lowerdir=/,upperdir=upper,workdir=work top &&
			mount -t proc none top/proc && mount --rbind /dev top/dev && mount -t tmpfs none top/run &&
			mkdir -p "top/$clone" && mount --bind "$clone" "top/$clone" || exit 125
		exec chroot top "$@"' - "$T/above" "$clone" "$@"
}
above true 2>"$T/why" || skip_all "a root above this one cannot be had ($(head -1 "$T/why")): not tried"

block() {
	awk -v want="$1" '/^```sh$/ { n++; inside = 1; next } /^```$/ { inside = 0 } inside && n == want' \
		"$clone/README.md"
}
DEMO_EMAIL=bob@hbtn.io DEMO_PASSWORD='fake pwd' check "the first block has run" begin
check "the fifth names the operator's command" contains "$(block 5)" "sessiongatectl user add"
check "the sixth installs" contains "$(block 6)" "make install"
check "the seventh starts it" contains "$(block 7)" spawn-fcgi
check "the eighth starts it too" contains "$(block 8)" --listen
check "there are nine" test -n "$(block 9)" -a -z "$(block 10)"

# The fifth is about what is installed; here it is quickstart's, as the text below it says.
mkdir "$T/bin"
printf '#!/bin/sh\nexec build/sessiongatectl --data-dir data --run-dir run "$@"\n' >"$T/bin/sessiongatectl"
chmod +x "$T/bin/sessiongatectl"
block 5 >"$T/fifth"
fifth() {
	(cd "$clone" && printf 'pw one\npw two\n' | PATH=$T/bin:$PATH bash -e "$T/fifth")
}
check "README says so" grep -qF 'build/sessiongatectl --data-dir data --run-dir run' "$clone/README.md"
check "the fifth does what it says" fifth
check "it ends" finish

block 6 >"$T/sixth"
block 7 >"$T/seventh"
block 8 >"$T/eighth"
cat >"$T/inside" <<'END'
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
cd "$1" || exit
here=$2
# serves BLOCK SOCKET: the program answers there, and the web server's group may come in.
serves() {
	local i pid
	bash -e "$1" &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		[ -S "$2" ] && break
		kill -0 $pid || return
		sleep 0.1
	done
	[ "$(stat -c '%G %a' "$2")" = "www-data 660" ] || { stat "$2"; return 1; }
	echo pw | sessiongatectl user add bob@hbtn.io && sessiongatectl user delete bob@hbtn.io || return
	[ "$(stat -c %U /var/lib/sessiongate/User.jsonl)" = sessiongate ] || return
	kill $(ps -o pid= --ppid $pid)
	wait $pid || true
}
bash -e "$here/sixth" || exit 6
[ -x /usr/local/sbin/sessiongate ] || exit 6
serves "$here/seventh" /run/sessiongate.sock || exit 7
serves "$here/eighth" /run/sessiongate-socket/sock || exit 8
END
above bash "$T/inside" "$clone" "$T" >"$T/said" 2>&1
status=$?
tail -30 "$T/said" | sed 's/^/# /' >"$T/last"
ran_to() {
	cat "$T/last"
	[ $status -eq 0 ] || [ $status -gt "$1" ]
}
check "the sixth builds and installs, after quickstart in the same clone" ran_to 6
check "the seventh serves on a socket for www-data" ran_to 7
check "the eighth too" ran_to 8
check "nothing of it is on this machine" test ! -e /run/sessiongate-socket
