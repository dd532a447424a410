"""A caller in Python sends notices and a template of the tenant's own, in two languages."""
import unittest

import outside_client
from outside_client import STATE
from outside_scene import Scene

TEMPLATE = {
    "template.yaml": """mail_class: general
description: A greeting.
variables:
  first_name:
    type: string
    required: true
    sample: Ana
    description: Whom we greet.
  visits:
    type: number
    sample: 3
    description: How often they came.
""",
    "en/subject.txt": "Welcome, {{first_name}}\n",
    "en/body.txt": "Hello {{first_name}}.{{#visits}} Visits: {{visits}}.{{/visits}}\n",
    "en/body.html": '<!doctype html><html lang="{{lang}}"><head><title>x</title></head><body>'
                    "<h1>Hello {{first_name}}</h1></body></html>\n",
}


class Notices(Scene):
    @classmethod
    def configure(cls, config):
        for name, text in TEMPLATE.items():
            cls.folder.write(f"templates/welcome/{name}", text, 0o644)
        config["tenants"][0]["templates_dir"] = str(cls.folder.path / "templates")
        config["templates_lint"] = "WARN"  # It has one language, and says little.

    def test_a_changed_password_is_told_in_german(self):
        request = outside_client.REQUESTS["SendPasswordChanged"](
            recipient="jonas@example.test", recipient_name="Jonas Weiß", locale="de-AT", time_zone="Europe/Vienna",
            account_label="jonas", not_me_url="https://acme.test/not-me?t=1",
            client_context={"ip_address": "203.0.113.9", "device_label": "Firefox unter Linux", "location_label": "Linz"})
        request.change_time.FromJsonString("2026-07-01T12:30:00Z")
        sent = self.client.call("SendPasswordChanged", request)
        self.assertEqual(sent.mail_class, outside_client.message_pb2.NOTICE)
        self.assertEqual(self.client.ended(sent.id).locale, "de")
        mail = self.receiver.wait("jonas@example.test")
        self.assertEqual(mail["Subject"], "Ihr Passwort bei Acme wurde geändert")
        self.assertEqual(mail["To"], "Jonas Weiß <jonas@example.test>")
        for part in (mail.text, mail.html):
            for word in ("1. Juli 2026", "14:30 Uhr", "Firefox unter Linux", "203.0.113.9", "https://acme.test/not-me?t=1"):
                self.assertIn(word, part)
        self.assertIn('lang="de"', mail.html)

    def test_a_template_of_the_tenants_own(self):
        request = outside_client.REQUESTS["SendTemplate"](recipient="ana@example.test", template_name="welcome")
        request.variables.update({"first_name": "<Ana>", "visits": 7})
        sent = self.client.call("SendTemplate", request)
        self.assertEqual(sent.mail_class, outside_client.message_pb2.GENERAL)
        self.assertEqual(self.client.ended(sent.id).state, STATE.Value("ACCEPTED"))
        mail = self.receiver.wait("ana@example.test")
        self.assertEqual(mail["Subject"], "Welcome, <Ana>")
        self.assertEqual(mail.text.strip(), "Hello <Ana>. Visits: 7.")
        self.assertIn("Hello &lt;Ana&gt;", mail.html)

    def test_validate_only_sends_nothing(self):
        answer = self.client.SendPasswordChanged(recipient="none@example.test", validate_only=True)
        self.assertEqual(answer.id, "")
        self.assertEqual(list(self.client.ListMessages(recipient="none@example.test").messages), [])

    def test_another_key_and_another_scope_are_refused(self):
        address = self.config["grpc"]["address"]
        for key, secret in (("portal", "wrong"), ("nobody", outside_client.outside_world.API_SECRET)):
            stranger = outside_client.Client(address, key, secret)
            self.addCleanup(stranger.close)
            with self.assertRaises(outside_client.Refused) as refused:
                stranger.SendPasswordChanged(recipient="ana@example.test")
            self.assertEqual(refused.exception.reason, "CREDENTIAL_INVALID")
            self.assertEqual(refused.exception.details["ErrorInfo"].domain, "posthaste")


if __name__ == "__main__":
    unittest.main()
