#!/bin/bash
# doc/sessiongate.service and .socket, as far as it can be seen without a systemd that runs: their
# words are known, what they leave open, when it is tried again, and that the program calls
# nothing that they forbid.  Not seen: whether a forbidden call answers as the program expects,
# and the namespaces that they ask for.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = nginx ] || skip_all "once is enough: it depends on no BACKEND"
command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is not installed: not tried"

units=("$T/sessiongate.service" "$T/sessiongate.socket")
cp "$root"/doc/sessiongate.{service,socket} "$T"
# The program that is there; and its manual may not be.
sed -i "s|/usr/local/sbin/sessiongate|$BUILD/sessiongate|" "$T/sessiongate.service"
says_nothing() {
	local said
	said=$("$@" 2>&1)
	echo "$said"
	[ -z "$said" ]
}
check "systemd knows each word" says_nothing systemd-analyze verify --man=no "${units[@]}"
printf '[Socket]\nSocketGroup=caddy\n' >"$T/caddy.conf"
mkdir "$T/sessiongate.socket.d" && mv "$T/caddy.conf" "$T/sessiongate.socket.d"
check "also with the drop-in for Caddy" says_nothing systemd-analyze verify --man=no "${units[@]}"

# In tenths.
check "what is left open" systemd-analyze security --offline=true --no-pager --threshold=3 \
	"$T/sessiongate.service"

service() {
	sed -n "s/^$1=//p" "$root/doc/sessiongate.service"
}
check "what may pass is tried for ever: the limit is never reached by RestartSec alone" \
	test "$(($(service RestartSec) * $(service StartLimitBurst)))" -gt "$(service StartLimitIntervalSec)"
ends_with() {
	local want=$1
	shift
	timeout 60 "$BUILD/sessiongate" --data-dir "$T/data" --run-dir "$T/run" "$@" </dev/null
	[ $? -eq "$want" ]
}
for settings in "2 --listen nowhere" "2 --no-such-option" "78 --workers many" "78 --config /nowhere"; do
	read -r -a words <<<"$settings"
	check "with status ${words[0]} it is not: ${words[*]:1}" ends_with "${words[@]}"
	check "as the unit says" contains " $(service RestartPreventExitStatus) " " ${words[0]} "
done

# The names that a filter stands for, its groups resolved.
calls() {
	systemd-analyze syscall-filter --no-pager "$1" | sed '1d; s/^ *//; /^$/d; /^#/d' | while read -r name; do
		case $name in
		@*) calls "$name" ;;
		*) echo "$name" ;;
		esac
	done
}
allowed() {
	local filter name
	{
		calls @default # always
		service SystemCallFilter | while read -r filter; do
			for name in ${filter#\~}; do
				case $filter:$name in
				\~*:@*) calls "$name" | sed 's/^/-/' ;;
				*:@*) calls "$name" ;;
				*) echo "$name" ;;
				esac
			done
		done
	} | awk '/^-/ { delete is[substr($0, 2)]; next } { is[$0] } END { for (name in is) print name }' | sort
}
check "the filter allows much" test "$(allowed | wc -l)" -gt 200
check "but not all" test "$(allowed | grep -cxE 'chown|setuid|sched_setaffinity|mount|ptrace')" -eq 0

if command -v strace >/dev/null && [ -z "${ASAN_OPTIONS:-}" ]; then
	cat >"$T/traced" <<-END
		#!/bin/sh
		exec strace -f -qq -o "$T/trace" "$BUILD/sessiongate" --log-target syslog "\$@"
	END
	chmod +x "$T/traced"
	PROGRAM=$T/traced start main AUTH_TYPE=session_db_auth
	"$site" user "$T" bob@hbtn.io pw >/dev/null
	session=$(login main bob@hbtn.io pw)
	check "the traced program answers" status 200 "$(url)/users/me" -b "$session"
	check "and writes" status 200 "$(url)/auth_session/logout" -b "$session" -XDELETE
	# What site knows is strace.
	traced=$(ps -o pid= --ppid "$(program_pid)" | tr -d ' ')
	check "and reloads" kill -HUP "$traced"
	check "with another worker" soon status 200 "$(url)/status"
	kill "$traced"
	check "and ends" soon grep -q "^$traced .*exit_group(0)" "$T/trace"
	"$site" stop "$T"
	# shellcheck disable=SC2034 # for on_exit
	is_up=
	# Making the socket is systemd's.
	check "it calls nothing else" says_nothing comm -23 <(
		sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$T/trace" | grep -v '^exit' | sort -u
	) <(allowed)
	check "the trace has something" grep -q 'fdatasync(' "$T/trace"
else
	echo "# no strace, or a sanitizer: what the program calls is not compared with the filter"
fi
