# setup.sh - what every transcript begins with: . "$TESTDIR/setup.sh"
# shellcheck shell=bash

SITE=$TESTDIR/../site
T=$(mktemp -d "${TMPDIR:-/tmp}/sg.XXXXXX")
is_up=

# start [--env NAME=VALUE]... [PARAMETER=VALUE]...: what the original started with
# `AUTH_TYPE=... python3 -m api.v1.app`.  Parameters are the web server's.
start() {
	local options=()
	while [ "${1:-}" = --env ] || [ "${1:-}" = --option ]; do
		options+=("$1" "$2")
		shift 2
	done
	is_up=yes # also if this is interrupted
	"$SITE" start "$T" "${options[@]}" main "$@" || return
	ADDRESS=$(sed 's|^http://||' "$T/url/main")
}

finish() {
	trap : INT TERM HUP PIPE # once is enough
	[ -z "$is_up" ] || "$SITE" stop "$T"
	rm -rf "$T"
}
trap finish EXIT
trap 'exit 143' INT TERM HUP PIPE

user() {
	"$SITE" user "$T" "$@" >"$T/user.out" 2>&1 || cat "$T/user.out"
}

# The transcripts name the original's address, 0.0.0.0:5000; it is taken for the site's.
# With "-D -" the answer's head comes first, then the body (what -v prints is another thing in each
# version of curl); without the lines that are the web server's own (Server, Date, Connection), and
# sorted, as servers order them differently.
curl() {
	local words=() shows_head='' is_post='' has_data=''
	while [ $# -gt 0 ]; do
		case $1 in
		-D)
			shows_head=yes
			shift 2
			continue
			;;
		-XPOST) is_post=yes ;;
		-d) has_data=yes ;;
		esac
		words+=("$1")
		shift
	done
	# lighttpd refuses a POST without a length (411, in its own words): send it a length of 0.
	[ "$BACKEND" = nginx ] || [ -z "$is_post" ] || [ -n "$has_data" ] || words+=(-d '')
	command curl -s --connect-to "0.0.0.0:5000:$ADDRESS" -D "$T/curl.head" "${words[@]}" >"$T/curl.body"
	local status=$?
	tr -d '\r' <"$T/curl.head" >"$T/curl.lines"
	if [ -n "$shows_head" ]; then
		head -1 "$T/curl.lines"
		sed '1d; /^$/d' "$T/curl.lines" | grep -viE '^(Server|Date|Connection|Keep-Alive):' | LC_ALL=C sort
	fi
	cat "$T/curl.body"
	# The id of the session, for the lines that follow.
	if grep -qi '^Set-Cookie: [^=]*=[^;]' "$T/curl.lines"; then
		# shellcheck disable=SC2034
		SESSION=$(sed -n 's/^[Ss]et-[Cc]ookie: [^=]*=\([^;]*\).*/\1/p' "$T/curl.lines")
	fi
	return $status
}

# The program's clock is set ahead: nobody waits.
sleep() {
	"$SITE" sleep "$T" "$1"
}

# program NAME: one of tests/programs, on the same directories as the site if that is up.
program() {
	mkdir -p "$T/data" "$T/run"
	chmod 700 "$T/data" "$T/run"
	SESSIONGATE_DATA_DIR=$T/data SESSIONGATE_RUN_DIR=$T/run "$BUILD/tests/programs/$1"
}

# Each id that appears becomes ID1, ID2 and so on, in the order of appearance.
short() {
	awk 'BEGIN {
		hex = "[0-9a-f]"
		hex4 = hex hex hex hex
		uuid = hex4 hex4 "-" hex4 "-" hex4 "-" hex4 "-" hex4 hex4 hex4
	}
	{
		while (match($0, uuid)) {
			id = substr($0, RSTART, RLENGTH)
			if (!(id in names))
				names[id] = "ID" ++n
			gsub(id, names[id])
		}
		print
	}'
}
