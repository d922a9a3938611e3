"""A Connect app on Flask whose tokens are checked by PyJWT, directly and through atlassian-jwt.

BASE_URL, PORT, STORE_PATH and KEY_HOST_URL come from the environment.
"""

import os
import re
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing

import atlassian_jwt
import jwt
import waitress
from atlassian_jwt.url_utils import hash_url
from flask import Flask, abort, jsonify, request

BASE_URL = os.environ["BASE_URL"]
STORE_PATH = os.environ["STORE_PATH"]
KEY_HOST_URL = os.environ["KEY_HOST_URL"]

# Letters, digits, underscores and hyphens, in parts that slashes may separate: no dot, so no way out of the key host.
KID = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")

DESCRIPTOR = {
    "key": "dev.rehearsal.python-app",
    "name": "Rehearsal Python app",
    "description": "A minimal Connect app whose tokens PyJWT checks.",
    "baseUrl": BASE_URL,
    "vendor": {"name": "Rehearsal", "url": "https://example.com"},
    "authentication": {"type": "jwt"},
    "apiMigrations": {"signed-install": True},
    "apiVersion": 1,
    "scopes": ["READ"],
    "lifecycle": {
        # A query belongs to what Atlassian signs; this one makes sure of it.
        "installed": "/lifecycle/installed?from=connect",
        "uninstalled": "/lifecycle/uninstalled",
        "enabled": "/lifecycle/enabled",
        "disabled": "/lifecycle/disabled",
    },
    "modules": {"generalPages": [{"key": "page", "name": {"value": "Page"}, "url": "/page"}]},
}

app = Flask(__name__)


def store():
    """Opens the tenants' table; the context commits and closes."""
    connection = sqlite3.connect(STORE_PATH)
    connection.row_factory = sqlite3.Row
    return closing(connection)


class Tenants(atlassian_jwt.Authenticator):
    """Checks what a product signed with a tenant's own secret."""

    def get_shared_secret(self, client_key):
        """The tenant's current secret; an unknown tenant has none."""
        with store() as connection:
            row = connection.execute("SELECT shared_secret FROM tenant WHERE client_key = ?", [client_key]).fetchone()
        if row is None:
            raise jwt.InvalidIssuerError("unknown tenant")
        return row["shared_secret"]


def signed_url():
    """The path and query as they arrived, which is what the query hash covers."""
    return request.full_path if request.query_string else request.path


def authenticate_atlassian(*fields):
    """Checks a callback signed with Atlassian's key, and returns its payload, in which the fields are texts."""
    payload = request.get_json()
    if not isinstance(payload, dict) or not all(isinstance(payload.get(field), str) for field in fields):
        abort(400, "fields are missing")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "JWT":
        abort(401, "no token")
    try:
        kid = jwt.get_unverified_header(token).get("kid", "")
        if not KID.fullmatch(kid):
            abort(401, "no usable kid")
        claims = jwt.decode(
            token,
            public_key(kid),
            algorithms=["RS256"],
            audience=BASE_URL,
            issuer=payload["clientKey"],
            options={"require": ["aud", "exp", "iss", "qsh"]},
        )
    except jwt.PyJWTError as error:
        abort(401, str(error))
    if claims["qsh"] != hash_url(request.method, signed_url()):
        abort(401, "qsh does not match")
    return payload


def public_key(kid):
    """Asks the key host for the key of this kid."""
    try:
        with urllib.request.urlopen(f"{KEY_HOST_URL}/{kid}", timeout=2) as answer:
            return answer.read()
    except urllib.error.HTTPError:
        abort(401, "unknown kid")
    except OSError:
        abort(503, "the key host did not answer")


def authenticate_tenant():
    """Checks a request signed with a tenant's secret, and returns the tenant's clientKey."""
    try:
        return Tenants().authenticate(request.method, signed_url(), request.headers).client_key
    except (jwt.PyJWTError, KeyError) as error:
        abort(401, str(error))


@app.after_request
def log(response):
    """Prints the request and its answer, never the query, in which a token may be."""
    print(request.method, request.path, response.status_code, flush=True)
    return response


@app.get("/atlassian-connect.json")
def descriptor():
    """The app's descriptor."""
    return jsonify(DESCRIPTOR)


@app.post("/lifecycle/installed")
def installed():
    """Stores the tenant, or overwrites what an earlier callback stored."""
    payload = authenticate_atlassian("clientKey", "sharedSecret", "baseUrl")
    with store() as connection, connection:
        connection.execute(
            "INSERT INTO tenant VALUES (:clientKey, :sharedSecret, :baseUrl) ON CONFLICT (client_key) DO UPDATE "
            "SET shared_secret = excluded.shared_secret, host_base_url = excluded.host_base_url",
            payload,
        )
    return "", 204


@app.post("/lifecycle/uninstalled")
def uninstalled():
    """Forgets the tenant."""
    payload = authenticate_atlassian("clientKey")
    with store() as connection, connection:
        connection.execute("DELETE FROM tenant WHERE client_key = :clientKey", payload)
    return "", 204


@app.post("/lifecycle/enabled")
@app.post("/lifecycle/disabled")
def toggled():
    """Takes note of nothing: the secret was right."""
    authenticate_tenant()
    return "", 204


@app.get("/page")
def page():
    """A page that wants the tenant's current secret."""
    client_key = authenticate_tenant()
    with store() as connection:
        row = connection.execute("SELECT host_base_url FROM tenant WHERE client_key = ?", [client_key]).fetchone()
    return jsonify(clientKey=client_key, hostBaseUrl=row["host_base_url"])


if __name__ == "__main__":
    with store() as connection, connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS tenant (client_key TEXT PRIMARY KEY, shared_secret TEXT, host_base_url TEXT)"
        )
    waitress.serve(app, host="127.0.0.1", port=int(os.environ["PORT"]))
