"""The same mail through others, into the same sink: BullMQ with Nodemailer, and a Postfix relay."""
import json
import os
import pathlib
import shutil
import subprocess
import time

from machine import Child, Redis, free_port, listens, median, percentile, wait_for
from service import SESSIONS

PACKAGES = ["bullmq@5.12.0", "nodemailer@6.9.14"]
CONCURRENCY = 50
RUNS, COUNT = 3, 2000

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.test
mydestination =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{sink}
smtp_destination_concurrency_limit = {sessions}
initial_destination_concurrency = {sessions}
in_flow_delay = 0
smtp_tls_security_level = none
smtpd_tls_security_level = none
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - 100 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - 100 smtp
relay unix - - n - 100 smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def packages(folder):
    if not all((folder / "node_modules" / name.split("@")[0]).exists() for name in PACKAGES):
        subprocess.run(["npm", "install", "--loglevel=error", "--no-fund", "--no-audit", "--prefix", folder, *PACKAGES], check=True,
                       stdout=subprocess.DEVNULL)


class BullMq:
    """A worker process, and a producer for each run."""

    def __init__(self, bench, mail):
        packages(bench.options.npm)
        self.bench, self.mail = bench, mail
        self.redis = Redis(bench.folder, "bullmq")
        program = pathlib.Path(__file__).with_name("peers") / "bullmq.js"
        # Node looks for packages beside the program.
        self.program = shutil.copy(program, bench.options.npm / "bullmq.js")
        self.worker = self.start("worker", {})
        wait_for("the BullMQ worker", lambda: b"ready" in (bench.folder / "bullmq-worker.log").read_bytes())

    def command(self, role, more):
        options = {"socket": self.redis.path, "port": self.bench.sink.port, "mail": self.mail, "domain": "peer.test",
                   "concurrency": CONCURRENCY, "sessions": SESSIONS, "inFlight": 256} | more
        return ["node", self.program, role, json.dumps(options)]

    def start(self, role, more):
        return Child(self.command(role, more), self.bench.folder / f"bullmq-{role}.log")

    def one(self, **more):
        self.redis.call("FLUSHALL")
        cpu, sunk = self.worker.cpu() + self.redis.cpu(), self.bench.sink.messages()
        done = subprocess.run(self.command("produce", more), stdout=subprocess.PIPE, check=True, timeout=180)
        answer = json.loads(done.stdout)
        if self.bench.sink.messages() - sunk < more["count"]:
            raise SystemExit("bench: BullMQ says completed, the sink does not")
        answer["cpu"] = (self.worker.cpu() + self.redis.cpu() - cpu) / more["count"] * 1e6
        return answer

    def stop(self):
        self.worker.stop()
        self.redis.stop()


def bullmq(bench, mail, rate):
    peer = BullMq(bench, mail)
    try:
        print(f"\nBullMQ + Nodemailer ({', '.join(PACKAGES)}, node {subprocess.check_output(['node', '--version'], text=True).strip()}): "
              f"one producer with 256 adds in flight, one worker, concurrency {CONCURRENCY}, pool of {SESSIONS} sessions without end, "
              f"Redis: {' '.join(Redis.CONFIG)}", flush=True)
        peer.one(count=500)
        runs = [peer.one(count=COUNT) for _ in range(RUNS)]
        theirs = median([COUNT / run["seconds"] for run in runs])
        paced = [peer.one(count=500, rate=100) for _ in range(RUNS)]
        p50, p99 = (median([percentile(sorted(run["latencies"]), share) for run in paced]) for share in (0.5, 0.99))
        print(f"  {theirs:.0f} messages/s; CPU of worker and Redis {median([r['cpu'] for r in runs]):.0f} us per message; "
              f"at 100/s p50 {p50:.1f} ms, p99 {p99:.1f} ms; Posthaste: {rate / theirs:.1f} times as many messages/s", flush=True)
    finally:
        peer.stop()


class Postfix:
    """A private instance; only root can start one."""

    def __init__(self, bench):
        self.folder = bench.folder / "postfix"
        self.folder.mkdir(mode=0o755)
        for name in ("queue", "data"):
            (self.folder / name).mkdir(mode=0o755)
        shutil.chown(self.folder / "data", "postfix", "postfix")
        self.port = free_port()
        self.main_cf = MAIN_CF.format(folder=self.folder, sink=bench.sink.port, sessions=SESSIONS)
        (self.folder / "main.cf").write_text(self.main_cf)
        (self.folder / "master.cf").write_text(MASTER_CF.format(port=self.port))
        for name in ("postfix-files", "postfix-script", "post-install", "dynamicmaps.cf"):
            if pathlib.Path("/etc/postfix", name).exists():
                shutil.copy(f"/etc/postfix/{name}", self.folder)
        subprocess.run(["postfix", "-c", self.folder, "start"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("postfix", lambda: listens(self.port))

    def stop(self):
        subprocess.run(["postfix", "-c", self.folder, "stop"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def postfix(bench, rate):
    if os.geteuid():
        print("\nPostfix relay: not measured, only root can start a private instance", flush=True)
        return
    peer = Postfix(bench)
    try:
        print("\nPostfix relay (smtp-source -> smtpd -> queue -> smtp -> the sink); main.cf, the rest is its default:\n"
              + "".join(f"  {line}\n" for line in peer.main_cf.splitlines()), end="", flush=True)
        rates = []
        for count in (300, *[COUNT] * RUNS):
            sunk, start = bench.sink.messages(), time.monotonic()
            subprocess.run(["/usr/sbin/smtp-source", "-d", "-s", str(SESSIONS), "-l", str(bench.size), "-m", str(count),
                            "-f", "bounces@example.test", "-t", "someone@peer.test", f"127.0.0.1:{peer.port}"], check=True)
            wait_for("Postfix to empty its queue", lambda: bench.sink.messages() - sunk >= count, 120)
            rates.append(count / (time.monotonic() - start))
        theirs = median(rates[1:])
        print(f"  {theirs:.0f} messages/s; Posthaste: {rate / theirs:.1f} times as many messages/s", flush=True)
    finally:
        peer.stop()


def measure(bench, mail, rate):
    bullmq(bench, mail, rate)
    postfix(bench, rate)
