"""The README's call from Python, as it stands there, pasted into a shell beside a running sandbox."""
import os
import re
import shutil
import subprocess
import unittest

from outside_world import ROOT, SBIN, Child, Folder, free_port, program, wait_for

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.S | re.M)


class ReadmesPythonCall(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        # The README reads the key from its usual place below the home folder.
        self.env = {"HOME": str(self.folder.path), "PATH": SBIN, "XDG_STATE_HOME": str(self.folder.path / ".local/state")}
        self.port = free_port()
        self.sandbox = Child([program(), "sandbox", "--grpc-port", str(self.port), "--http-port", "0", "--smtp-port", "0"],
                             self.folder.path / "sandbox.out", self.env)
        self.addCleanup(self.sandbox.stop)
        wait_for("the sandbox is up", self.up)
        shutil.copytree(ROOT / "proto", self.folder.path / "proto")

    def up(self):
        self.assertTrue(self.sandbox.runs(), self.sandbox.said())
        return "Ctrl-C ends it" in self.sandbox.said()

    def posthaste(self, *words):
        return subprocess.run([program(), *words], capture_output=True, text=True, timeout=30,
                              env={**os.environ, **self.env})

    def test_it_sends_a_code_and_checks_it(self):
        stubs = next(block for block in blocks("sh") if "grpc_tools.protoc" in block)
        call, = blocks("python")
        self.assertIn("127.0.0.1:8525", call)
        call = call.replace("127.0.0.1:8525", f"127.0.0.1:{self.port}")  # 8525 may be somebody's.
        env = {**os.environ, **self.env, "PATH": "/usr/bin:" + SBIN}
        subprocess.run(["sh", "-e", "-c", stubs], cwd=self.folder.path, env=env, check=True, timeout=60)
        with subprocess.Popen(["/usr/bin/python3", "-c", call], cwd=self.folder.path, env=env, text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as caller:
            mail = self.posthaste("inbox", "code", "--to", "me@example.test", "--wait", "20s")
            self.assertRegex(mail.stdout.strip(), r"^\d{6}$", mail.stderr)
            out, err = caller.communicate(mail.stdout, timeout=30)
        self.assertEqual(caller.returncode, 0, err)
        self.assertTrue(out.rstrip().endswith("MATCHED"), out)
        self.assertNotIn("MISMATCHED", out)


if __name__ == "__main__":
    unittest.main()
