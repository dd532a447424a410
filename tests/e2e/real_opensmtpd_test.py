"""Through a real OpenSMTPD, which offers a STARTTLS that it cannot do: mail goes in clear where that is allowed, and waits where it is not."""
import unittest

import outside_client
from outside_client import STATE
from outside_receivers import Receiver
from outside_scene import Scene
from outside_signing import SignedMail
from outside_world import certificates
from real_relays import OpenSmtpd


class WhereTlsIsOpportunistic(SignedMail, Scene):
    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver())
        cls.opensmtpd = cls.keep(OpenSmtpd(cls.folder, certificates(cls.folder), cls.receiver))
        return [cls.opensmtpd.relay("opensmtpd", "OPPORTUNISTIC")]

    @classmethod
    def configure(cls, config):
        cls.sign(config)

    def test_a_code_goes_through_with_its_signatures(self):
        sent = self.client.SendVerificationCode(recipient="user@example.test", purpose="email_verification")
        self.assertEqual(self.client.ended(sent.message_id).state, STATE.Value("ACCEPTED"))
        mail = self.receiver.wait("user@example.test")
        right = self.client.CheckVerificationCode(verification_id=sent.id, code=mail.code)
        self.assertEqual(right.result, outside_client.RESULT.Value("MATCHED"))
        self.assertEqual(self.verified(mail.content[mail.content.index(b"DKIM-Signature"):]), [True, True])

    def test_a_recipient_that_it_does_not_take_bounces(self):
        sent = self.client.SendPasswordChanged(recipient="user@elsewhere.test")
        message = self.client.ended(sent.id)
        self.assertEqual(message.state, STATE.Value("BOUNCED"))
        self.assertTrue(message.last_reply.startswith("550"), message.last_reply)


class WhereTlsIsVerified(Scene):
    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver())
        cls.opensmtpd = cls.keep(OpenSmtpd(cls.folder, certificates(cls.folder), cls.receiver))
        return [cls.opensmtpd.relay("opensmtpd", "VERIFIED")]

    def test_mail_waits_and_nothing_goes_in_clear(self):
        sent = self.client.SendPasswordChanged(recipient="user@example.test")
        waiting = self.client.in_state(sent.id, "DEFERRED")
        self.assertEqual(waiting.failure_class, outside_client.message_pb2.TLS_FAILURE)
        self.assertEqual(self.receiver.received, [])
        self.assertNotIn("smtp envelope", self.opensmtpd.child.said())


if __name__ == "__main__":
    unittest.main()
