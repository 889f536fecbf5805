#!/bin/bash
# Behind plain CGI the program is a file that the web server can read: it is run, or refused, and
# never sent.  With the tests' configuration, and with the one for production.

if [ "${1:-}" = --edit ]; then
	case $2 in
	*/other/lighttpd.conf)
		# Another setting takes the place of ours, for all paths.
		# shellcheck disable=SC2016 # the dollar is lighttpd's
		echo '$HTTP["url"] =~ "" { cgi.assign = ( ".other" => "" ) }' >>"$2"
		;;
	*) "$(dirname "$0")/0110-the-files-for-production-work.t" --edit "$2" ;;
	esac
	exit
fi

. "$(dirname "$0")/lib.sh"
[ "$BACKEND" = cgi ] || skip_all "only plain CGI has the program as a file"

odd_paths() {
	local directory=$1
	shift
	"$here/../odd-paths" "$(sed 's|^http://||' "$directory/url/main")" "$@"
}
other=$T/other production=$T/production
mkdir "$other" "$production"
clean_up() {
	local directory
	for directory in "$other" "$production"; do
		check "${directory##*/} ends" "$site" stop "$directory"
	done
}

start main AUTH_TYPE=session_auth
check "the program answers" status 200 "$(url)/status"
check "no odd path brings a file" odd_paths "$T" /api/v1
check "nor where it has all paths" odd_paths "$T" ""

check "with the files for production" env SITE_EDIT="$0" "$site" start "$production" main
check "the program answers here too" status 200 "$(T=$production url)/status"
check "no odd path brings a file here" odd_paths "$production" /api/v1

check "with a cgi.assign that knows nothing of the program" \
	env SITE_EDIT="$0" "$site" start "$other" main AUTH_TYPE=session_auth
check "it is not run" status 403 "$(T=$other url)/status"
check "and no odd path brings a file" odd_paths "$other" /api/v1 400 403 404 405 411 501
