# lib.sh - what every script begins with: . "$(dirname "$0")/lib.sh"
# shellcheck shell=bash
#
# A script states things with check; each is counted, and one that is not so does not end the
# script.  BACKEND and BUILD are as for ../site.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts
root=$(cd "$here/../../.." && pwd)
site=$here/../site
PATH=$PATH:/usr/sbin
BACKEND=${BACKEND:-nginx}
if [ -z "${BUILD:-}" ]; then
	BUILD=$PWD
	[ -x "$BUILD/sessiongate" ] || BUILD=$PWD/build
fi
export BACKEND BUILD
T=$(mktemp -d "${TMPDIR:-/tmp}/sg.XXXXXX")
n_failed=0
is_up=

# check STATEMENT COMMAND...: the command succeeds.
check() {
	local statement=$1
	shift
	# Not in a subshell: what the command sets stays.
	if "$@" >"$T.check" 2>&1; then
		echo "ok      $statement"
	else
		echo "not ok  $statement"
		(cat "$T.check" && echo "($*)") | tail -30 | sed 's/^/        /'
		n_failed=$((n_failed + 1))
	fi
}

# soon COMMAND...: waits until it succeeds.  The limit is for what never comes: how soon it comes
# on a busy machine says nothing about the program.
soon() {
	local i
	for ((i = 0; i < 1200; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	"$@"
}

# has_logged N TEXT FILE: N lines of it, or more, have the text.
has_logged() {
	[ "$(grep -c -- "$2" "$3")" -ge "$1" ] || {
		tail -20 "$3"
		return 1
	}
}

# says STATUS TEXT COMMAND...: it ends with that status and says that text.
says() {
	local want=$1 text=$2
	shift 2
	"$@" >"$T/said" 2>&1
	local got=$?
	[ "$got" -eq "$want" ] || {
		echo "status $got, want $want"
		cat "$T/said"
		return 1
	}
	grep -qF -- "$text" "$T/said" || {
		echo "it does not say: $text"
		cat "$T/said"
		return 1
	}
}

# What is not tried here, and why.
skip_all() {
	echo "# $*"
	exit 0
}

# For what no web server plays a part in: behind nginx, and as plain CGI.
not_lighttpd() {
	[ "$BACKEND" != lighttpd ] || skip_all "once is enough: it depends on no BACKEND"
}

start() {
	is_up=yes # also if this is interrupted
	"$site" start "$T" "$@" || {
		echo "not ok  the site starts"
		exit 1
	}
}

on_exit() {
	local status=$?
	trap : INT TERM HUP # once is enough
	if type clean_up >/dev/null 2>&1; then clean_up; fi
	if [ -n "$is_up" ]; then
		[ "$n_failed" -eq 0 ] || "$site" logs "$T"
		check "everything ends on SIGTERM, nothing is left running" "$site" stop "$T"
	fi
	rm -rf "$T" "$T.check"
	[ "$n_failed" -eq 0 ] || status=1
	exit $status
}
trap on_exit EXIT
trap 'exit 143' INT TERM HUP

url() {
	echo "$(<"$T/url/${1:-main}")/api/v1"
}

# no_field_twice FILE: of the heads that curl wrote there, no field but Set-Cookie comes twice.
no_field_twice() {
	local twice
	twice=$(awk '
		/^HTTP\// { n++; next }
		/:/ {
			name = tolower(substr($0, 1, index($0, ":") - 1))
			if (name != "set-cookie" && seen[n, name]++)
				print
		}' "$1")
	[ -z "$twice" ] || {
		echo "a field comes twice: $twice"
		return 1
	}
}

# status WANT CURL_ARGUMENT...: the answer's status is WANT.
status() {
	local want=$1 got
	shift
	got=$(curl -s -o "$T/answer" -D "$T/head" -w '%{http_code}' "$@")
	no_field_twice "$T/head" || return
	[ "$got" = "$want" ] || {
		echo "status $got, want $want"
		cat "$T/answer"
		return 1
	}
}

# all_are WANT N URL CURL_ARGUMENT...: N requests, many at once, on many connections: they reach
# different workers, and the status of each answer is WANT.
all_are() {
	local want=$1 n=$2 address=$3
	shift 3
	are_all "$want" "$n" -Z --parallel-immediate --parallel-max 16 "$@" "$address?[1-$n]"
}

# are_all WANT N CURL_ARGUMENT...: of the N requests of one curl, one after the other.
are_all() {
	local want=$1 n=$2 got
	shift 2
	got=$(curl -s -o /dev/null -w '%{http_code}\n' "$@" | sort | uniq -c | tr -s ' ')
	[ "$got" = " $n $want" ] || {
		echo "$got, want $n times $want"
		return 1
	}
}

# login SITE EMAIL PASSWORD: prints the Cookie line's text, name=value.
login() {
	curl -s -o /dev/null -D - "$(url "$1")/auth_session/login" --data-urlencode "email=$2" \
		--data-urlencode "password=$3" | tr -d '\r' |
		sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p'
}

contains() {
	grep -qF -- "$2" <<<"$1"
}

# unit NAME: the value in doc/sessiongate.socket.
unit() {
	sed -n "s/^$1=//p" "$root/doc/sessiongate.socket"
}

program_pid() {
	echo "$(<"$T/program.pid")"
}

workers() {
	ps -o pid= --ppid "$(program_pid)"
}

needs_fastcgi() {
	[ "$BACKEND" != cgi ] || skip_all "plain CGI has no process that stays"
}
