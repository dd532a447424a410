"""Checklist 10: of the gRPC listener's certificates, what cannot be shown is refused and the last good one stays; what replaces it is shown
without a failed handshake under load."""
import datetime
import pathlib
import shutil
import ssl
import subprocess
import sys
import threading
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from outside_client import Client, Refused  # noqa: E402
from outside_receivers import SmtpSink  # noqa: E402
from outside_scene import Scene  # noqa: E402
from outside_world import certificates, wait_for  # noqa: E402


class Bundle:
    """Certificates of one throwaway authority, made by openssl."""

    def __init__(self, folder, name):
        self.made = certificates(folder, name)
        self.at = pathlib.Path(self.made["ca"]).parent

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.at, check=True, capture_output=True)

    def dated(self, name, begin, end):
        """Another certificate for the same key, valid from `begin` to `end` days from now."""
        def day(days):
            return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")
        for file, text in (("index.txt", ""), ("serial", "01\n"), ("ca.cnf", "[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\n"
                           "serial=serial\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256\nunique_subject=no\n[p]\ncommonName=supplied\n")):
            (self.at / file).write_text(text)
        self.openssl("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "server.csr", "-out", name,
                     "-notext", "-startdate", day(begin), "-enddate", day(end))
        return self.at / name


class Tls(Scene):
    @classmethod
    def relays(cls):
        cls.sink = cls.keep(SmtpSink(cls.folder))
        return [cls.sink.relay("sink")]

    @classmethod
    def configure(cls, config):
        cls.one, cls.other = Bundle(cls.folder, "one.test"), Bundle(cls.folder, "other.test")
        cls.shown = {name: cls.folder.path / f"shown-{name}" for name in ("certificate", "key")}
        cls.show(cls.one.made["certificate"], cls.one.made["key"])
        config["grpc"]["tls"] = {"certificate_file": str(cls.shown["certificate"]), "key_file": str(cls.shown["key"])}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.close()
        cls.host, cls.port = cls.config["grpc"]["address"].rsplit(":", 1)

    @classmethod
    def show(cls, certificate, key):
        """Puts files where the configuration says that they are."""
        for name, file in (("certificate", certificate), ("key", key)):
            shutil.copy(file, cls.shown[name])
            cls.shown[name].chmod(0o600)

    def tearDown(self):
        self.show(self.one.made["certificate"], self.one.made["key"])
        self.service.reload("reloaded")

    def presented(self):
        return ssl.get_server_certificate((self.host, int(self.port)))

    def client_for(self, bundle):
        credentials = grpc.ssl_channel_credentials(pathlib.Path(bundle.made["ca"]).read_bytes())
        return Client(f"localhost:{self.port}", credentials=credentials)

    def shows(self, bundle):
        return self.presented().strip() == pathlib.Path(bundle.made["certificate"]).read_text().strip()

    def test_what_cannot_be_shown_changes_nothing(self):
        at, other = self.one.at, self.other.made
        (at / "garbage.pem").write_text("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")
        (at / "empty.pem").write_text("")
        own = pathlib.Path(self.one.made["certificate"]).read_text()
        (at / "strangers.pem").write_text(own + pathlib.Path(self.other.made["ca"]).read_text())
        key = self.one.made["key"]
        cases = [(self.one.dated("expired.pem", -20, -10), key, "certificate 1 has expired"),
                 (self.one.dated("early.pem", 10, 20), key, "certificate 1 is not valid yet"),
                 (other["certificate"], key, "is not the certificate's key"),
                 (at / "garbage.pem", key, "no certificate in PEM"),
                 (at / "empty.pem", key, "no certificate in PEM"),
                 (at / "strangers.pem", key, "certificate 2 did not issue the one before it"),
                 (self.one.made["certificate"], at / "empty.pem", "grpc.tls.key_file")]
        for certificate, key, why in cases:
            with self.subTest(why=why, certificate=str(certificate)):
                self.show(certificate, key)
                self.assertIn(why, self.service.reload("reload_refused")["why"])
                self.assertTrue(self.shows(self.one), "the last good one")
        self.assertIn("posthaste_reload_refused 1", self.service.page("/metrics")[1])

    def test_another_authoritys_certificate_is_shown_within_two_seconds(self):
        client = self.client_for(self.one)
        client.SendVerificationCode(recipient="a@example.test", purpose="sign_in")
        self.show(self.other.made["certificate"], self.other.made["key"])
        self.service.reload("reloaded")
        wait_for("the other certificate", lambda: self.shows(self.other), 4)
        client.SendVerificationCode(recipient="b@example.test", purpose="sign_in")  # On the connection that stands.
        client.close()
        newcomer = self.client_for(self.other)
        newcomer.SendVerificationCode(recipient="c@example.test", purpose="sign_in")
        newcomer.close()

    def test_no_handshake_fails_while_bundles_are_replaced_under_load(self):
        both = (pathlib.Path(self.one.made["ca"]).read_bytes() + pathlib.Path(self.other.made["ca"]).read_bytes())
        stop, done, failed = threading.Event(), [], []

        def load(name):
            while not stop.is_set():  # A connection for each call.
                client = Client(f"localhost:{self.port}", credentials=grpc.ssl_channel_credentials(both))
                try:
                    client.GetSigningKeys()
                    done.append(name)
                except Refused as refused:
                    failed.append(str(refused))
                client.close()

        threads = [threading.Thread(target=load, args=(i,), daemon=True) for i in range(3)]
        for thread in threads:
            thread.start()
        seen = set()
        for turn in range(4):
            bundle = (self.other, self.one)[turn % 2]
            self.show(bundle.made["certificate"], bundle.made["key"])
            self.service.reload("reloaded")
            wait_for("the bundle is shown", lambda bundle=bundle: self.shows(bundle), 4)
            seen.add(self.presented())
        stop.set()
        for thread in threads:
            thread.join(30)
        self.assertFalse(any(thread.is_alive() for thread in threads), "a caller waits without end")
        self.assertEqual(failed, [])
        self.assertEqual(len(seen), 2)
        self.assertGreater(len(done), 50)

    def test_nothing_older_than_tls_1_2_is_spoken(self):
        def speaks(version):
            words = ["openssl", "s_client", "-connect", f"{self.host}:{self.port}", version, "-alpn", "h2", "-cipher",
                     "DEFAULT@SECLEVEL=0"]
            said = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=10).stdout
            return b"Cipher is ECDHE" in said
        self.assertEqual([speaks("-tls1_1"), speaks("-tls1_2")], [False, True])


if __name__ == "__main__":
    unittest.main()
