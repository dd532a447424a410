#!/usr/bin/env python3
"""deploy/haproxy: HAProxy takes it, and asks for readiness as the operators' HTTP understands it."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/support"))

from ports import free_port  # noqa: E402

FRONT = ROOT / "deploy/haproxy/haproxy.cfg"
CERTIFICATE = "/etc/haproxy/posthaste.pem"
# Debian has it in a folder that only root's PATH names.
HAPROXY = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)


class Haproxy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ph-haproxy-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        done = run("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-subj", "/CN=posthaste.test",
                   "-keyout", self.folder / "tls.key", "-out", self.folder / "tls.crt")
        self.assertEqual(done.returncode, 0, done.stderr)
        (self.folder / "both.pem").write_text((self.folder / "tls.crt").read_text() + (self.folder / "tls.key").read_text())

    def write(self, text):
        path = self.folder / "haproxy.cfg"
        path.write_text(text, encoding="utf-8")
        return path

    def front(self):
        text = FRONT.read_text(encoding="utf-8")
        self.assertIn(f"crt {CERTIFICATE} ", text)
        return text.replace(f" {CERTIFICATE} ", f" {self.folder}/both.pem ")

    def assert_good(self, text):
        # -dW: warnings are errors.
        done = run(HAPROXY, "-c", "-dW", "-f", self.write(text))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_takes_the_front(self):
        self.assert_good(self.front())

    def test_takes_the_alternatives_of_the_front(self):
        text, binds = re.subn(r"^    bind .*\n(    #.*\n)    #bind (.*)$", r"    bind \2", self.front(), flags=re.M)
        text, servers = re.subn(r"^    #server ", "    server ", text, flags=re.M)
        self.assertEqual((binds, servers), (1, 1))
        for authority in ("clients-ca.crt", "posthaste-ca.crt"):
            self.assertIn(f"/etc/haproxy/{authority} ", text)
            text = text.replace(f"/etc/haproxy/{authority} ", f"{self.folder}/tls.crt ")
        self.assert_good(text)

    def test_asks_for_readiness_in_http_1(self):
        # Whom it checks with HTTP/2, like the calls, it finds down for ever.
        with socket.create_server(("127.0.0.1", 0)) as ready:
            ready.settimeout(10)
            text = self.front().replace("bind :8443 ", f"bind 127.0.0.1:{free_port()} ").replace(" port 8526", f" port {ready.getsockname()[1]}")
            # It drops to a user that needs root to become, and logs to a socket that machines of tests lack.
            text = re.sub(r"^    (user|group|log /dev/log) .*\n", "", text, flags=re.M)
            process = subprocess.Popen([HAPROXY, "-db", "-f", self.write(text)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                asked, _ = ready.accept()
                with asked:
                    asked.settimeout(10)
                    self.assertTrue(asked.recv(1024).startswith(b"GET /readyz HTTP/1.1\r\n"))
            finally:
                process.kill()
                process.wait()

    def test_caps_lie_below_those_of_the_service(self):
        text = FRONT.read_text(encoding="utf-8")
        manual = (ROOT / "docs/OPERATIONS.md").read_text(encoding="utf-8")
        calls = int(re.search(r"^\| calls under way in a process \| (\d+)\b", manual, re.M).group(1))
        streams = int(re.search(r"^\| streams per connection; age of a connection \| (\d+);", manual, re.M).group(1))
        for cap in re.findall(r"^    #?server .* maxconn (\d+)", text, re.M):
            self.assertLess(int(cap), calls)
        self.assertLessEqual(int(re.search(r"tune\.h2\.max-concurrent-streams (\d+)", text).group(1)), streams)


if __name__ == "__main__":
    unittest.main()
