Task 4: a program that answers with the session cookie it was sent.

  $ . "$TESTDIR/setup.sh"
  $ PROGRAM=$BUILD/tests/programs/main_3 start AUTH_TYPE=session_auth SESSION_NAME=_my_session_id

  $ curl "http://0.0.0.0:5000"
  Cookie value: None

  $ curl "http://0.0.0.0:5000" --cookie "_my_session_id=Hello"
  Cookie value: Hello

  $ curl "http://0.0.0.0:5000" --cookie "_my_session_id=C is fun"
  Cookie value: C is fun

  $ curl "http://0.0.0.0:5000" --cookie "_my_session_id_fake"
  Cookie value: None
