#!/bin/bash
# spawn-fcgi (here: a program that does the same) and lighttpd's bin-path hand over a socket.  One
# that every local user may open is refused, as one of our own making is.

# In place of the program: make the socket as spawn-fcgi does, and start the program with it.
if [ "${1:-}" = --listen ]; then
	path=${2#unix:}
	shift 2
	exec /usr/bin/python3 -c '
import os, socket, sys
path, mode, *program = sys.argv[1:]
if os.path.exists(path):
    os.unlink(path)
s = socket.socket(socket.AF_UNIX)
s.bind(path)
os.chmod(path, int(mode, 8))
s.listen(1024)
os.dup2(s.fileno(), 0)
os.execv(program[0], program)' "$path" "${SOCKET_MODE:?}" "$BUILD/sessiongate" "$@"
fi

. "$(dirname "$0")/lib.sh"
needs_fastcgi

# Its way has to be open to others: /tmp is.
open=$(mktemp -d /tmp/sg.XXXXXX)
chmod 755 "$open"
mkdir "$open/closed"
chmod 750 "$open/closed"
clean_up() {
	[ -z "${server:-}" ] || end_server
	rm -rf "$open"
}

refuses() {
	local status
	SOCKET_MODE=$1 timeout 60 "$0" --listen "unix:$open/s" --data-dir "$T/data" --run-dir "$T/run" \
		>"$T/said" 2>&1 </dev/null
	status=$?
	cat "$T/said"
	[ $status = 2 ] && grep -qF "is open to everybody" "$T/said"
}
mkdir -m 700 "$T/data" "$T/run"
for mode in 666 777 602; do
	check "mode $mode is refused" refuses $mode
	check "and the way out is named" grep -q 'mode 0660.*--allow-unsafe-socket' "$T/said"
done

if [ "$BACKEND" = nginx ]; then
	PROGRAM=$(realpath "$0")
	export PROGRAM
	# The socket is in a directory that keeps others out: what mktemp made.
	start --env SOCKET_MODE=666 --env BUILD="$BUILD" main
	check "in a directory that is closed, nginx is served" status 200 "$(url)/status"
else
	end_server() {
		kill "$server" 2>/dev/null
		wait "$server" 2>/dev/null
		server=
	}
	port=$("$here/../free-ports" 1)
	lighttpd_with() {
		"$root/lighttpd/standalone" "$T" "$1" "127.0.0.1:$port" |
			sed "s|^\t*\"socket\" => .*|&\n\"bin-path\" => \"$BUILD/sessiongate --data-dir $T/data --run-dir $T/run$2\", \"max-procs\" => 1,|" \
				>"$T/lighttpd.conf"
		(umask 0 && exec lighttpd -D -f "$T/lighttpd.conf" >>"$T/server.log" 2>&1) &
		server=$!
	}
	answers() {
		local i
		for ((i = 0; i < 600; i++)); do
			[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/api/v1/status")" != "$1" ] ||
				return 0
			sleep 0.05
		done
		cat "$T/lighttpd.conf" "$T/server.log"
		return 1
	}
	# lighttpd ends, or goes on and tries again: it depends on how fast the program is.
	is_refused() {
		local i
		for ((i = 0; i < 600; i++)); do
			grep -q 'is open to everybody' "$T/server.log" && break
			sleep 0.05
		done
		cat "$T/server.log"
		! curl -s -o /dev/null -f "http://127.0.0.1:$port/api/v1/status" &&
			grep -q 'is open to everybody' "$T/server.log"
	}
	lighttpd_with "$open/s" ""
	check "bin-path, made for everybody: refused, and lighttpd's log says why" is_refused
	end_server
	lighttpd_with "$open/closed/s" ""
	check "in a directory that is closed, it is" answers 200
	end_server
	lighttpd_with "$open/s" " --allow-unsafe-socket on"
	check "and where it is asked for by name" answers 200
	end_server
fi
