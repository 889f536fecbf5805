#!/bin/bash
# sessiongatectl as root leaves no file that the program's user could not open.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = nginx ] || skip_all "once is enough: it depends on no BACKEND"
[ "$(id -u)" -eq 0 ] || skip_all "only root can become another user"

chmod 711 "$T"
ctl=("$BUILD/sessiongatectl" --hash-cost 1 --data-dir "$T/data" --run-dir "$T/run")
check "on a new machine it is refused" says 1 "install -d -o sessiongate -g sessiongate -m 700 $T/data" \
	"${ctl[@]}" user add bob@hbtn.io <<<pw
check "and nothing is made" test ! -e "$T/data" -a ! -e "$T/run"

install -d -o nobody -g "$(id -gn nobody)" -m 700 "$T/data" "$T/run"
check "where there is an owner, a user is made" "${ctl[@]}" user add bob@hbtn.io <<<pw
check "and listed" says 0 bob@hbtn.io "${ctl[@]}" user list
# A file of root's own, as the original's are on the day of the move.
(
	umask 077
	echo '{"1": {}}' >"$T/file"
)
check "a file that only root may read is read" says 1 "1 refused" "${ctl[@]}" user import "$T/file"
all_is_nobodys() {
	[ -s "$T/data/User.jsonl" ] && [ -s "$T/run/sessions.table" ] &&
		! find "$T/data" "$T/run" ! \( -user nobody -group "$(id -gn nobody)" \) -print | grep .
}
check "all that is there is the owner's" all_is_nobodys
cp "$BUILD/sessiongate" "$T"
check "the program can start as that user" says 0 "it can start" \
	setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups \
	"$T/sessiongate" --check --data-dir "$T/data" --run-dir "$T/run"

mkdir -m 700 "$T/own" "$T/own-run"
check "in a directory of root's own it stays root" \
	"$BUILD/sessiongatectl" --hash-cost 1 --data-dir "$T/own" --run-dir "$T/own-run" user add eve@hbtn.io <<<pw
