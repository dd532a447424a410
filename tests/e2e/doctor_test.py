"""`posthaste doctor`: ten faults planted in real parts, each named; and the same parts without them, in which it finds none."""
import json
import os
import resource
import socket
import subprocess
import threading
import unittest

from outside_receivers import Receiver
from outside_world import Folder, Redis, certificates, configuration, free_port, program

A, AAAA, TXT, MX = 1, 28, 16, 15


class Names:
    """A name server on UDP: what is in `records`, {(name, type): [data]}; of everything else that there is no such name."""

    def __init__(self, records):
        self.records = records
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1@{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            packet, peer = self.socket.recvfrom(4096)
            if not packet:
                return
            at, labels = 12, []
            while packet[at]:
                labels.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
                at += packet[at] + 1
            name, kind = ".".join(labels), int.from_bytes(packet[at + 1:at + 3], "big")
            found = self.records.get((name, kind), [])
            known = any(one == name or one.endswith("." + name) for one, _ in self.records)
            answers = b"".join(b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1\0\0\0\x3c" + len(data).to_bytes(2, "big") + data
                               for data in found)
            flags = 0x8580 | (0 if known else 3)
            self.socket.sendto(packet[:2] + flags.to_bytes(2, "big") + b"\0\1" + len(found).to_bytes(2, "big") + bytes(4)
                               + packet[12:at + 5] + answers, peer)

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


def text(value):
    return b"".join(bytes([len(part)]) + part for part in (value[at:at + 255].encode() for at in range(0, len(value), 255)))


class Doctor(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.redis = Redis(self.folder, movable_clock=True)
        self.addCleanup(self.redis.child.stop)
        self.tls = certificates(self.folder)
        made = subprocess.run([program(), "keys", "dkim", "acme.example", "--selector", "s1", "--dir", self.folder.path / "dkim"],
                              capture_output=True, text=True, check=True, timeout=30).stdout
        self.key = next(str(path) for path in (self.folder.path / "dkim").iterdir() if "ed25519" in path.name)
        record = next(line for line in made.splitlines() if line.startswith("s1-ed25519")).split('"')[1]
        self.names = Names({
            ("acme.example", TXT): [text("v=spf1 -all")], ("acme.example", MX): [b"\0\1\2mx\4acme\7example\0"],
            ("_dmarc.acme.example", TXT): [text("v=DMARC1; p=none")], ("s1-ed25519._domainkey.acme.example", TXT): [text(record)]})
        self.addCleanup(self.names.stop)

    def receiver(self, **options):
        receiver = Receiver(**options)
        self.addCleanup(receiver.stop)
        return receiver

    def configuration(self):
        password = self.folder.write("relay.password", "right\n")
        relay = self.receiver(certificates=self.tls, user="me", password="right")
        config = configuration(self.folder, f"unix:{self.redis.socket}",
                               [relay.relay("main", username="me", password_file=password)])
        # Not acme.test, as elsewhere: to libunbound there is nothing below "test" (RFC 6761).
        config["tenants"][0]["senders"][0]["mailbox"] = "no-reply@acme.example"
        config["dns"] = {"servers": [self.names.address]}
        config["dkim"] = [{"domain": "acme.example", "selector": "s1-ed25519", "key_file": self.key}]
        config["grpc"]["tls"] = {"certificate_file": self.tls["certificate"], "key_file": self.tls["key"]}
        return config

    def ask(self, config, files=4096):
        path = self.folder.write("posthaste.yaml", config if isinstance(config, str) else json.dumps(config))
        done = subprocess.run(
            [program(), "doctor", "--config", path, "--json"], capture_output=True, text=True, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def test_finds_no_fault_where_there_is_none(self):
        code, found = self.ask(self.configuration())
        self.assertEqual([one for one in found if one["level"] == "fault"], [])
        self.assertEqual(code, 0)
        good = {one["check"] for one in found if one["level"] == "ok"}
        self.assertLessEqual({"secrets", "files", "clock", "redis", "relays", "spf", "dkim", "dmarc", "return_path"}, good)

    def test_names_each_of_ten_planted_faults(self):
        config = self.configuration()
        os.chmod(config["keys"]["hash_key_file"], 0o644)                      # 1: a key that others can read.
        self.redis.call("CONFIG", "SET", "appendfsync", "everysec")           # 2: weaker than `durability`.
        self.redis.move_clock(30)                                             # 3
        wrong = self.folder.write("wrong.password", "wrong\n")
        config["relays"][0]["password_file"] = wrong                          # 4
        expired = self.expired()
        relay = self.receiver(certificates=expired)
        config["relays"].append(relay.relay("old"))                           # 5
        config["relays"].append({"id": "gone", "host": "127.0.0.1", "port": free_port(), "tls": "NONE"})  # 6
        config["grpc"]["tls"] = {"certificate_file": expired["certificate"], "key_file": expired["key"]}  # 7
        self.names.records[("acme.example", TXT)] = [text("no such thing")]      # 8
        self.names.records[("s1-ed25519._domainkey.acme.example", TXT)] = [text("v=DKIM1; k=ed25519; p=AAAA")]  # 9
        code, found = self.ask(config, files=100)                             # 10
        self.assertEqual(code, 1)
        planted = [("secrets", "keys.hash_key_file"), ("redis", "appendfsync"), ("clock", "Redis"), ("relays", "auth"),
                   ("relays", "expired"), ("relays", "gone"), ("certificates", "grpc"), ("spf", "acme.example"),
                   ("dkim", "another key"), ("files", "100")]
        faults = [one for one in found if one["level"] == "fault"]
        for check, word in planted:
            with self.subTest(check=check, word=word):
                named = [one for one in faults if one["check"] == check and word in one["what"]]
                self.assertEqual(len(named), 1, faults)
                self.assertTrue(named[0]["next"])
        self.assertEqual(len(faults), len(planted), faults)

    def test_a_redis_that_answers_and_takes_no_writes(self):
        self.redis.call("CONFIG", "SET", "maxmemory", "1000000")
        code, found = self.ask(self.configuration())
        self.assertEqual(code, 1)
        faults = [one for one in found if one["level"] == "fault"]
        self.assertEqual([one["check"] for one in faults], ["redis"], faults)
        self.assertIn("maxmemory is reached", faults[0]["what"])
        self.assertIn("raise maxmemory", faults[0]["next"])

    def direct(self, port):
        """With a direct relay whose exchanger is this machine, on `port`."""
        config = self.configuration()
        config["relays"].append({"id": "out", "direct": True, "port": port, "tls": "OPPORTUNISTIC", "allow_private": True})
        self.names.records[("mx.acme.example", A)] = [bytes([127, 0, 0, 1])]
        self.names.records[("mx.acme.example", AAAA)] = [bytes(15) + b"\1"]  # Where nobody listens, as on many machines.
        code, found = self.ask(config)
        return code, [one for one in found if one["check"] == "relays" and one["what"].startswith("out")]

    def test_greets_the_exchanger_that_a_direct_relay_would_go_to(self):
        code, found = self.direct(self.receiver().port)
        self.assertEqual(code, 0, found)
        self.assertEqual([one["level"] for one in found], ["ok"], found)
        self.assertRegex(found[0]["what"], r"^out \(direct, to mx\.acme\.example:\d+ for acme\.example\): welcomes us")

    def test_says_that_mail_does_not_get_out_of_this_network(self):
        code, found = self.direct(free_port())
        self.assertEqual(code, 1)
        self.assertEqual([one["level"] for one in found], ["fault"], found)
        self.assertIn("many networks close port 25", found[0]["next"])

    def test_does_not_blame_a_direct_relay_for_a_domain_without_exchangers(self):
        self.names.records[("acme.example", MX)] = [b"\0\0\0"]
        code, found = self.direct(free_port())
        self.assertEqual([one["level"] for one in found], ["unknown"], found)
        self.assertIn("nobody to greet for acme.example", found[0]["what"])

    def test_walks_past_anothers_text_to_the_policy_and_knows_who_takes_no_mail(self):
        config = self.configuration()
        config["tenants"][0]["senders"][0]["mailbox"] = "no-reply@mail.acme.example"
        self.names.records.update({
            ("_dmarc.mail.acme.example", TXT): [text("v=spf1 -all")],  # What a wildcard answers.
            ("mail.acme.example", TXT): [text("v=spf1 -all")], ("mail.acme.example", MX): [b"\0\0\0"]})
        code, found = self.ask(config)
        self.assertEqual([one["level"] for one in found if one["check"] == "dmarc"], ["ok"], found)
        faults = [one for one in found if one["level"] == "fault"]
        self.assertEqual([(one["check"], "null MX" in one["what"]) for one in faults], [("return_path", True)], found)
        self.assertEqual(code, 1)

    def test_a_configuration_that_cannot_be_read_ends_it(self):
        code, found = self.ask("colour: blue\n")
        self.assertEqual((code, len(found), found[0]["check"]), (2, 1, "config"))
        self.assertIn("colour", found[0]["what"])

    def expired(self):
        at = self.folder.path / "expired"
        at.mkdir()
        new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out", "csr",
               "-subj", "/CN=relay.test"]
        (at / "names").write_text("subjectAltName=DNS:relay.test\n")
        (at / "ca.conf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n"
                                    "policy=p\n[p]\ncommonName=supplied\n")
        (at / "index").write_text("")
        (at / "serial").write_text("10\n")
        ca = os.path.dirname(self.tls["ca"])
        sign = ["ca", "-batch", "-config", "ca.conf", "-cert", self.tls["ca"], "-keyfile", f"{ca}/ca.key", "-in", "csr", "-out",
                "server.pem", "-notext", "-extfile", "names", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]
        for words in (new, sign):
            subprocess.run(["openssl", *words], cwd=at, check=True, capture_output=True)
        (at / "server.key").chmod(0o600)
        return {"ca": self.tls["ca"], "certificate": str(at / "server.pem"), "key": str(at / "server.key")}


if __name__ == "__main__":
    unittest.main()
