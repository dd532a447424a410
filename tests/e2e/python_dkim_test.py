"""Signed mail, from `posthaste keys dkim` to a receiver that verifies it: both signatures are good, and every attempt is the same. And
what general mail carries of its own, which they cover."""
import time
import unittest

from outside_client import STATE, Refused
from outside_receivers import Receiver
from outside_scene import Scene
from outside_signing import SignedMail
from outside_world import wait_for


class ForgetfulReceiver(Receiver):
    """Takes the whole of a message and says "later" the first time."""

    async def handle_DATA(self, server, session, envelope):
        said = await super().handle_DATA(server, session, envelope)
        return "451 4.3.0 Try again" if len(self.received) == 1 else said


class Dkim(SignedMail, Scene):
    movable_clock = True

    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(ForgetfulReceiver())
        return [cls.receiver.relay("forgetful")]

    @classmethod
    def configure(cls, config):
        cls.sign(config)

    def test_both_signatures_are_good_and_every_attempt_carries_the_same_bytes(self):
        self.assertEqual(sorted(self.records), ["s1-ed25519._domainkey.acme.test", "s1-rsa._domainkey.acme.test"])
        sent = self.client.SendPasswordChanged(recipient="ana@example.test", account_label="ana")
        waiting = self.client.in_state(sent.id, "DEFERRED")
        self.redis.move_clock(waiting.next_attempt_time.seconds - time.time() + 1)
        self.assertEqual(self.client.ended(sent.id).state, STATE.Value("ACCEPTED"))
        first, second = (mail.content for mail in self.receiver.received)
        self.assertEqual(first, second)
        self.assertEqual(first.count(b"DKIM-Signature: "), 2)
        self.assertEqual(self.verified(first), [True, True])
        self.assertEqual(self.verified(first.replace(b"ana", b"eve")), [False, False])


class General(SignedMail, Scene):
    """What only mail of the class GENERAL carries, read back by Python's email package."""

    @classmethod
    def configure(cls, config):
        cls.sign(config)

    def sent(self, **fields):
        """The mail as it was received."""
        sent = self.client.SendTemplate(recipient="ana@example.test", template_name="welcome", **fields)
        self.assertEqual(self.client.ended(sent.id).state, STATE.Value("ACCEPTED"))
        return wait_for("the mail", lambda: next((mail for mail in self.receiver.received
                                                  if sent.id in mail["Message-ID"]), None))

    def test_unsubscribes_by_one_click_under_the_signature(self):
        url = "https://acme.test/unsubscribe?list=news,weekly&t=" + "x" * 800
        mail = self.sent(list_unsubscribe_url=url)
        self.assertEqual(mail["List-Unsubscribe"].strip(), f"<{url}>")  # It has a line of its own.
        self.assertEqual(mail["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertEqual(self.verified(mail.content), [True, True])
        for signature in mail.message.get_all("DKIM-Signature"):
            covered = next(tag for tag in str(signature).replace(" ", "").split(";") if tag.startswith("h="))[2:].split(":")
            self.assertIn("List-Unsubscribe", covered)
            self.assertIn("List-Unsubscribe-Post", covered)
        self.assertEqual(self.verified(mail.content.replace(b"list=news", b"list=none")), [False, False])

    def test_carries_the_headers_that_callers_may_write(self):
        headers = {"organization": "Frühling 2027 — Καλημέρα " + "🌷" * 60, "In-Reply-To": "<1@acme.test>",
                   "References": " ".join(f"<{n}@acme.test>" for n in range(20)), "Comments": "=?utf-8?q?as_it_is?="}
        mail = self.sent(headers=headers)
        for name, value in headers.items():
            self.assertEqual(mail[name], value)
        self.assertIn(b"\r\nOrganization: ", mail.content, "as the list spells it")
        self.assertIsNone(mail.message.get("List-Unsubscribe"))

    def test_carries_nothing_that_nobody_asked_for(self):
        mail = self.sent()
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "Organization", "Comments"):
            self.assertIsNone(mail.message.get(name))

    def test_names_each_header_that_is_not_to_be_written(self):
        headers = {"Bcc": "eve@example.test", "X-SMTPAPI": "{}", "Comments": "a\r\nBcc: eve@example.test", "Keywords": "fine"}
        with self.assertRaises(Refused) as refused:
            self.sent(headers=headers, list_unsubscribe_url="http://acme.test/u")
        self.assertEqual(sorted(refused.exception.fields),
                         ["headers[Bcc]", "headers[Comments]", "headers[X-SMTPAPI]", "list_unsubscribe_url"])
        self.assertNotIn(b"eve", refused.exception.raw)


if __name__ == "__main__":
    unittest.main()
