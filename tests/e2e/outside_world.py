"""What an end-to-end test starts around `posthaste serve`: Redis, the service, the generated client, certificates.

Every process is on loopback or a Unix socket, in a folder of its own, and ended by its pid. Waits are bounded. The program is the one
that POSTHASTE names.
"""
import hashlib
import importlib
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from ports import free_port  # noqa: E402

SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])
LIMIT_SECONDS = 30
API_SECRET = "end-to-end-secret-of-no-worth"
SCOPES = ["verifications.send", "verifications.check", "messages.send", "messages.read", "templates.read", "templates.write"]


def program():
    return os.environ["POSTHASTE"]


def wait_for(what, answer, seconds=LIMIT_SECONDS):
    """Asks `answer` until it is true and returns what it said."""
    end = time.monotonic() + seconds
    while True:
        said = answer()
        if said:
            return said
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Folder:
    """A private folder, gone at the end."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="posthaste-e2e-"))

    def write(self, name, text, mode=0o600):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Child:
    """A process with its output in a file."""

    def __init__(self, words, log, env=None):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={**os.environ, "PATH": SBIN, **(env or {})})

    @property
    def pid(self):
        return self.process.pid

    def runs(self):
        return self.process.poll() is None

    def command_line(self):
        return pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes()

    def said(self):
        return self.log.read_text(errors="replace")

    def stop(self, how=signal.SIGTERM):
        if self.runs():
            self.process.send_signal(how)
        try:
            return self.process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class Redis:
    """A private server with the durability that the service asks for. `movable_clock`: see MoveClock. Its data is in folder/redis."""

    def __init__(self, folder, movable_clock=False, appendfsync="always"):
        self.folder = folder
        self.data = folder.path / "redis"
        self.data.mkdir(exist_ok=True)
        self.appendfsync = appendfsync
        self.socket = str(folder.path / "redis.sock")
        self.clock = folder.path / "clock"
        self.env = {}
        if movable_clock:
            self.clock.write_bytes(bytes(8))
            self.env = {"LD_PRELOAD": os.environ["PH_REDIS_CLOCK"], "PH_CLOCK_FILE": str(self.clock)}
        self.start()

    def start(self):
        self.spawn()
        wait_for("redis-server answers PING", self._answers)

    def spawn(self):
        self.child = Child(["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", str(self.data),
                            "--appendonly", "yes", "--appendfsync", self.appendfsync, "--save", "",
                            "--maxmemory-policy", "noeviction"], self.folder.path / "redis.log", self.env)

    def _answers(self):
        try:
            return self.call("PING") == b"PONG"
        except (OSError, AssertionError):  # Nobody listens yet, or -LOADING.
            return False

    def move_clock(self, seconds):
        """Moves the server's wall clock, and with it leases, waits and deadlines."""
        with open(self.clock, "r+b") as file:
            file.write(int(seconds * 1_000_000).to_bytes(8, "little", signed=True))

    def call(self, *words):
        """One command; strings come as bytes."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(self.socket)
            words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
            link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
            with link.makefile("rb") as stream:
                return read_reply(stream)

    def keys(self):
        """Every key, sorted."""
        found, cursor = set(), b"0"
        while True:
            cursor, some = self.call("SCAN", cursor, "COUNT", 1000)
            found.update(some)
            if cursor == b"0":
                return sorted(found)

    def value(self, key):
        kind = self.call("TYPE", key)
        command = {b"string": ["GET", key], b"hash": ["HGETALL", key], b"list": ["LRANGE", key, 0, -1],
                   b"zset": ["ZRANGE", key, 0, -1, "WITHSCORES"], b"set": ["SMEMBERS", key],
                   b"stream": ["XRANGE", key, "-", "+"]}.get(kind)
        return self.call(*command) if command else None


def read_reply(stream):
    line = stream.readline()
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise AssertionError(rest.decode())
    if kind == b"$":
        if int(rest) < 0:
            return None
        return stream.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return [read_reply(stream) for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest


def make_keys(folder):
    """Key files as `posthaste keys create` names them; returns the part of the configuration."""
    files = {name: folder.write(f"keys/{name}", os.urandom(32).hex() + "\n")
             for name in ("hash.key", "code-1.key", "seal-1.key")}
    return {"hash_key_file": files["hash.key"], "code_keys": [{"epoch": 1, "file": files["code-1.key"]}],
            "seal_keys": [{"id": 1, "file": files["seal-1.key"]}]}


def configuration(folder, redis_address, relays):
    """A whole configuration on free ports; tests change it before they write it."""
    return {
        "grpc": {"address": f"127.0.0.1:{free_port()}"},
        "ops": {"address": f"127.0.0.1:{free_port()}"},
        "redis": {"address": redis_address, "shards": 4},
        "keys": make_keys(folder),
        "worker": {"loops": 2, "ehlo_name": "client.test", "grace": "5s"},
        "log": {"level": "DEBUG", "file": str(folder.path / "service.log")},
        "limits": {"sends_per_recipient_hour": -1, "sends_per_recipient_day": -1},
        "relays": relays,
        "tenants": [{
            "id": "acme", "relays": [relay["id"] for relay in relays],
            "senders": [{"id": "accounts", "mailbox": "no-reply@acme.test", "name": "Acme"}],
            "keys": [{"id": "portal", "scopes": SCOPES,
                      "secret_sha256": [hashlib.sha256(API_SECRET.encode()).hexdigest()]}],
            "brand": {"product_name": "Acme", "site_domain": "acme.test"},
        }],
    }


class Service:
    """`posthaste serve`, ready when the constructor returns. JSON is YAML, so the configuration is written as JSON."""

    def __init__(self, folder, config, ready=True, role="all", binary=None):
        self.config = config
        self.path = folder.write("posthaste.yaml", json.dumps(config))
        self.child = Child([binary or program(), "serve", "--config", self.path, "--role", role], folder.path / "serve.out")
        self.log = folder.path / "service.log"
        if ready:
            wait_for("the service is ready", self._ready)

    def _ready(self):
        if not self.child.runs():
            raise AssertionError(f"serve ended with {self.child.process.returncode}: {self.child.said()}")
        return self.page("/readyz")[0] == 200

    def page(self, path):
        """(status, text) of the operators' HTTP, in TLS if that is configured with certificates(); (0, reason) if nobody answers."""
        tls, authorities = self.config["ops"].get("tls"), None
        if tls:
            authorities = ssl.create_default_context(cafile=pathlib.Path(tls["certificate_file"]).parent / "ca.pem")
        url = f"{'https' if tls else 'http'}://{self.config['ops']['address']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5, context=authorities) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def told(self, event):
        """The lines of its log that tell of `event`, as dictionaries."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if f'"event":"{event}"' in line]

    def reload(self, event):
        """SIGHUP; the line of what became of it: `event` is "reloaded" or "reload_refused"."""
        before = len(self.told(event))
        os.kill(self.child.pid, signal.SIGHUP)
        return wait_for(event, lambda: self.told(event)[before:], 5)[0]

    def stop(self):
        return self.child.stop()


def serve_fails(folder, config):
    """Runs `serve` on a configuration (a dict, or its text) that must not start; (exit code, stderr)."""
    path = folder.write("posthaste.yaml", config if isinstance(config, str) else json.dumps(config))
    done = subprocess.run([program(), "serve", "--config", path], capture_output=True, text=True, timeout=LIMIT_SECONDS)
    return done.returncode, done.stderr


def certificates(folder, name="relay.test"):
    """A throwaway authority and one server's certificate for `name`, localhost and 127.0.0.1: paths by openssl."""
    at = folder.path / f"tls-{name}"
    at.mkdir()

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=at, check=True, capture_output=True)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Throwaway CA")
    openssl("req", *new_key, "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={name}")
    (at / "names").write_text(f"subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1",
            "-extfile", "names", "-out", "server.pem")
    (at / "server.key").chmod(0o600)
    return {"ca": str(at / "ca.pem"), "certificate": str(at / "server.pem"), "key": str(at / "server.key")}


def generate_stubs():
    """Generates the client from proto/ as any caller would, into a folder that Python then imports from."""
    out = tempfile.mkdtemp(prefix="posthaste-stubs-")
    protos = [str(path.relative_to(ROOT / "proto")) for folder in ("google/rpc", "posthaste/v1")
              for path in sorted((ROOT / "proto" / folder).glob("*.proto"))]
    subprocess.run(["/usr/bin/python3", "-m", "grpc_tools.protoc", f"-I{ROOT / 'proto'}", f"--python_out={out}",
                    f"--grpc_python_out={out}", *protos], check=True)
    sys.path.insert(0, out)
    importlib.import_module("google").__path__.append(f"{out}/google")  # Beside google.protobuf.
    return out
