Task 6: a program that makes a user with a session, and answers who sent the request. As plain CGI
there is no program that starts once, so nothing to see there.

  $ . "$TESTDIR/setup.sh"
  $ [ "$BACKEND" != cgi ] || exit 80

  $ PROGRAM=$BUILD/tests/programs/main_4 start --env AUTH_TYPE=session_auth \
  >     AUTH_TYPE=session_auth SESSION_NAME=_my_session_id
  $ grep '^User with' "$T/program.log"
  User with ID: ????????-????-4???-????-???????????? has a Session ID: ????????-????-4???-????-???????????? (glob)
  $ SESSION=$(sed -n 's/^User with .* has a Session ID: //p' "$T/program.log")
  $ ID=$(sed -n 's/^User with ID: \([^ ]*\) .*/\1/p' "$T/program.log")

  $ curl "http://0.0.0.0:5000/"
  No user found

  $ curl "http://0.0.0.0:5000/" --cookie "_my_session_id=Holberton"
  No user found

  $ curl "http://0.0.0.0:5000/" --cookie "_my_session_id=$SESSION" | sed "s/$ID/the user's id/"
  User found: the user's id
