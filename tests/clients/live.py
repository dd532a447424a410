"""What the tests of clients share: the world of tests/e2e, a sandbox, and Node beside the built client."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from outside_world import ROOT, SBIN, Child, Folder, free_port, program, wait_for  # noqa: E402, F401

EXAMPLES = ROOT / "docs/examples"


def node(script, *words, **options):
    """Runs a script of ours where it finds the client as an installed package."""
    return subprocess.run(["node", script, *words], text=True, timeout=120, **options)


class Sandbox(unittest.TestCase):
    """One `posthaste sandbox` for a class: its address, its key, its mail."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.addClassCleanup(cls.folder.close)
        cls.address = f"127.0.0.1:{free_port()}"
        cls.env = {**os.environ, "HOME": str(cls.folder.path), "XDG_STATE_HOME": str(cls.folder.path / "state"), "PATH": SBIN,
                   "POSTHASTE_ADDRESS": cls.address,
                   "POSTHASTE_KEY_FILE": str(cls.folder.path / "state/posthaste/sandbox/keys/api.key")}
        cls.sandbox = Child([program(), "sandbox", "--grpc-port", cls.address.rpartition(":")[2], "--http-port", "0",
                             "--smtp-port", "0"], cls.folder.path / "sandbox.out", cls.env)
        cls.addClassCleanup(cls.sandbox.stop)
        wait_for("the sandbox is up", lambda: "Ctrl-C ends it" in cls.sandbox.said())
        (cls.folder.path / "node_modules").symlink_to(pathlib.Path(os.environ["NODE_CLIENT"]) / "node_modules")

    def posthaste(self, *words):
        return subprocess.run([program(), *words], capture_output=True, text=True, timeout=30, env=self.env)

    def code_for(self, address):
        mail = self.posthaste("inbox", "code", "--to", address, "--wait", "20s")
        self.assertRegex(mail.stdout.strip(), r"^\d{6,10}$", mail.stderr)
        return mail.stdout.strip()

    def copied(self, path):
        """A copy of what `path` holds, beside the built client."""
        to = self.folder.path / path.name
        if path.is_dir():
            shutil.copytree(path, to, dirs_exist_ok=True)
        else:
            shutil.copy(path, to)
        return to
