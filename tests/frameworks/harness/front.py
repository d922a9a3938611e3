"""What stands in front of an app: passes requests on, or answers callbacks in its place."""

import http.client
import http.server
import ssl
import threading
from urllib.parse import urlsplit


class Front:
    """A reverse proxy on loopback. While `status` is set, every POST is answered with it."""

    def __init__(self, base_url, authority):
        self.status = None
        app = urlsplit(base_url)
        trusting = ssl.create_default_context(cafile=str(authority.certificate))

        def connect():
            if app.scheme == "https":
                return http.client.HTTPSConnection(app.hostname, app.port, context=trusting)
            return http.client.HTTPConnection(app.hostname, app.port)

        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Passes one request on."""

            def pass_on(self):
                """Forwards the request, or answers it."""
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.command == "POST" and front.status:
                    status, answer = front.status, b""
                else:
                    connection = connect()
                    connection.request(self.command, self.path, body, dict(self.headers))
                    response = connection.getresponse()
                    status, answer = response.status, response.read()
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                """Says nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}{app.path}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
