Task 1: AUTH_TYPE=session_auth takes effect, and lets nobody in yet.

  $ . "$TESTDIR/setup.sh"
  $ start AUTH_TYPE=session_auth

  $ curl "http://0.0.0.0:5000/api/v1/status"
  {
    "status": "OK"
  }

  $ curl "http://0.0.0.0:5000/api/v1/status/"
  {
    "status": "OK"
  }

  $ curl "http://0.0.0.0:5000/api/v1/users"
  {
    "error": "Unauthorized"
  }

  $ curl "http://0.0.0.0:5000/api/v1/users" -H "Authorization: Test"
  {
    "error": "Forbidden"
  }
