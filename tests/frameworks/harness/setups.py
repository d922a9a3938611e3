"""The real set-ups: which framework, how it is told to trust the probe's key, and what is odd about it."""

from dataclasses import dataclass, field

from . import HERE, install
from .app import App, free_port
from .authority import Authority


@dataclass
class Setup:
    """One running app and how to probe it."""

    name: str
    base_url: str
    app: App
    # Whose certificates it has, where it has any.
    authority: Authority
    # Where the framework keeps its tenants.
    table: str
    # The port of the key host that the app asks.
    key_port: int
    # How the app answers when nothing listens there.
    without_key_host: frozenset
    # Certificate and key for that host, where it has to speak TLS.
    key_host_certificate: tuple | None = None
    # Flags without which the app can't be reached.
    reach: list = field(default_factory=list)
    # Flags for signing and for serving the key, apart from the key server's address.
    trust: list = field(default_factory=list)
    # A page that wants a tenant's current secret, as the app logs it.
    logged_page: str = "/page"

    def flags(self, key_port=None):
        """The flags for a probe that signs, with the key server where the app looks for it unless told otherwise."""
        address = f"127.0.0.1:{key_port or self.key_port}"
        return ["--key-server", address, "--protected-path", "/page", *self.reach, *self.trust]


def connect_express(directory, authority):
    """atlassian-connect-express in production mode on SQLite."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    return _connect_express("atlassian-connect-express", directory, authority, port, base_url, {})


def connect_express_tls(directory, authority):
    """The same behind TLS with a CA of our own, below a path; besides a kid with slashes and aud as an array."""
    port = free_port()
    base_url = f"https://localhost:{port}/connect/app"
    certificate, key = authority.certify("localhost")
    environment = {"TLS_CERT": str(certificate), "TLS_KEY": str(key)}
    setup = _connect_express("atlassian-connect-express over TLS", directory, authority, port, base_url, environment)
    setup.reach = ["--cacert", authority.certificate]
    setup.trust = ["--kid", "staging/2026/probe_key-1", "--audience", "array"]
    setup.logged_page = "/connect/app/page"
    return setup


def _connect_express(name, directory, authority, port, base_url, environment):
    key_port = free_port()
    environment = {
        "NODE_ENV": "production",
        "AC_LOCAL_BASE_URL": base_url,
        "CONNECT_KEYS_CDN_URL": f"http://127.0.0.1:{key_port}",
        **environment,
    }
    return Setup(
        name=name,
        base_url=base_url,
        app=App(["node", "connect-express.js"], install.express(), port, directory, environment),
        authority=authority,
        table="AddonSettings",
        key_port=key_port,
        # It asks Atlassian's own host next: 404 where that is out of reach as well, 400 where it answers anything.
        without_key_host=frozenset({"status.400", "status.404"}),
    )


def connect_tooling(directory, authority):
    """@seibert/atlassian-connect-tooling, whose key host is fixed: a hosts override, TLS and a trusted CA."""
    port, key_port = free_port(), free_port()
    base_url = f"http://127.0.0.1:{port}"
    key_host = "connect-install-keys.atlassian.com"
    certificate, key = authority.certify(key_host)
    environment = {
        "NODE_ENV": "production",
        "BASE_URL": base_url,
        "OVERRIDE_HOST": key_host,
        "OVERRIDE_ADDRESS": f"127.0.0.1:{key_port}",
        "NODE_EXTRA_CA_CERTS": str(authority.certificate),
    }
    command = ["node", "--require", "./hosts.js", "connect-tooling.js"]
    return Setup(
        name="atlassian-connect-tooling",
        base_url=base_url,
        app=App(command, install.express(), port, directory, environment),
        authority=authority,
        table="tenant",
        key_port=key_port,
        without_key_host=frozenset({"status.401"}),
        key_host_certificate=(certificate, key),
        trust=["--key-server-tls", f"{certificate},{key}"],
    )


def python(directory, authority):
    """Flask and PyJWT, with a query in the installed URL and a key server below a path."""
    port, key_port = free_port(), free_port()
    base_url = f"http://127.0.0.1:{port}"
    environment = {"BASE_URL": base_url, "KEY_HOST_URL": f"http://127.0.0.1:{key_port}/install/keys"}
    return Setup(
        name="Flask and PyJWT",
        base_url=base_url,
        app=App([install.python(), "app.py"], HERE / "python", port, directory, environment),
        authority=authority,
        table="tenant",
        key_port=key_port,
        without_key_host=frozenset({"status.503"}),
        trust=["--key-server-prefix", "/install/keys"],
    )


ALL = (connect_express, connect_express_tls, connect_tooling, python)
