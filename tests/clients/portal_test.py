"""The password reset of docs/examples/portal in headless Chromium, beside a live sandbox (portal.mjs drives the page)."""
import json
import pathlib
import subprocess
import unittest

from live import EXAMPLES, Child, Sandbox, wait_for

OUT = pathlib.Path(__file__).resolve().parents[2] / "build/portal"


class Portal(Sandbox):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        OUT.mkdir(parents=True, exist_ok=True)

    def setUp(self):
        portal = self.copied(EXAMPLES / "portal")
        self.server = Child(["node", str(portal / "server.mjs")], self.folder.path / "portal.out",
                            {**self.env, "PORT": "0", "ACCOUNTS": "ana@example.test"})
        self.addCleanup(self.server.stop)
        self.url = wait_for("the portal is up", lambda: self.server.runs() and self.server.said().strip())

    def browser(self):
        script = self.copied(pathlib.Path(__file__).with_name("portal.mjs"))
        return subprocess.Popen(["node", str(script), self.url, str(OUT)], env=self.env, text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_a_forgotten_password_is_changed_and_an_unknown_address_learns_nothing(self):
        with self.browser() as browser:
            steps = iter(browser.stdout.readline, "")
            self.assertEqual(json.loads(next(steps)), "asked")
            code = self.code_for("ana@example.test")
            browser.stdin.write(code + "\n")
            browser.stdin.flush()
            seen = [json.loads(line) for line in steps]
            self.assertEqual(browser.wait(60), 0, browser.stderr.read())
        told = dict(seen)
        self.assertRegex(told["countdown"], r"^Send it again in \d+ s$")
        self.assertEqual(told["wrong"], "That is not the code. 4 tries left.")
        self.assertIn("Your password is changed", told["changed"])
        self.assertEqual(told["unknown"], told["known"].replace("ana@", "nobody@"))
        self.assertEqual(told["unknown wrong"], told["wrong"])
        mails = self.posthaste("message", "list", "ana@example.test", "--json").stdout.splitlines()
        self.assertEqual(len(mails), 2, mails)  # The code and the confirmation.
        self.assertNotIn("nobody@", self.posthaste("inbox", "list").stdout)


if __name__ == "__main__":
    unittest.main()
