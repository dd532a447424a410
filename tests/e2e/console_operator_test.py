"""An operator walks the console: finds a message, reads why it bounced, holds and probes a relay, sends a parked job again."""
import json
import subprocess
import unittest

from console_browser import SCHEMES, WIDTHS
from console_scene import SECRET, ConsoleScene, log_in, log_out
from outside_client import Refused
from outside_receivers import Receiver
from outside_world import program, wait_for

PARKED = 12  # posthaste.v1.Message.State
PAGES = ["", "message", "message?query=ana@example.test", "queue", "relays", "verifications", "templates"]
# No hidden first line, and no dir: the linter has something to say.
PLAIN = {
    "template.yaml": "mail_class: general\ndescription: Mail that nobody looked at.\n",
    "en/subject.txt": "Hello\n",
    "en/body.txt": "Hello.\n",
    "en/body.html": '<!doctype html><html lang="{{lang}}"><head><title>x</title></head><body><h1>Hello</h1></body></html>\n',
}


class Operator(ConsoleScene):
    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver())
        for name in ("nobody@example.test", "zoe@example.test"):
            cls.receiver.answers[name] = [f"550 5.1.1 <{name}>: no such user"]
        return [cls.receiver.relay("mx1"), cls.receiver.relay("mx2")]

    @classmethod
    def configure(cls, config):
        super().configure(config)
        for name, text in PLAIN.items():
            cls.folder.write(f"templates/plain/{name}", text)
        config["tenants"][0]["templates_dir"] = str(cls.folder.path / "templates")
        config["templates_lint"] = "WARN"

    def setUp(self):
        self.browser.look(WIDTHS[0], SCHEMES[0])

    def tearDown(self):
        self.redis.call("DEL", "ph:{ops}:holds")

    def code(self, recipient):
        """A code's message; a hold that another test made may be remembered for a second."""
        def send():
            try:
                return self.client.SendVerificationCode(recipient=recipient, purpose="sign_in").message_id
            except Refused:
                return None
        return wait_for("codes are taken", send)

    def events(self, event):
        lines = (json.loads(line) for line in self.service.log.read_text().splitlines())
        return [line for line in lines if line["event"] == event]

    def hold(self, scope, target, reason):
        self.browser.open("/console/relays")
        self.act(self.browser.button("Hold mail…"), reason, scope=scope, target=target)
        self.browser.says(reason)

    def end_holds(self):
        self.browser.open("/console/relays")
        self.act(self.browser.button("End"), "it is over")
        self.browser.says("No holds")

    def test_says_why_a_message_bounced(self):
        self.client.ended(self.code("zoe@example.test"))
        self.browser.open("/console/message")
        self.browser.fill("input[name=query]", "zoe@example.test").submit()
        self.browser.says("To z***@example.test: refused for good by relay mx1.")
        self.assertIn("550 5.1.1 <***@example.test>: no such user", self.browser.text())
        self.assertIn("Check the recipient's address.", self.browser.text())
        self.assertNotIn("zoe@", self.browser.run("return document.querySelector('#page').innerText"))
        self.browser.find("summary").click()
        self.browser.says("RCPT TO:<***@example.test>")

    def test_holds_a_relay_with_a_reason_and_lets_it_go(self):
        self.browser.open("/console/relays")
        self.act(self.browser.find("[data-relay=mx1] button[data-do=hold]"), "mx1 is ill", minutes="15")
        self.browser.says("Relay mx1 is held")
        wait_for("the card says so", lambda: "held" in self.browser.find("[data-relay=mx1]").text)
        self.browser.says("mx1 is ill")
        self.assertEqual(self.client.ended(self.code("held@example.test")).relay, "mx2")
        self.end_holds()
        made, ended = self.events("console_action")[-2:]
        self.assertEqual((made["action"], made["key"], made["reason"], made["done"]), ("CreateHold", "ana", "mx1 is ill", True))
        self.assertEqual((ended["action"], ended["reason"]), ("DeleteHold", "it is over"))

    def test_sends_a_parked_message_again(self):
        self.hold("MAIL_CLASS", "NOTICE", "to park one")
        message = self.held_notice("parked@example.test")
        self.park(message)
        self.end_holds()
        self.browser.open("/console/queue")
        self.browser.says("p***@example.test")
        self.browser.says("several workers died holding it")
        key = self.folder.write("ana.key", f"ana.{SECRET}\n")
        command = [program(), "queue", "parked", "--address", self.config["grpc"]["address"], "--key-file", key]
        told = subprocess.run(command, capture_output=True, text=True, timeout=30)
        self.assertIn("p***@example.test  can be sent back  several workers died holding it\n", told.stdout, told.stderr)
        self.act(self.browser.button("Redrive"), "the workers are mended")
        self.browser.says("1 queued again")
        self.client.ended(message)
        self.browser.says("Nothing is set aside.")

    def held_notice(self, recipient):
        """One that a worker has found held: workers read of a hold within a second."""
        while True:
            message = self.client.SendPasswordChanged(recipient=recipient).id
            state = wait_for("it is sent or held", lambda: "held" if self.held(message) else self.client.GetMessage(id=message).relay_accept_time.seconds)
            if state == "held":
                return message

    def keys_of(self, message):
        record = next(key for key in self.redis.keys() if key.endswith(b":m:" + message.encode()))
        return record, record[:record.index(b":m:") + 1]

    def held(self, message):
        _, prefix = self.keys_of(message)
        return self.redis.call("ZSCORE", prefix + b"o", f"1{message}:acme")

    def park(self, message):
        """As a worker would that finds a job which killed five others."""
        record, prefix = self.keys_of(message)
        self.redis.call("SETRANGE", record, 1, bytes([PARKED]))
        self.redis.call("ZREM", prefix + b"q:1:acme", message)
        self.redis.call("ZREM", prefix + b"o", f"1{message}:acme")
        self.redis.call("ZADD", prefix + b"d", int(self.redis.call("TIME")[0]) * 1000, message)

    def test_tells_which_rules_a_template_breaks(self):
        self.browser.open("/console/templates?key=acme/password_changed")
        self.browser.says("No rule is broken.")
        self.browser.open("/console/templates?key=acme/plain")
        self.browser.says("plain/en/")
        rules = self.browser.run("return [...document.querySelectorAll('[aria-label=\"Lint findings\"] tbody th')].map((cell) => cell.innerText)")
        findings = self.client.LintTemplate(name="plain").findings
        self.assertEqual(rules, [finding.rule for finding in findings])
        self.assertTrue(rules)
        self.assertEqual(self.browser.violations(), [])
        self.browser.run("document.querySelector('[aria-current=true]').closest('ul').querySelector('a[href*=password_changed]').click()")
        self.browser.says("No rule is broken.")

    def test_probes_a_relay(self):
        self.browser.open("/console/relays")
        self.act(self.browser.find("[data-relay=mx2] button[data-do=probe]"), "is it well?")
        self.browser.says("Relay mx2 would take our mail")

    def test_shows_conversions(self):
        verification = self.client.SendVerificationCode(recipient="eva@icloud.com", purpose="conversion")
        code = self.receiver.wait("eva@icloud.com").code
        self.client.ended(verification.message_id)
        self.client.CheckVerificationCode(verification_id=verification.id, code=code)
        self.browser.open("/console/verifications")
        rows = self.browser.run("return [...document.querySelectorAll('tbody tr')].map((row) => row.innerText.replace(/\\s+/g, ' '))")
        self.assertIn("conversion 1 1 0 1 100 %", rows)
        self.assertIn("apple 1 1 100 %", rows)

    def test_who_may_only_look_does_nothing(self):
        self.addCleanup(log_in, self.browser)
        log_out(self.browser)
        log_in(self.browser, "eve")
        self.browser.open("/console/relays")
        self.assertFalse(self.browser.button("Probe").is_enabled())
        status = self.browser.driver.execute_async_script("""
            const done = arguments[arguments.length - 1];
            fetch("/console/api/CreateHold", {method: "POST", headers: {"X-Csrf-Token": document.body.dataset.csrf},
              body: JSON.stringify({request: {scope: "all", minutes: "5"}, reason: "to see"})}).then((answer) => done(answer.status))""")
        self.assertEqual(status, 403)
        log_out(self.browser)

    def test_a_wrong_key_is_told_so(self):
        self.addCleanup(log_in, self.browser)
        log_out(self.browser)
        self.browser.fill("input[name=key]", "ana.wrong").submit()
        self.browser.says("No such key")
        self.assertEqual(self.browser.violations(), [])
        for width in WIDTHS:
            for scheme in SCHEMES:
                self.browser.look(width, scheme)
                self.browser.shoot(f"login-{scheme}-{width}")
        self.browser.look(WIDTHS[0], SCHEMES[0])

    def test_pages_are_clean_in_either_scheme_and_width(self):
        for name in ("ana@example.test", "ana@gmail.com", "bo@yahoo.com", "nobody@example.test"):
            self.client.ended(self.code(name))
        self.hold("TENANT", "acme", "the page shall show one")
        self.client.SendPasswordChanged(recipient="waits@outlook.com")
        for page in PAGES:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    with self.subTest(page=page, width=width, scheme=scheme):
                        self.browser.look(width, scheme)
                        self.browser.open(f"/console/{page}")
                        self.assertEqual(self.browser.violations(), [])
                        self.assertLessEqual(self.browser.overflows(), 0)
                        name = {"": "now"}.get(page, page.split("?")[0] + ("-one" if "?" in page else ""))
                        self.browser.shoot(f"{name}-{scheme}-{width}")
        self.browser.look(WIDTHS[0], SCHEMES[0])
        self.assertEqual(self.browser.complaints(), [])


if __name__ == "__main__":
    unittest.main()
