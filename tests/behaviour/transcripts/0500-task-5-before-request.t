Task 5: neither header nor cookie is 401; the wrong kind of either is 403.

  $ . "$TESTDIR/setup.sh"
  $ start AUTH_TYPE=session_auth SESSION_NAME=_my_session_id
  $ user bob@hbtn.io 'H0lbertonSchool98!'

  $ curl "http://0.0.0.0:5000/api/v1/status"
  {
    "status": "OK"
  }

Not "blocked" by an authentication system. (The original's task 5 shows 404 here, because its
route comes with task 7 only.)

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/login"
  <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
  <title>405 Method Not Allowed</title>
  <h1>Method Not Allowed</h1>
  <p>The method is not allowed for the requested URL.</p>

  $ curl "http://0.0.0.0:5000/api/v1/users/me"
  {
    "error": "Unauthorized"
  }

Won't work because AUTH_TYPE is equal to "session_auth":

  $ curl "http://0.0.0.0:5000/api/v1/users/me" -H "Authorization: Basic Ym9iQGhidG4uaW86SDBsYmVydG9uU2Nob29sOTgh"
  {
    "error": "Forbidden"
  }

Won't work because no user is linked to this Session ID:

  $ curl "http://0.0.0.0:5000/api/v1/users/me" --cookie "_my_session_id=5535d4d7-3d77-4d06-8281-495dc3acfe76"
  {
    "error": "Forbidden"
  }
