"""Processes that the benchmark starts, and what it reads of them: CPU time, memory, the sink's count, Redis."""
import atexit
import binascii
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from ports import free_port  # noqa: E402, F401

TICK = os.sysconf("SC_CLK_TCK")


def wait_for(what, ready, seconds=20):
    give_up = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > give_up:
            raise SystemExit(f"bench: waited {seconds} s for {what}")
        time.sleep(0.02)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def cpu_seconds(pid):
    """User and system time of one process and its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Child:
    """A process that ends with the benchmark, however that ends."""

    started = []

    def __init__(self, command, log, **more):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(command, stdout=more.pop("stdout", self.log), stderr=self.log, **more)
        self.pid = self.process.pid
        self.started.append(self.process)

    def cpu(self):
        return cpu_seconds(self.pid)

    def alive(self):
        return self.process.poll() is None

    def stop(self, sig=signal.SIGTERM, seconds=30):
        if self.alive():
            self.process.send_signal(sig)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Sink(Child):
    """Postfix's smtp-sink; with -c it writes its running counts, of which we read the last."""

    def __init__(self, folder, port, dump=None):
        self.counts = pathlib.Path(folder, f"sink.{port}.counts")
        self.port = port
        out = open(self.counts, "wb")
        more = ["-d", f"{dump}/mail"] if dump else []
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        super().__init__(["/usr/sbin/smtp-sink", "-c", *user, *more, f"127.0.0.1:{port}", "512"], f"{folder}/sink.log", stdout=out)
        out.close()
        wait_for("smtp-sink", lambda: listens(port))

    def messages(self):
        with open(self.counts, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 200))
            tail = file.read().decode()
        found = [part for part in tail.replace("\n", "\r").split("\r") if part.count("=") == 3 or "mesg=" in part]
        return int(found[-1].rsplit("mesg=", 1)[1].split()[0]) if found else 0


class Redis(Child):
    """A private redis-server on a Unix socket, durable at every write."""

    CONFIG = ["--port", "0", "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction",
              "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"]

    def __init__(self, folder, name="redis"):
        self.folder = pathlib.Path(folder, name)
        self.folder.mkdir()
        self.path = str(self.folder / "sock")
        super().__init__(["redis-server", "--unixsocket", self.path, "--dir", str(self.folder), *self.CONFIG], f"{folder}/{name}.log")
        wait_for("redis-server", lambda: pathlib.Path(self.path).exists())
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(self.path)
        self.stream = self.socket.makefile("rb")

    def call(self, *arguments):
        parts = [str(a).encode() if not isinstance(a, bytes) else a for a in arguments]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        return self._reply()

    def _reply(self):
        line = self.stream.readline()
        kind, text = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(text.decode())
        if kind == b":":
            return int(text)
        if kind == b"$":
            if text == b"-1":
                return None
            return self.stream.read(int(text) + 2)[:-2]
        if kind == b"*":
            return [self._reply() for _ in range(int(text))]
        return text.decode()

    def memory(self):
        info = self.call("INFO", "memory").decode()
        return int(info.split("used_memory:", 1)[1].split()[0])

    def keys(self, pattern):
        cursor, found = "0", []
        while True:
            cursor, some = self.call("SCAN", cursor, "MATCH", pattern, "COUNT", 5000)
            found += some
            if cursor == b"0":
                return found

    def stop(self, *_):
        self.socket.close()
        super().stop()


def tags(shards):
    """The hash tag of each shard, as service/queue/keys.cc chooses them."""
    chosen, number = [None] * shards, 0
    while None in chosen:
        shard = binascii.crc_hqx(str(number).encode(), 0) % 16384 // (16384 // shards)
        if chosen[shard] is None:
            chosen[shard] = number
        number += 1
    return chosen


DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def message_key(tag_of, message_id):
    shard = DIGITS.index(message_id[1]) * 32 + DIGITS.index(message_id[2])
    return f"ph:{{{tag_of[shard]}}}:m:{message_id}"


@atexit.register
def end_all():
    for process in Child.started:
        if process.poll() is None:
            process.kill()
            process.wait()


def percentile(sorted_values, share):
    """The smallest value that is not below `share` of them: no interpolation."""
    if not sorted_values:
        return float("nan")
    return sorted_values[min(len(sorted_values) - 1, max(0, -(-int(share * 1000) * len(sorted_values) // 1000) - 1))]


def median(values):
    return statistics.median(values)
