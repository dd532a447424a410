"""`posthaste serve` on a configuration that it cannot use: one line that names the setting, exit code 2."""
import os
import pathlib
import socket
import subprocess
import unittest

from outside_world import Folder, certificates, configuration, free_port, program, serve_fails

RELAYS = [{"id": "main", "host": "127.0.0.1", "port": 2525, "tls": "NONE"}]


def without(config, *path):
    *parents, last = path
    for key in parents:
        config = config[key]
    del config[last]


def put(*path):
    """A change of the configuration: the value at the path."""
    *parents, last, value = path

    def change(config):
        for key in parents:
            config = config.setdefault(key, {}) if isinstance(config, dict) else config[key]
        config[last] = value
    return change


# (the setting that the line names, what else it says, the change)
WRONG = [
    ("colour", "", put("colour", "blue")),
    ("adress", "", put("grpc", "adress", "127.0.0.1:1")),
    ("usrname", "", put("relays", 0, "usrname", "x")),
    ("grpc.address", "8525", put("grpc", "address", "8525")),
    ("grpc.address", "70000", put("grpc", "address", "127.0.0.1:70000")),
    ("grpc.tls", "loopback", put("grpc", "address", "0.0.0.0:8525")),
    ("grpc.tls", "loopback", put("grpc", "address", "[::]:8525")),
    ("ops.address", "Unix socket", put("ops", "address", "unix:/run/ops")),
    ("ops.tls.key_file", "missing", put("ops", "tls", {"certificate_file": "c"})),
    ("redis.address", "", put("redis", "address", "nowhere")),
    ("redis.shards", "3", put("redis", "shards", 3)),
    ("redis.durability", "allow_weak_durability", put("redis", "durability", "RELAXED")),
    ("durability", "SOMEHOW", put("redis", "durability", "SOMEHOW")),
    ("redis.timeout", "", put("redis", "timeout", "0.001s")),
    ("worker.loops", "65", put("worker", "loops", 65)),
    ("worker.slots", "-1", put("worker", "slots", -1)),
    ("loops", "many", put("worker", "loops", "many")),
    ("codes.length", "4", put("codes", "length", 4)),
    ("codes.guesses", "21", put("codes", "guesses", 21)),
    ("codes.ttl", "", put("codes", "ttl", "3600s")),
    ("codes.ttl", "", put("codes", "ttl", "soon")),
    ("codes", "ceiling", put("codes", {"guesses": 20, "wrong_guesses_per_day": 1000})),
    ("limits.queued_per_tenant", "", put("limits", "queued_per_tenant", -2)),
    ("limits.queued_with_attachments_per_tenant", "", put("limits", "queued_with_attachments_per_tenant", -2)),
    ("level", "LOUD", put("log", "level", "LOUD")),
    ("log.file", "/dev/null/log", put("log", "file", "/dev/null/log")),
    ("relays", "missing", put("relays", [])),
    ("relays[0].id", "Main", put("relays", 0, "id", "Main")),
    ("relays[0].host", "missing", put("relays", 0, "host", "")),
    ("relays[0].port", "70000", put("relays", 0, "port", 70000)),
    ("relays[0].password_file", "username", put("relays", 0, "username", "me")),
    ("relays[0].ca_file", "/nonexistent/ca.pem",
     lambda config: config["relays"][0].update(tls="VERIFIED", ca_file="/nonexistent/ca.pem")),
    ("tenants", "missing", put("tenants", [])),
    ("tenants[0].relays[0]", "other", put("tenants", 0, "relays", ["other"])),
    ("tenants[0].senders[0].mailbox", "", put("tenants", 0, "senders", 0, "mailbox", "nobody")),
    ("tenants[0].time_zone", "Mars", put("tenants", 0, "time_zone", "Mars/Olympus")),
    ("tenants[0].keys[0].scopes", "everything", put("tenants", 0, "keys", 0, "scopes", ["everything"])),
    ("tenants[0].keys[0].scopes", "operator", put("tenants", 0, "keys", 0, "scopes", ["ops.read"])),
    ("tenants[0].keys[0].secret_sha256", "hexadecimal", put("tenants", 0, "keys", 0, "secret_sha256", ["abc"])),
    ("tenants[0].keys[0].expire_time", "", put("tenants", 0, "keys", 0, "expire_time", "tomorrow")),
    ("templates_dir", "/nonexistent/templates", put("templates_dir", "/nonexistent/templates")),
    ("keys.hash_key_file", "missing", lambda config: without(config, "keys", "hash_key_file")),
    ("keys.hash_key_file", "/nonexistent/key", put("keys", "hash_key_file", "/nonexistent/key")),
    ("keys.code_keys[0].file", "/nonexistent/key", put("keys", "code_keys", 0, "file", "/nonexistent/key")),
    ("keys.seal_keys[0].id", "", put("keys", "seal_keys", 0, "id", 0)),
]


class Serve(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.config = configuration(self.folder, f"unix:{self.folder.path}/no-redis.sock", [dict(RELAYS[0])])

    def refuses(self, setting, also="", config=None, in_files=True):
        """Nothing waits for Redis: whatever is wrong is said before. What lies in files check-config says, too."""
        code, said = serve_fails(self.folder, self.config if config is None else config)
        self.assertEqual(code, 2, said)
        self.assertEqual(len(said.strip().splitlines()), 1, said)
        self.assertIn(setting, said)
        self.assertIn(also, said)
        if config is None and in_files:
            path = self.folder.path / "posthaste.yaml"
            done = subprocess.run([program(), "check-config", path], capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 2, setting)
            self.assertIn(setting, done.stderr)

    def test_every_wrong_setting_is_named(self):
        for setting, also, change in WRONG:
            with self.subTest(setting=setting, also=also):
                self.setUp()
                change(self.config)
                self.refuses(setting, also)

    def test_text_that_is_no_yaml_is_located(self):
        self.refuses("posthaste.yaml", "line 3", "grpc:\n  address: [unclosed\n")

    def test_a_missing_configuration_is_named(self):
        done = subprocess.run([program(), "serve", "--config", "/nonexistent/posthaste.yaml"], capture_output=True, text=True,
                              timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nonexistent/posthaste.yaml", done.stderr)

    def test_a_secret_that_others_can_read_is_refused(self):
        files = [("keys.hash_key_file", self.config["keys"]["hash_key_file"]),
                 ("keys.code_keys[0].file", self.config["keys"]["code_keys"][0]["file"]),
                 ("keys.seal_keys[0].file", self.config["keys"]["seal_keys"][0]["file"])]
        for setting, file in files:
            for mode in (0o640, 0o604, 0o644):
                with self.subTest(setting=setting, mode=oct(mode)):
                    os.chmod(file, mode)
                    self.refuses(setting, "chmod 600")
                    os.chmod(file, 0o600)

    def test_a_secret_that_is_none_is_refused_and_not_shown(self):
        path = pathlib.Path(self.config["keys"]["hash_key_file"])
        for text in ("", "ab" * 31, "zz" * 32):
            path.write_text(text)
            self.refuses("keys.hash_key_file", path.name)
        code, said = serve_fails(self.folder, self.config)
        self.assertNotIn("zzz", said)

    def test_a_secret_that_is_a_folder_is_refused(self):
        self.config["keys"]["hash_key_file"] = str(self.folder.path)
        self.refuses("keys.hash_key_file", "regular file")

    def test_a_relays_password_that_others_can_read_is_refused(self):
        password = self.folder.write("relay.password", "secret\n", 0o644)
        self.config["relays"][0].update(username="me", password_file=password)
        self.refuses("relays[0].password_file", "chmod 600")

    def test_taken_ports_are_named(self):
        for part in ("grpc", "ops"):
            with self.subTest(part=part), socket.socket() as other:
                self.setUp()
                port = free_port()
                other.bind(("127.0.0.1", port))
                other.listen()
                self.config[part]["address"] = f"127.0.0.1:{port}"
                self.refuses(f"{part}.address", str(port), in_files=False)

    def test_certificates_that_cannot_be_used_are_named(self):
        tls = certificates(self.folder)
        good = {"certificate_file": tls["certificate"], "key_file": tls["key"]}
        empty = self.folder.write("empty.pem", "")
        for setting, file in (("certificate_file", "/nonexistent.pem"), ("key_file", "/nonexistent.key"),
                              ("client_ca_file", "/nonexistent-ca.pem"), ("certificate_file", empty)):
            with self.subTest(setting=setting, file=file):
                self.config["grpc"]["tls"] = {**good, setting: file}
                self.refuses(f"grpc.tls.{setting}", file)
        self.config["grpc"]["tls"] = {"certificate_file": tls["certificate"]}
        self.refuses("grpc.tls.key_file", "missing")

    def test_the_authority_that_redis_needs_is_named(self):
        self.config["redis"].update(address=f"127.0.0.1:{free_port()}", tls=True, ca_file="/nonexistent-ca.pem")
        self.refuses("redis.ca_file", "/nonexistent-ca.pem")


if __name__ == "__main__":
    unittest.main()
