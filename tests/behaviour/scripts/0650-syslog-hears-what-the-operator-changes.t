#!/bin/bash
# Each change that sessiongatectl makes is a line in syslog: what, to whom, and by whom; looking
# is none, and neither is a change that was refused.
. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = nginx ] || skip_all "once is enough: it depends on no BACKEND"

mkdir -m 700 "$T/data" "$T/run"
: >"$T/syslog"
preload=("LD_PRELOAD=$BUILD/tests/behaviour/syslog.so" "TEST_SYSLOG=$T/syslog")
ctl() {
	env -u SUDO_USER "${preload[@]}" "$BUILD/sessiongatectl" --hash-cost 1 --data-dir "$T/data" --run-dir "$T/run" "$@"
}
fails() {
	! "$@"
}
# One line more, of authpriv and priority info, which ends like that.
n=0
heard() {
	n=$((n + 1))
	cat "$T/syslog"
	test "$(wc -l <"$T/syslog")" -eq $n -a \
		"$(tail -1 "$T/syslog")" = "sessiongatectl 10 6 level=info event=$1 actor=operator uid=$(id -u) $2"
}
check "add" ctl user add bob@hbtn.io --first-name Bob <<<"pw one"
id=$(ctl user list | cut -d' ' -f1)
check "is heard" heard user-added "user=$id"
check "passwd" ctl user passwd bob@hbtn.io <<<"pw two"
check "is heard" heard password-changed "user=$id"
check "session end" ctl session end bob@hbtn.io
check "is heard" heard sessions-ended "user=$id"
check "into a group" ctl user group add bob@hbtn.io staff
check "is heard" heard groups-changed "user=$id groups=staff"
check "out of all" ctl user group remove bob@hbtn.io staff
check "is heard" heard groups-changed "user=$id groups=\"\""
check "disable" ctl user disable bob@hbtn.io
check "is heard" heard user-disabled "user=$id"
check "enable" ctl user enable bob@hbtn.io
check "is heard" heard user-enabled "user=$id"
check "enable again" ctl user enable bob@hbtn.io
check "show" ctl user show bob@hbtn.io
check "group list" ctl group list
check "group show" fails ctl group show staff
check "session end --all" ctl session end --all
check "is heard" heard sessions-ended n=0
check "session end HANDLE, of none" fails ctl session end 0123456789abcdef0123
check "an address that exists" fails ctl user add bob@hbtn.io <<<x
check "a password that is empty" fails ctl user passwd bob@hbtn.io <<<""
check "export" ctl user export
ctl user export >"$T/users"
check "import of what is there" ctl user import "$T/users"
check "session check" ctl session check
preload+=("SUDO_USER=eve event=x")
check "delete, by sudo" ctl user delete bob@hbtn.io
check "is heard, and nothing between" heard user-deleted "sudo_user=\"eve event=x\" user=$id"
unset 'preload[2]'
check "import" ctl user import "$T/users"
check "is heard" heard users-imported n=1
check "salvage" ctl journal salvage User
check "is heard" heard journal-salvaged journal=User
check "no address, name or password is heard" fails grep -qE 'hbtn|Bob|pw ' "$T/syslog"
preload=()
[ -e /dev/log ] || check "without a syslog it works, and says nothing of it" says 0 "" ctl user delete bob@hbtn.io
[ -e /dev/log ] || check "indeed" test "$(cat "$T/said")" = "deleted; all login sessions of this user ended"
