"""flask_app - the original's way: a dictionary of sessions in the memory of the process

One session exists from the start (its id comes in BENCH_SESSION), so that every worker of
gunicorn knows it.
"""
import os

from flask import Flask, abort, jsonify, request

USER = {
    "created_at": "2017-10-16 04:23:04",
    "email": "bob@hbtn.io",
    "first_name": None,
    "id": "cf3ddee1-ff24-49e4-a40b-2540333fe992",
    "last_name": None,
    "updated_at": "2017-10-16 04:23:04",
}
SESSIONS = {os.environ["BENCH_SESSION"]: USER["id"]}
USERS = {USER["id"]: USER}

app = Flask(__name__)


@app.before_request
def before_request():
    """Who is it?"""
    session_id = request.cookies.get("_my_session_id")
    if session_id is None:
        abort(401)
    request.current_user = USERS.get(SESSIONS.get(session_id))
    if request.current_user is None:
        abort(403)


@app.route("/api/v1/users/me", strict_slashes=False)
def me():
    """The user of the session."""
    return jsonify(request.current_user)
