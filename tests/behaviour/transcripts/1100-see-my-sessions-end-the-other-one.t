Beyond the original: a user sees the own sessions, and ends the other one.

  $ . "$TESTDIR/setup.sh"
  $ start AUTH_TYPE=session_db_auth SESSION_NAME=_my_session_id SESSION_DURATION=60
  $ user bobsession@hbtn.io 'fake pwd'

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/login" -XPOST -d "email=bobsession@hbtn.io" -d "password=fake pwd" > /dev/null
  $ OTHER=$SESSION
  $ sleep 10
  $ curl "http://0.0.0.0:5000/api/v1/auth_session/login" -XPOST -d "email=bobsession@hbtn.io" -d "password=fake pwd" > /dev/null

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/sessions" --cookie "_my_session_id=$SESSION" | tee "$T/sessions"
  [
    {
      "client": null,
      "created_at": "????-??-?? ??:??:??", (glob)
      "current": true,
      "expires_at": "????-??-?? ??:??:??", (glob)
      "id": "????????????????????", (glob)
      "last_seen_at": "????-??-?? ??:??:??", (glob)
      "user_agent": null
    },
    {
      "client": null,
      "created_at": "????-??-?? ??:??:??", (glob)
      "current": false,
      "expires_at": "????-??-?? ??:??:??", (glob)
      "id": "????????????????????", (glob)
      "last_seen_at": "????-??-?? ??:??:??", (glob)
      "user_agent": null
    }
  ]
  $ HANDLE=$(jq -r '.[] | select(.current | not).id' "$T/sessions")

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/sessions/$HANDLE" --cookie "_my_session_id=$SESSION" -XDELETE
  {}

  $ curl "http://0.0.0.0:5000/api/v1/users/me" --cookie "_my_session_id=$OTHER"
  {
    "error": "Forbidden"
  }

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/sessions" --cookie "_my_session_id=$SESSION" -XDELETE
  {
    "ended": 0
  }

  $ curl "http://0.0.0.0:5000/api/v1/auth_session/sessions?all=1" --cookie "_my_session_id=$SESSION" -XDELETE -D -
  HTTP/1.1 200 OK
  Access-Control-Allow-Origin: *
  Cache-Control: no-store
  Content-Length: 17
  Content-Type: application/json
  Set-Cookie: _my_session_id=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT
  X-Content-Type-Options: nosniff
  {
    "ended": 1
  }

  $ curl "http://0.0.0.0:5000/api/v1/users/me" --cookie "_my_session_id=$SESSION"
  {
    "error": "Forbidden"
  }
