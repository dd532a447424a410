"""A receiver of webhooks that this project did not write: http.server behind ssl. It verifies as docs/EVENTS.md says."""
import base64
import hashlib
import hmac
import http.server
import json
import socket
import ssl
import threading
import time

from outside_world import certificates


def verified(secret, headers, body):
    """How many of the signatures are of `secret`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = headers["webhook-timestamp"]
    assert abs(time.time() - int(stamp)) < 300, stamp
    content = f"{headers['webhook-id']}.{stamp}.".encode() + body
    good = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return sum(hmac.compare_digest(f"v1,{good}", one) for one in headers["webhook-signature"].split(" "))


class Told:
    """One request."""

    def __init__(self, path, headers, body, status):
        self.path, self.headers, self.body, self.status = path, headers, body, status
        self.event = json.loads(body)
        self.at = time.monotonic()


class WebhookReceiver:
    """Answers 204, or what `answers` has next: a status, (status, headers), or ("wait", s): nothing for so many seconds, then it hangs up."""

    def __init__(self, folder):
        self.told, self.answers, self.lock = [], [], threading.Lock()
        self.connections, self.open = 0, set()
        files = certificates(folder, "hooks.test")
        self.ca = files["ca"]
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                receiver.connections += 1
                receiver.open.add(self.connection)

            def finish(self):
                super().finish()
                receiver.open.discard(self.connection)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with receiver.lock:
                    answer = receiver.answers.pop(0) if receiver.answers else 204
                    status, headers = answer if isinstance(answer, tuple) else (answer, {})
                    receiver.told.append(Told(self.path, self.headers, body, status))
                if status == "wait":
                    time.sleep(headers)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.handler = Handler
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(files["certificate"], files["key"])
        self.port = 0
        self.listen()

    def listen(self):
        """At the port that it had before, if it had one."""
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), self.handler)
        self.server.daemon_threads = True
        self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hang_up(self):
        """Closes the connections that are open."""
        for connection in list(self.open):
            connection.shutdown(socket.SHUT_RDWR)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def taken(self):
        """The events that it answered 204, in its order."""
        return [one.event for one in list(self.told) if one.status == 204]
