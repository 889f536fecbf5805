# lib.sh - what every script about quickstart begins with
# shellcheck shell=bash
#
# $clone is a clone of the tree as it is: no configure, no build, no data.  The first script that
# is run builds it, as a newcomer would; QUICKSTART_CLONE lets the others go on there, without its
# data.  $origin is what it is a clone of.
# shellcheck source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

clone=${QUICKSTART_CLONE:-$T/sessiongate}
origin=$T/origin
rm -rf "$clone/data" "$clone/run"
make_origin() {
	mkdir "$origin"
	(
		cd "$root" || exit 1
		if [ -e .git ] && command -v git >/dev/null; then
			git -c safe.directory='*' ls-files -co --exclude-standard -z
		else
			find . -path './build*' -prune -o -type f -print0
		fi | xargs -0 cp --parents -t "$origin" 2>/dev/null
		cd "$origin" && git init -q && git add -A &&
			git -c user.name=nobody -c user.email=nobody@example.org commit -qm all
	)
}
if [ ! -d "$clone" ]; then
	make_origin
	# README's first lines make it themselves.
	[ -n "${README_CLONES:-}" ] || git clone -q "$origin" "$clone"
fi
# Run by root, it goes on as another user, who must come to DATA_DIR and RUN_DIR; to the clone it
# comes through closed directories.
chmod 711 "$T"
PORT=$("$root/tests/behaviour/free-ports" 1)
export API_PORT=$PORT
quickstart_pid=
clean_up() {
	[ -z "$quickstart_pid" ] || kill -TERM -- "-$quickstart_pid" 2>/dev/null
}

# begin [argument]...: quickstart in the background, as from a script (no terminal); waits until
# it is up or has ended.
begin() {
	local i
	: >"$T/out" # what an earlier one said is not this one's
	# A group of its own, so that a Ctrl-C can be sent to it as a terminal does.
	(cd "$clone" && exec setsid ./quickstart "$@") >"$T/out" 2>&1 </dev/null &
	quickstart_pid=$!
	for ((i = 0; i < 6000; i++)); do
		grep -q '^\* Running on' "$T/out" && return 0
		kill -0 $quickstart_pid 2>/dev/null || break
		sleep 0.05
	done
	cat "$T/out"
	return 1
}

# finish [signal]: ends it, and sees that nothing is left.
finish() {
	local result
	kill "-${1:-TERM}" "$quickstart_pid"
	wait "$quickstart_pid"
	result=$?
	nothing_left || return
	[ $result -eq 0 ] || cat "$T/out"
	return $result
}

# What runs in the clone, except shells that started there.
running() {
	local process
	for process in /proc/[0-9]*; do
		[[ $(readlink "$process/cwd") != "$clone"* ]] || [ "${process#/proc/}" = "$BASHPID" ] ||
			echo "${process#/proc/}"
	done 2>/dev/null
}

nothing_left() {
	soon nothing_runs
}
nothing_runs() {
	local left
	left=$(running)
	# shellcheck disable=SC2086 # several
	[ -z "$left" ] || {
		ps -o pid,args $left
		return 1
	}
}

says() {
	grep -qF -- "$1" "$T/out" || {
		cat "$T/out"
		return 1
	}
}
