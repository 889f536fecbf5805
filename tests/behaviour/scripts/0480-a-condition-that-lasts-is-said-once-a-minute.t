#!/bin/bash
# A journal is damaged under the serving program, and workers die again and again: each has a line,
# then one a minute with how often, however many requests come; and one when it is over.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

start --option --workers --option 1 main AUTH_TYPE=none -- operators SESSIONGATE_STATUS=on

value() {
	curl -s "$(cat "$T/url/operators")/sessiongate-status" | sed -n "s/^sessiongate_$1 //p"
}
lines() {
	grep -c -- "$1" "$T/program.log"
}
# ------------------------------------------------------------------ workers that die
died() {
	[ "$(value worker_restarts_total)" = "$1" ]
}
kill_often() {
	local i
	for i in 1 2 3 4 5; do
		kill -KILL "$(workers | head -1)" || return
		soon died "$i" || return
	done
}
check "five workers are killed and replaced" kill_often
check "the first has a line" test "$(lines 'level=warn event=worker-died signal=9 restart_ms=[0-9]* n=1$')" -eq 1
check "and no other" test "$(lines event=worker-died)" -eq 1
"$site" sleep "$T" 61
check "it is over, and all are counted" soon has_logged 1 \
	'level=info event=over was=worker-died signal=9 total=5$' "$T/program.log"

# ------------------------------------------------------------------ a journal that is damaged
make_user() {
	status "$1" "$(url)/users" -H "Content-Type: application/json" \
		-d "{\"email\": \"$2@hbtn.io\", \"password\": \"pw\"}"
}
refused_often() {
	local i
	for ((i = 0; i < 10; i++)); do
		make_user 503 eve || return
	done
}
journal=$T/data/User.jsonl
check "a user is made" make_user 201 ann
cp "$journal" "$T/saved"
truncate -s -5 "$journal"
check "the end of a journal is lost: changes are refused" refused_often
check "the log says why once" test "$(lines "event=journal .*notice=.*damaged at byte .* n=1$")" -eq 1
check "and nothing else of it" test "$(lines "level=warn event=journal ")" -eq 1
check "and once that requests are refused" test "$(lines event=unavailable)" -eq 1
check "with the reason" grep -q 'event=unavailable .* what=users reason="a journal .* n=1$' "$T/program.log"
# It would be over after a minute without a refusal.
"$site" sleep "$T" 35
check "refused still" refused_often
check "the log says nothing new" test "$(lines event=unavailable)" -eq 1
"$site" sleep "$T" 35
check "a minute after the first it is refused still" refused_often
check "the log says so, and how often it was" soon has_logged 1 "event=unavailable .* n=20$" "$T/program.log"
check "in one line more" test "$(lines event=unavailable)" -eq 2
check "of the journal too" soon has_logged 2 "event=journal .*notice=.*damaged at byte .* n=[0-9]*$" "$T/program.log"
check "in one line more" test "$(lines "level=warn event=journal ")" -eq 2
cat "$T/saved" >"$journal"
check "the journal is whole again: changes are taken" soon make_user 201 eve
"$site" sleep "$T" 61
check "when it is over, the log says how many were refused" soon has_logged 1 \
	'event=over was=unavailable what=users reason="a journal .*" total=30$' "$T/program.log"
check "and how often the journal was found damaged" soon has_logged 1 \
	'event=over was=journal notice=.*damaged at byte .* total=[0-9]*$' "$T/program.log"
check "what goes on is said by nobody" test "$(lines event=over)" -eq 3
