#!/bin/bash
# A setting that nobody knows, directories that change under a serving program, and a look at
# directories that are not there: each is refused, with the reason.
. "$(dirname "$0")/lib.sh"

gate=("$BUILD/sessiongate" --listen "unix:$T/check.sock" --data-dir "$T/d" --run-dir "$T/r" --check)
check "a misspelt variable is refused" says 78 "no setting is called SESSIONGATE_WORKER" \
	env SESSIONGATE_WORKER=3 "${gate[@]}"
echo "SESSIONGATE_WORKER=3" >"$T/config"
check "also in the file" says 78 "no setting is called SESSIONGATE_WORKER" "${gate[@]}" --config "$T/config"
echo "SESSIONGATE_WORKERS=3" >"$T/config"
check "the right one is taken" says 0 "" "${gate[@]}" --config "$T/config"

ctl=("$BUILD/sessiongatectl" --data-dir "$T/absent" --run-dir "$T/absent-too")
check "looking at what is not there is refused" says 1 "is not there" "${ctl[@]}" user list
check "and makes no directory" test ! -e "$T/absent" -a ! -e "$T/absent-too"

needs_fastcgi
cat >"$T/config" <<END
SESSIONGATE_DATA_DIR=$T/data
SESSIONGATE_RUN_DIR=$T/run
END
"$BUILD/sessiongate" --listen "unix:$T/moved.sock" --config "$T/config" 2>"$T/moved.log" &
pid=$!
check "it serves" soon has_logged 1 event=ready "$T/moved.log"
sed -i "s|RUN_DIR=.*|RUN_DIR=$T/elsewhere|" "$T/config"
kill -HUP "$pid"
check "another run directory at a reload is refused" soon has_logged 1 "cannot change while serving" "$T/moved.log"
check "it still serves" kill -0 "$pid"
kill "$pid"
check "and ends in good order" wait "$pid"
