#!/bin/bash
# Templates and texts of an operator: read at a start and at SIGHUP, and not in between, whatever
# happens to the files or the workers.  What is refused is told with its line, and changes nothing.
. "$(dirname "$0")/lib.sh"
needs_fastcgi
not_lighttpd

pages=$T/pages
mkdir "$pages"
cp "$root/share/pages/default.html" "$pages/default.html"
sed 's/<main /<main id="board" /' "$pages/default.html" >"$pages/board.html"
echo 'sign_in = Come in' >"$pages/en.txt"
echo 'sign_in = Aanmelden' >"$pages/nl.txt"
start --option --pages-dir --option "$pages" main AUTH_TYPE=session_db_auth -- \
	board AUTH_TYPE=session_db_auth GATE_PAGES=board -- dutch AUTH_TYPE=session_db_auth \
	GATE_LANGUAGE=nl -- absent AUTH_TYPE=session_db_auth GATE_PAGES=absent

# shows SITE TEXT CURL_ARGUMENT...: the login page has the text.
shows() {
	local page
	page=$(curl -s "$(<"$T/url/$1")/_gate/login" "${@:3}")
	grep -qF -- "$2" <<<"$page" || {
		echo "$page"
		return 1
	}
}
lacks() {
	! shows "$@"
}
# try [option]...: what --check says, of the files alone.
try() {
	"$BUILD/sessiongate" --check --listen "unix:$T/other" --data-dir "$T/data" --run-dir "$T/run" \
		--pages-dir "$pages" "$@" </dev/null
}

check "the texts are the operator's" shows main '<h1>Come in</h1>'
check "what the file does not have is as it was" shows main '>Password</label>'
check "a language that is not built in" shows main '<h1>Aanmelden</h1>' -H 'Accept-Language: nl'
check "the template is the default one" lacks main 'id="board"'
check "another template, where the web server names it" shows board 'id="board"'
check "another language, where the web server names it" shows dutch '<html lang="nl">'
check "a name that is none is told" status 500 "$(<"$T/url/absent")/_gate/login"
check "and the log has it" soon has_logged 1 'event=settings-unusable .*setting=GATE_PAGES value=absent' \
	"$T/program.log"
check "--check counts them" says 0 "$pages: 4 files; templates: 2, languages: 5" try

# --- a change counts from the next SIGHUP
pid=$(program_pid)
echo 'sign_in = Welcome' >"$pages/en.txt"
check "a change is not seen" shows main '<h1>Come in</h1>'
before=$(workers)
# shellcheck disable=SC2086 # words
kill -KILL $before
replaced() {
	[ -n "$(workers)" ] && [ -z "$(comm -12 <(sort <<<"$before") <(workers | sort))" ]
}
check "workers that were killed are replaced" soon replaced
check "and have what the others had" soon shows main '<h1>Come in</h1>'
kill -HUP "$pid"
check "it is seen after SIGHUP" soon shows main '<h1>Welcome</h1>'

# --- what is refused
echo '{{nobody}}' >>"$pages/board.html"
line=$(wc -l <"$pages/board.html")
problem="$pages/board.html line $line: nothing is called {{nobody}}"
check "--check refuses it, with the line" says 1 "$problem" try
check "a start refuses it too" says 78 "$problem" "$BUILD/sessiongate" --listen "unix:$T/other" \
	--data-dir "$T/data" --run-dir "$T/run" --pages-dir "$pages"
echo 'sign_in = Never' >"$pages/en.txt"
kill -HUP "$pid"
check "the log says why the program goes on as it was" soon has_logged 1 "line $line: nothing is called" \
	"$T/program.log"
check "and it goes on" shows main '<h1>Welcome</h1>'
check "with its templates" shows board 'id="board"'
rm "$pages/board.html"
check "a name in the environment that is none is refused" says 1 "GATE_PAGES is board" env GATE_PAGES=board \
	"$BUILD/sessiongate" --check --listen "unix:$T/other" --data-dir "$T/data" --run-dir "$T/run" \
	--pages-dir "$pages"
check "so is a language" says 1 "GATE_LANGUAGE is tlh" env GATE_LANGUAGE=tlh \
	"$BUILD/sessiongate" --check --listen "unix:$T/other" --data-dir "$T/data" --run-dir "$T/run" \
	--pages-dir "$pages"
kill -HUP "$pid"
check "mended, it is taken" soon shows main '<h1>Never</h1>'
check "and what is not there any more is told" soon status 500 "$(<"$T/url/board")/_gate/login"
check "a directory that is not there is refused" says 1 "/nowhere: No such file or directory" try \
	--pages-dir "$T/nowhere"
