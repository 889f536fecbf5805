#!/bin/bash
# Where the program is configured by a file, sessiongatectl finds the same directories there, and
# what the program would refuse it refuses too.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = nginx ] || skip_all "once is enough: it depends on no BACKEND"

mkdir -m 700 "$T/data" "$T/run"
cat >"$T/conf" <<END
# as for the program, with settings that are the program's alone
SESSIONGATE_DATA_DIR="$T/data"
SESSIONGATE_RUN_DIR=$T/run
SESSIONGATE_HASH_COST=1
SESSIONGATE_LISTEN=unix:$T/sock
AUTH_TYPE=session_auth
END
ctl() {
	env -i PATH="$PATH" ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} "${variables[@]}" \
		"$BUILD/sessiongatectl" "$@"
}
variables=("SESSIONGATE_CONFIG=$T/conf")
check "a user is made where the file says" ctl user add bob@hbtn.io <<<pw
check "namely there" test -s "$T/data/User.jsonl" -a -s "$T/run/sessions.table"
check "and found there" says 0 bob@hbtn.io ctl user list
variables=(SESSIONGATE_CONFIG=/nowhere)
check "--config wins over the variable" says 0 bob@hbtn.io ctl --config "$T/conf" user list
variables=("SESSIONGATE_DATA_DIR=$T/absent")
check "the file wins over the environment" says 0 bob@hbtn.io ctl user list --config "$T/conf"
check "an option wins over the file" says 1 "$T/absent is not there" \
	ctl --config "$T/conf" --data-dir "$T/absent" user list
variables=()
check "a file that is not there is refused" says 78 /nowhere ctl --config /nowhere user list
check "so is a line that is none" says 78 "line 1 is not" ctl --config <(echo nonsense) user list
check "a misspelt setting in it" says 78 "no setting is called SESSIONGATE_DATADIR" \
	ctl --config <(echo SESSIONGATE_DATADIR=x) user list
check "a bad value of the program's alone" says 78 'workers: "many"' \
	ctl --config <(echo SESSIONGATE_WORKERS=many) user list
variables=("SESSIONGATE_RUNDIR=$T/run")
check "a misspelt variable" says 78 "no setting is called SESSIONGATE_RUNDIR" \
	ctl --config "$T/conf" user list
variables=(SESSIONGATE_HASH_COST=12)
check "a bad value" says 78 hash-cost ctl user list
variables=()
check "a bad option" says 78 hash-cost ctl --config "$T/conf" --hash-cost 0 user list
check "an option that is none is wrong usage" says 2 Try ctl --config "$T/conf" --datadir x user list
check "help is also a verb" says 0 "user add EMAIL" ctl help
check "version too" says 0 sessiongatectl ctl version
check "an unknown command is named" says 2 "no such command: user frobnicate" ctl user frobnicate
