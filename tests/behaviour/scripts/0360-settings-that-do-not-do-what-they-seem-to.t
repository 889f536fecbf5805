#!/bin/bash
# A setting that is a mistake has the answer that the contract gives; the log names the mistake and
# the way out, now and then.
. "$(dirname "$0")/lib.sh"
needs_fastcgi

start --option --workers --option 2 forgotten -- \
	unreadable AUTH_TYPE=session_exp_auth SESSION_DURATION='8 hours' -- \
	ignored AUTH_TYPE=session_auth SESSION_DURATION=28800 -- \
	hours AUTH_TYPE=session_exp_auth SESSION_DURATION=8h -- \
	second AUTH_TYPE=session_exp_auth SESSION_DURATION=1s
check "a user is made" "$site" user "$T" bob@hbtn.io pw
log=$T/program.log

# logs N TEXT: exactly so many lines.
logs() {
	has_logged "$1" "$2" "$log" && [ "$(grep -c -- "$2" "$log")" -eq "$1" ]
}

for ((i = 0; i < 4; i++)); do
	check "without AUTH_TYPE nobody signs in" status 404 "$(url forgotten)/auth_session/login" \
		-d email=bob@hbtn.io -d password=pw
	cookie=$(login unreadable bob@hbtn.io pw)
	check "with a duration that cannot be read one can" status 200 "$(url unreadable)/users/me" -b "$cookie"
	cookie=$(login ignored bob@hbtn.io pw)
	check "with one that is ignored too" status 200 "$(url ignored)/users/me" -b "$cookie"
done
check "the first is told once" logs 1 'level=warn event=auth-type-unset .*let the web server send AUTH_TYPE'
check "the second" logs 1 \
	'level=warn event=setting-unreadable .* setting=SESSION_DURATION value="8 hours" effect="sessions never end by time" remedy=.*8h'
check "the third" logs 1 \
	'level=warn event=session-duration-ignored .* AUTH_TYPE=session_auth SESSION_DURATION=28800 .*session_exp_auth'
cookie=$(login hours bob@hbtn.io pw)
check "units are understood" status 200 "$(url hours)/users/me" -b "$cookie"
cookie=$(login second bob@hbtn.io pw)
check "and end a session" soon status 403 "$(url second)/users/me" -b "$cookie"
check "of these nothing is said; of --hash-cost 1 there is" logs 4 level=warn
check "at the start" logs 1 'level=warn event=hash-cost-low hash-cost=1 '

cookie=$(login hours bob@hbtn.io pw)
check "an old cookie before a live one is refused" status 403 "$(url hours)/users/me" -b "_my_session_id=old; $cookie"
check "as often as it comes" status 403 "$(url hours)/users/me" -b "_my_session_id=old; $cookie"
check "and told once" logs 1 'level=warn event=cookie-ambiguous .* cookie=_my_session_id'
check "a live one before an old one is good" status 200 "$(url hours)/users/me" -b "$cookie; _my_session_id=old"
check "and no word of the live one" logs 0 "${cookie#*=}"

# in_environment WANT NAME=VALUE...: what --check says with these.
in_environment() {
	local want=$1 got
	shift
	env -i PATH="$PATH" "$@" "$BUILD/sessiongate" --check --listen "unix:$T/sock" --data-dir "$T/data" \
		--run-dir "$T/run" >"$T/said" 2>&1 </dev/null
	got=$?
	cat "$T/said"
	[ "$got" -eq "$want" ]
}
check "--check tells that a hash cost is low" in_environment 0 SESSIONGATE_HASH_COST=4
check "and what that means" grep -q '^ok      hash-cost: warning: 4 is low: .* 2 times faster' "$T/said"
check "of the default there is nothing to tell" in_environment 0
check "so nothing is told" test "$(grep -v "^setting " "$T/said" | grep -c hash-cost)" -eq 0
check "--check tells what cannot be read" in_environment 1 SESSION_DURATION=8x
check "and says why" grep -q '^not ok  SESSION_DURATION: "8x" cannot be read, .* such as 8h$' "$T/said"
check "and that a start goes on nevertheless" test "$(tail -1 "$T/said")" = \
	"sessiongate: it can start, with 1 remark"
check "--check takes what int() and units say" in_environment 0 SESSION_DURATION=' 1_000 '
check "without a word" test "$(grep -v "^setting " "$T/said" | grep -c SESSION_DURATION)" -eq 0
check "--check tells what is ignored" in_environment 0 AUTH_TYPE=session_auth SESSION_DURATION=8h
check "as well" grep -q '^ok      SESSION_DURATION: 8h, which session_auth ignores' "$T/said"

setting() {
	grep -qxF "setting $1" "$T/said" || {
		cat "$T/said"
		return 1
	}
}
check "--check prints each setting" in_environment 0 SESSION_DURATION=8h CSRF_CHECK=log
check "from the environment" setting "SESSION_DURATION = 8h (environment)"
check "what is a default, and what strict would make of it" setting "SESSION_ID = uuid (default; strict: token)"
check "what strict would refuse" setting \
	"CSRF_CHECK = log (environment; strict refuses it: under AUTH_PROFILE=strict CSRF_CHECK must be on)"
check "from the command line" setting "--data-dir = $T/data (command line)"
printf '# ours\nSESSIONGATE_WORKERS=3\nAUTH_PROFILE=strict\n' >"$T/file"
check "with a file" in_environment 0 SESSIONGATE_CONFIG="$T/file"
check "its line" setting "--workers = 3 ($T/file line 2)"
check "and of strict" setting "AUTH_PROFILE = strict ($T/file line 3)"
check "what that makes of what is not given" setting "SESSION_DURATION = 43200 (AUTH_PROFILE=strict)"

# refuses REASON NAME=VALUE...: neither --check nor a start takes it.
refuses() {
	local reason=$1
	shift
	in_environment 78 AUTH_PROFILE=strict "$@" && grep -qF -- "$reason" "$T/said" || return
	env -i PATH="$PATH" AUTH_PROFILE=strict "$@" timeout 60 "$BUILD/sessiongate" --listen "unix:$T/other" \
		--data-dir "$T/data" --run-dir "$T/run" >"$T/said" 2>&1 </dev/null
	[ $? -eq 78 ] && grep -qF -- "$reason" "$T/said" && [ ! -e "$T/other" ]
}
check "strict refuses to let everybody in" refuses "AUTH_TYPE must not be none" AUTH_TYPE=none
check "sessions without an end" refuses "sessions must end" SESSION_DURATION=0
check "a duration that cannot be read" refuses "SESSION_DURATION must be readable" SESSION_DURATION=8x
check "pages of other sites" refuses "CSRF_CHECK must be on (environment: CSRF_CHECK=log)" CSRF_CHECK=log
check "a profile that is none" refuses "AUTH_PROFILE must be standard or strict" AUTH_PROFILE=strikt
