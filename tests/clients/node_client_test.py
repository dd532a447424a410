"""The Node client against a live service: promises, streams, errors as callers meet them, retries that send once."""
import pathlib
import unittest

from live import Sandbox, node


class NodeClient(Sandbox):
    def test_its_calls_streams_and_errors(self):
        done = node(self.copied(pathlib.Path(__file__).with_name("node_client.mjs")), env=self.env, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"# pass \d\d?\n")
        self.assertIn("# fail 0\n", done.stdout)


if __name__ == "__main__":
    unittest.main()
