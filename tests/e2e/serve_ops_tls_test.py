"""The operators' HTTP in TLS: who is answered, what the console asks for, and certificates that change."""
import json
import shutil
import socket
import ssl
import unittest
import urllib.error
import urllib.parse
import urllib.request

from outside_scene import Scene
from outside_world import API_SECRET, certificates, wait_for


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class OpsTls(Scene):
    @classmethod
    def configure(cls, config):
        cls.one, cls.other = certificates(cls.folder, "one.test"), certificates(cls.folder, "other.test")
        cls.shown = cls.folder.path / "shown"
        cls.shown.mkdir()
        cls.show(cls.one)
        config["ops"]["tls"] = {"certificate_file": str(cls.shown / "server.pem"), "key_file": str(cls.shown / "server.key")}
        operator = json.loads(json.dumps(config["tenants"][0]["keys"][0]))
        operator.update(id="op", scopes=["ops.read"], source_networks=["127.0.0.0/8"])
        elsewhere = json.loads(json.dumps(operator))
        elsewhere.update(id="elsewhere", source_networks=["192.0.2.0/24"])
        config["tenants"].append({"id": "operator", "keys": [operator, elsewhere]})

    @classmethod
    def show(cls, bundle, key=None):
        for name, file in (("ca.pem", bundle["ca"]), ("server.pem", bundle["certificate"]), ("server.key", (key or bundle)["key"])):
            shutil.copy(file, cls.shown / name)

    def connect(self, authority, **settings):
        context = ssl.create_default_context(cafile=authority)
        for name, value in settings.items():
            setattr(context, name, value)
        host, port = self.config["ops"]["address"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=5) as plain, context.wrap_socket(plain, server_hostname=host) as way:
            way.sendall(b"GET /livez HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n")
            heard = b""
            while piece := way.recv(4096):
                heard += piece
            return way.version(), heard

    def login(self, key):
        url = f"https://{self.config['ops']['address']}/console/login"
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.shown / "ca.pem")),
                                             NoRedirects)
        try:
            return opener.open(url, urllib.parse.urlencode({"key": f"{key}.{API_SECRET}"}).encode(), timeout=5)
        except urllib.error.HTTPError as answer:
            return answer

    def test_who_trusts_the_authority_is_answered_and_nobody_in_clear(self):
        version, heard = self.connect(self.one["ca"])
        self.assertEqual(version, "TLSv1.3")
        self.assertTrue(heard.startswith(b"HTTP/1.1 200 OK") and heard.endswith(b"ok\n"), heard)
        self.assertEqual(self.connect(self.one["ca"], maximum_version=ssl.TLSVersion.TLSv1_2)[0], "TLSv1.2")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.connect(self.other["ca"])
        host, port = self.config["ops"]["address"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=5) as clear:
            clear.sendall(b"GET /livez HTTP/1.1\r\nHost: ops\r\n\r\n")
            self.assertNotIn(b"HTTP/1", clear.recv(4096))

    def test_the_console_marks_its_cookie_and_looks_where_a_key_comes_from(self):
        answer = self.login("op")
        self.assertEqual((answer.status, answer.headers["Location"]), (303, "/console/"))
        self.assertTrue(answer.headers["Set-Cookie"].endswith("; Secure"), answer.headers["Set-Cookie"])
        self.assertNotEqual(self.login("elsewhere").status, 303)
        logins = wait_for("the log of both", lambda: len(self.service.told("console_login")) >= 2 and self.service.told("console_login"))
        self.assertEqual([(one["source"], one["good"]) for one in logins[-2:]], [("127.0.0.1", True), ("127.0.0.1", False)])

    def test_certificates_are_replaced_by_a_reload_and_bad_ones_refused(self):
        self.addCleanup(lambda: (self.show(self.one), self.service.reload("reloaded")))
        self.show(self.one, key=self.other)
        self.assertRegex(self.service.reload("reload_refused")["why"], r"^ops\.tls\.key_file: .*is not the certificate's key")
        self.connect(self.one["ca"])
        self.show(self.other)
        self.service.reload("reloaded")
        self.connect(self.other["ca"])
        self.assertIn('posthaste_tls_certificate_not_after_timestamp_seconds{name="ops"}', self.service.page("/metrics")[1])


if __name__ == "__main__":
    unittest.main()
