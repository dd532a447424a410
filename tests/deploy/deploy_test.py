#!/usr/bin/env python3
"""What deploy/ promises, against the real thing: redis.conf in a Redis, alerts against the code's metrics and the manual's runbooks."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/tidy"))

from tidy import anchors  # noqa: E402


class Redis:
    """A private server with deploy/redis.conf; only the places are others."""

    def __init__(self, config):
        self.folder = tempfile.TemporaryDirectory(prefix="ph-deploy-")
        self.socket = os.path.join(self.folder.name, "s")
        path = os.path.join(self.folder.name, "redis.conf")
        pathlib.Path(path).write_text(config, encoding="utf-8")
        self.process = subprocess.Popen(["redis-server", path, "--dir", self.folder.name, "--unixsocket", self.socket],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if "ready to accept connections" in line:
                return
        raise AssertionError("redis-server did not start with deploy/redis.conf")

    def call(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.socket, *words], capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()

    def close(self):
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()
        self.folder.cleanup()


def acl_lines():
    """The commented users of redis.conf."""
    lines = (DEPLOY / "redis.conf").read_text(encoding="utf-8").splitlines()
    return [line[1:] for line in lines if line.startswith("#user ")]


def commands_of_the_code():
    """Every command that scripts or the program send."""
    words = set()
    for path in sorted((ROOT / "service").rglob("*")):
        if path.suffix == ".lua":
            words |= set(re.findall(r"redis\.call\('([A-Z]+)'", path.read_text(encoding="utf-8")))
        elif path.suffix in (".cc", ".h") and path.parts[-2] in ("redis", "queue"):
            text = path.read_text(encoding="utf-8")
            words |= set(re.findall(r"\bCommand(?: \w+)?\(\"([A-Z]+)\"", text))
            words |= set(re.findall(r"\"(S?(?:UN)?SUBSCRIBE|SPUBLISH)\"", text))
    return words


# A call of each kind that is not just COMMAND KEY: arguments that its syntax asks for.
ARGUMENTS = {
    "AUTH": None,            # Allowed to everybody.
    "SUBSCRIBE": None,       # Kind::kPlain: nobody subscribes so but tests.
    "UNSUBSCRIBE": None,
    "CONFIG": ["get", "appendonly"], "INFO": ["server"], "SCRIPT": ["load", "return 1"], "EVALSHA": ["0" * 40, "1", "ph:{1}:e"],
    "CLIENT": ["setname", "posthaste"], "TIME": [], "PING": [], "SSUBSCRIBE": ["ph:{1}:w"], "SUNSUBSCRIBE": ["ph:{1}:w"],
    "SPUBLISH": ["ph:{1}:w", "1"], "XREAD": ["streams", "ph:{1}:e", "0"], "XLEN": ["ph:{1}:e"], "XRANGE": ["ph:{1}:e", "-", "+"], "XADD": ["ph:{1}:e", "*", "a", "b"],
    "XREVRANGE": ["ph:cfg", "+", "-"], "XTRIM": ["ph:{1}:e", "maxlen", "1"], "SET": ["ph:cfg", "v"], "HSET": ["ph:cfg", "f", "v"], "HMGET": ["ph:cfg", "f"],
    "GETRANGE": ["ph:cfg", "0", "1"], "SETRANGE": ["ph:cfg", "0", "v"], "PEXPIRE": ["ph:cfg", "1"], "PEXPIREAT": ["ph:cfg", "1"], "EXPIRE": ["ph:cfg", "1"],
    "LPUSH": ["ph:cfg", "v"], "LTRIM": ["ph:cfg", "0", "1"], "LRANGE": ["ph:cfg", "0", "1"], "ZADD": ["ph:cfg", "1", "m"],
    "ZREM": ["ph:cfg", "m"], "ZSCORE": ["ph:cfg", "m"], "ZRANK": ["ph:cfg", "m"], "ZCOUNT": ["ph:cfg", "0", "1"],
    "ZRANGE": ["ph:cfg", "0", "1"], "ZREVRANGE": ["ph:cfg", "0", "1"], "ZRANGEBYSCORE": ["ph:cfg", "0", "1"],
    "ZREMRANGEBYRANK": ["ph:cfg", "0", "1"], "HSETNX": ["ph:cfg", "f", "v"], "MGET": ["ph:cfg", "ph:{1}:e"],
    "HDEL": ["ph:cfg", "f"], "HGET": ["ph:cfg", "f"], "HINCRBY": ["ph:cfg", "f", "1"], "ZREMRANGEBYSCORE": ["ph:cfg", "0", "1"],
}


class RelaxedConf(unittest.TestCase):
    def settings(self, text):
        redis = Redis(text)
        try:
            words = redis.call("config", "get", "*").split("\n")
        finally:
            redis.close()
        return {name: value for name, value in zip(words[::2], words[1::2]) if name not in ("dir", "unixsocket")}

    def test_differs_from_redis_conf_in_how_often_the_disk_is_told(self):
        text = (DEPLOY / "redis.relaxed.conf").read_text(encoding="utf-8")
        self.assertIn("\ninclude /etc/redis/posthaste.conf\n", text)
        relaxed = self.settings(text.replace("/etc/redis/posthaste.conf", str(DEPLOY / "redis.conf")))
        strict = self.settings((DEPLOY / "redis.conf").read_text(encoding="utf-8"))
        self.assertEqual({name: (strict[name], relaxed[name]) for name in strict if strict[name] != relaxed[name]},
                         {"appendfsync": ("always", "everysec")})


class RedisConf(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = (DEPLOY / "redis.conf").read_text(encoding="utf-8")
        cls.redis = Redis(cls.text)
        cls.redis.call("acl", "setuser", *acl_lines()[0].split()[1:])

    @classmethod
    def tearDownClass(cls):
        cls.redis.close()

    def test_keeps_what_level_local_promises(self):
        for name, value in [("appendonly", "yes"), ("appendfsync", "always"), ("no-appendfsync-on-rewrite", "no"),
                            ("maxmemory-policy", "noeviction"), ("save", ""), ("port", "0")]:
            self.assertEqual(self.redis.call("config", "get", name).split("\n")[1:], [value] if value else [], name)

    def test_gives_a_reason_for_every_line(self):
        lines = self.text.splitlines()
        for before, line in zip(lines, lines[1:]):
            if line and not line.startswith("#"):
                self.assertTrue(before, f"{line}: neither a comment before it nor a setting that shares one")

    def dry_run(self, *words):
        return self.redis.call("acl", "dryrun", "posthaste", *words)

    def test_allows_its_user_every_command_of_the_code(self):
        words = commands_of_the_code()
        self.assertLess({"EVALSHA", "CONFIG", "ZADD", "XREAD", "SSUBSCRIBE"}, words)
        for word in sorted(words):
            arguments = ARGUMENTS.get(word, ["ph:cfg"])
            if arguments is not None:
                self.assertEqual(self.dry_run(word, *arguments), "OK", word)

    def test_allows_its_user_nothing_else(self):
        for words in [["get", "other"], ["set", "other", "v"], ["flushall"], ["keys", "*"], ["config", "set", "appendfsync", "no"],
                      ["eval", "return 1", "0"], ["shutdown"], ["debug", "sleep", "1"], ["spublish", "other", "1"], ["acl", "list"],
                      ["script", "flush"], ["monitor"], ["slowlog", "get"], ["replicaof", "h", "1"]]:
            self.assertIn("no permissions", self.dry_run(*words), words)

    def test_starts_with_its_user_and_without_the_default_one(self):
        redis = Redis(self.text + "\n" + "\n".join(acl_lines()) + "\n")
        try:
            self.assertIn("NOAUTH", redis.call("ping"))
        finally:
            redis.close()


class Alerts(unittest.TestCase):
    # Recorded ones, which alerts of burn rates are made of, included.
    everything = [rule for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text(encoding="utf-8"))["groups"]
                  for rule in group["rules"]]
    rules = [rule for rule in everything if "alert" in rule]

    def test_ask_for_metrics_that_the_code_has(self):
        code = "".join(path.read_text(encoding="utf-8") for folder in ("base", "smtp", "service")
                       for path in (ROOT / folder).rglob("*.cc"))
        for rule in self.everything:
            for name in re.findall(r"\bposthaste_\w+", rule["expr"]):
                plain = re.sub(r"_(bucket|sum|count)$", "", name)
                self.assertTrue(f'"{name}"' in code or f'"{plain}"' in code, name)

    def test_lead_to_a_runbook(self):
        for rule in self.rules:
            path, _, anchor = rule["annotations"]["runbook"].partition("#")
            self.assertIn(anchor, anchors((ROOT / path).read_text(encoding="utf-8")), rule["alert"])

    def test_have_a_case_that_fires_and_one_that_is_silent(self):
        cases = yaml.safe_load((DEPLOY / "prometheus/alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
        for rule in self.rules:
            mine = [case for test in cases for case in test["alert_rule_test"] if case["alertname"] == rule["alert"]]
            self.assertEqual({bool(case["exp_alerts"]) for case in mine}, {True, False}, rule["alert"])

    def test_use_a_bucket_that_there_is(self):
        buckets = re.search(r"WaitBuckets\(\) \{.*?\{(.*?)\}", (ROOT / "base/metrics.cc").read_text(encoding="utf-8"), re.S).group(1)
        for bound in re.findall(r'le="([\d.]+)"', " ".join(rule["expr"] for rule in self.everything)):
            self.assertIn(bound, [word.strip() for word in buckets.split(",")])


def services_of(name):
    """A compose file's services, with what they extend."""
    known = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))["services"]
    for service in known.values():
        if "extends" in service:
            base = services_of(service["extends"]["file"])[service["extends"]["service"]]
            service.update({key: value for key, value in base.items() if key not in service})
    return known


class Places(unittest.TestCase):
    """Unit, container and example agree on where things are."""
    example = (DEPLOY / "posthaste.yaml").read_text(encoding="utf-8")
    unit = (DEPLOY / "systemd/posthaste.service").read_text(encoding="utf-8")
    compose = services_of("compose.host.yaml")

    def test_of_keys(self):
        folder = re.search(r"/run/credentials/([\w.]+)/hash.key", self.example).group(1)
        self.assertTrue((DEPLOY / "systemd" / folder).exists())
        self.assertIn(f"./local/keys:/run/credentials/{folder}:ro", self.compose["posthaste"]["volumes"])
        in_force = re.findall(rf"^[^#\n]*/run/credentials/{re.escape(folder)}/(\S+)", self.example, re.M)
        handed = re.findall(r"^LoadCredential=(\S+):/etc/posthaste/keys/(\S+)$", self.unit, re.M)
        self.assertEqual([(name, name) for name in in_force], handed)

    def test_of_redis_socket(self):
        socket = re.search(r"^unixsocket (.*)$", (DEPLOY / "redis.conf").read_text(encoding="utf-8"), re.M).group(1)
        self.assertIn(f"unix:{socket}", self.example)
        for service in self.compose.values():
            self.assertIn(f"redis-socket:{os.path.dirname(socket)}", service["volumes"])
        self.assertIn(socket, self.compose["redis"]["healthcheck"]["test"])

    def test_of_the_configuration(self):
        command = re.search(r"^ExecStart=(.*)$", self.unit, re.M).group(1)
        container = re.search(r'^CMD \["(.*)"\]$', (DEPLOY / "Containerfile").read_text(encoding="utf-8"), re.M).group(1)
        self.assertEqual(command, "/usr/bin/posthaste " + container.replace('", "', " "))
        self.assertIn("./local/posthaste.yaml:" + command.split()[-1] + ":ro", self.compose["posthaste"]["volumes"])

    def test_of_mounted_files(self):
        for service in self.compose.values():
            for volume in service["volumes"]:
                source = volume.split(":")[0]
                if source.startswith("./") and not source.startswith("./local/"):
                    self.assertTrue((DEPLOY / source).exists(), source)

    def test_a_stop_outlives_the_grace(self):
        grace = int(re.search(r"#grace: (\d+)s", self.example).group(1))
        self.assertGreater(int(re.search(r"^TimeoutStopSec=(\d+)s$", self.unit, re.M).group(1)), grace + 5)
        self.assertGreater(int(self.compose["posthaste"]["stop_grace_period"].rstrip("s")), grace + 5)


if __name__ == "__main__":
    unittest.main()
