#!/usr/bin/env python3
"""deploy/compose.yaml from nothing to a code over TLS within 30 s, by the lines that it prints; then a stop and another start."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True

from containers import Compose, our_image, redis_image  # noqa: E402

PYTHON = "/usr/bin/python3"
PRINTED = re.compile(r"^  docker compose -f deploy/compose.yaml (exec|cp) (.*)$", re.M)


class Trial(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        images = {"posthaste": our_image(os.environ["POSTHASTE"]), "redis:7.0-bookworm": redis_image()}
        cls.compose = Compose(ROOT / "deploy/compose.yaml", images)
        cls.addClassCleanup(cls.compose.forget)
        cls.begun = time.monotonic()
        cls.compose.up()

    def printed(self):
        """The lines for a client, as (what, words)."""
        return [(what, shlex.split(words)) for what, words in PRINTED.findall(self.compose.containers["setup"].said())]

    def run_printed(self, words, code=""):
        service, *words = words
        done = self.compose.containers[service].execute([code if word == "CODE" else word for word in words])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.compose.containers["posthaste"].said())
        return done.stdout

    def run_all_printed(self):
        send, read, check = [words for what, words in self.printed() if what == "exec"]
        self.run_printed(send)
        code = self.run_printed(read).strip()
        self.assertRegex(code, r"^\d{6}$")
        self.run_printed(check, code)

    def copy_client(self, to):
        (source, _), = [words for what, words in self.printed() if what == "cp"]
        service, _, path = source.partition(":")
        shutil.copytree(f"/proc/{self.compose.containers[service].process.pid}/root{path}", to)

    def python_matches(self):
        """docs/examples/verify.py, with what the printed line exports."""
        with tempfile.TemporaryDirectory(prefix="ph-trial-") as folder:
            self.copy_client(f"{folder}/client")
            protos = [str(path.relative_to(ROOT / "proto")) for path in sorted((ROOT / "proto/posthaste/v1").glob("*.proto"))]
            subprocess.run([PYTHON, "-m", "grpc_tools.protoc", f"-I{ROOT}/proto", f"--python_out={folder}", f"--grpc_python_out={folder}", *protos],
                           check=True, timeout=60)
            told = re.search(r"^  export (.*)$", self.compose.containers["setup"].said(), re.M).group(1)
            env = {**os.environ, "PYTHONPATH": folder, **dict(word.split("=") for word in told.split())}
            client = self.compose.containers["posthaste"].call(
                [PYTHON, "-B", "-u", str(ROOT / "docs/examples/verify.py"), "bo@example.test"], cwd=folder, env=env,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            read = next(words for what, words in self.printed() if what == "exec" and words[0] == "capture")
            code = self.run_printed([*read, "--to", "bo@example.test"])
            said, _ = client.communicate(code, timeout=30)
            return said

    def test_answers_a_code_over_tls_within_half_a_minute_and_after_another_start(self):
        self.assertRegex(self.python_matches(), r"code from the mail: MATCHED\n$")
        self.assertLess(time.monotonic() - self.begun, 30)
        self.run_all_printed()
        self.compose.wait("posthaste")
        before = self.compose.containers["setup"].said()
        self.assertEqual(self.compose.down(), {"redis": 0, "setup": 0, "posthaste": 0, "capture": 0})
        self.compose.up()
        self.compose.wait("posthaste")
        self.assertEqual(self.compose.containers["setup"].said(), before)
        self.run_all_printed()


if __name__ == "__main__":
    unittest.main()
