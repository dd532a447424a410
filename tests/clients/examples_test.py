"""The examples of docs/examples in three languages, typed at by somebody who reads the mail."""
import os
import subprocess
import unittest

from live import EXAMPLES, ROOT, Sandbox, program


class Examples(Sandbox):
    def plays(self, words, address, env=None):
        with subprocess.Popen([*words, address], cwd=self.folder.path, env={**self.env, **(env or {})}, text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as example:
            out, err = example.communicate(self.code_for(address) + "\n", timeout=60)
        self.assertEqual(example.returncode, 0, out + err)
        self.assertIn("MATCHED", out)
        self.assertNotIn("MISMATCHED", out)

    def test_node(self):
        self.plays(["node", self.copied(EXAMPLES / "verify.mjs")], "node@example.test")

    def test_python(self):
        stubs = self.folder.path / "stubs"
        stubs.mkdir()
        protos = sorted(str(path) for path in (ROOT / "proto/posthaste/v1").glob("*.proto"))
        subprocess.run(["/usr/bin/python3", "-m", "grpc_tools.protoc", f"-I{ROOT / 'proto'}", f"--python_out={stubs}",
                        f"--grpc_python_out={stubs}", *protos], check=True)
        self.plays(["/usr/bin/python3", EXAMPLES / "verify.py"], "python@example.test", env={"PYTHONPATH": str(stubs)})

    def test_shell(self):
        path = os.path.dirname(program()) + os.pathsep + self.env["PATH"]
        self.plays(["sh", EXAMPLES / "verify.sh"], "shell@example.test", env={"PATH": path})


if __name__ == "__main__":
    unittest.main()
