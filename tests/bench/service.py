"""The service under test: its configuration, its process, one of its mails."""
import email
import email.policy
import hashlib
import os
import pathlib
import re
import secrets
import signal
import urllib.request

from machine import Child, Sink, free_port, listens, wait_for

SHARDS, SESSIONS = 16, 20

CONFIG = """\
grpc:
  address: {grpc}
ops:
  address: 127.0.0.1:{ops}
redis:
  address: unix:{redis}
keys:
  hash_key_file: {folder}/hash.key
  code_keys: [{{epoch: 1, file: {folder}/code.key}}]
  seal_keys: [{{id: 1, file: {folder}/seal.key}}]
worker:
  ehlo_name: bench.test
relays:
  - id: sink
    host: 127.0.0.1
    port: {sink}
    tls: NONE
    sessions: {sessions}
log:
  file: {folder}/posthaste.log
tenants:
  - id: bench
    relays: [sink]
    senders: [{{id: accounts, mailbox: no-reply@example.test, name: Example}}]
    brand: {{product_name: Example, support_contact: support@example.test, site_domain: example.test}}
    keys:
      - id: bench
        secret_sha256: ["{digest}"]
        scopes: [verifications.send, verifications.check, messages.send, messages.read]
"""


def private(path, text):
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


class Service(Child):
    """`posthaste serve`; all that the configuration does not name has its default."""

    def __init__(self, build, folder, redis, sink_port, role="all", name="posthaste"):
        self.build, self.folder = build, pathlib.Path(folder, name)
        self.folder.mkdir()
        secret = secrets.token_hex(32)
        for key in ("hash", "code", "seal"):
            private(self.folder / f"{key}.key", secrets.token_hex(32) + "\n")
        self.api_key = self.folder / "api.key"
        private(self.api_key, f"bench.{secret}\n")
        port, ops = free_port(), free_port()
        self.grpc = f"127.0.0.1:{port}"
        self.shown = CONFIG.format(grpc=self.grpc, ops=ops, redis=redis.path, folder=self.folder, sink=sink_port, sessions=SESSIONS,
                                   digest=hashlib.sha256(secret.encode()).hexdigest())
        config = self.folder / "posthaste.yaml"
        private(config, self.shown)
        super().__init__([build / "posthaste", "serve", "--config", config, "--role", role], f"{folder}/{name}.log")
        wait_for("posthaste serve", lambda: not self.alive() or listens(port))
        if not self.alive():
            raise SystemExit("bench: " + pathlib.Path(folder, f"{name}.log").read_text())
        self.ops = ops
        wait_for("/readyz", self.ready)

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ops}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


def sample_mail(bench):
    """One mail as it arrives: sender, subject, text and html with {code} for the code; and its size in bytes."""
    dump = pathlib.Path(bench.folder, "dump")
    dump.mkdir()
    dump.chmod(0o777)
    port = bench.sink.port
    bench.sink.stop(signal.SIGKILL)
    bench.sink = Sink(bench.folder, port, dump)
    bench.one(count=1, in_flight=1)
    bench.sink.stop(signal.SIGKILL)
    bench.sink = Sink(bench.folder, port)
    raw = b"".join(path.read_bytes() for path in sorted(dump.iterdir()))
    # smtp-sink writes the envelope as X- lines before the message.
    body = re.sub(rb"(?m)\A(?:X-[^\n]*\n|Received:[^\n]*\n(?:[ \t][^\n]*\n)*)*", b"", raw)
    message = email.message_from_bytes(body, policy=email.policy.default)
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    code = re.search(r"\b\d{6}\b", parts["text/plain"]).group()
    mail = {"from": str(message["from"]), "subject": str(message["subject"]), "text": parts["text/plain"], "html": parts["text/html"]}
    return {name: text.replace(code, "{code}") for name, text in mail.items()}, len(body)
