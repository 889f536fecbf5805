Task 8: the logout ends the session.

  $ . "$TESTDIR/setup.sh"
  $ start AUTH_TYPE=session_auth SESSION_NAME=_my_session_id
  $ user bobsession@hbtn.io 'fake pwd'

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/login" -XPOST -d "email=bobsession@hbtn.io" -d "password=fake pwd" -D -
  HTTP/1.1 200 OK
  Access-Control-Allow-Origin: *
  Cache-Control: no-store
  Content-Length: 205
  Content-Type: application/json
  Set-Cookie: _my_session_id=????????-????-4???-????-????????????; Path=/; HttpOnly; SameSite=Lax (glob)
  X-Content-Type-Options: nosniff
  {
    "created_at": "????-??-?? ??:??:??", (glob)
    "email": "bobsession@hbtn.io",
    "first_name": null,
    "id": "????????-????-4???-????-????????????", (glob)
    "last_name": null,
    "updated_at": "????-??-?? ??:??:??" (glob)
  }

  $ curl "http://0.0.0.0:5000/api/v1/users/me" --cookie "_my_session_id=$SESSION"
  {
    "created_at": "????-??-?? ??:??:??", (glob)
    "email": "bobsession@hbtn.io",
    "first_name": null,
    "id": "????????-????-4???-????-????????????", (glob)
    "last_name": null,
    "updated_at": "????-??-?? ??:??:??" (glob)
  }

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/logout" --cookie "_my_session_id=$SESSION"
  <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
  <title>405 Method Not Allowed</title>
  <h1>Method Not Allowed</h1>
  <p>The method is not allowed for the requested URL.</p>

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/logout" --cookie "_my_session_id=$SESSION" -XDELETE
  {}

  $ curl "http://0.0.0.0:5000/api/v1/users/me" --cookie "_my_session_id=$SESSION"
  {
    "error": "Forbidden"
  }
