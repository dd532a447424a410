"""Through a real Postfix, from the caller to the mailbox: TLS against a test authority, a password, one session, a bounce, a greylist."""
import time
import unittest

import outside_client
from outside_client import STATE
from outside_scene import Scene
from outside_signing import SignedMail
from outside_world import certificates, wait_for
from real_relays import Postfix

PASSWORD = "s3cret of no worth"


class ThroughPostfix(SignedMail, Scene):
    movable_clock = True

    @classmethod
    def relays(cls):
        cls.postfix = cls.keep(Postfix(cls.folder, certificates(cls.folder), "posthaste", PASSWORD))
        # Room for no more than one session, so that what is said of it is said of all.
        return [cls.postfix.relay("postfix", cls.folder.write("password", PASSWORD), sessions=1, transactions_per_session=1000, idle="5s")]

    @classmethod
    def configure(cls, config):
        cls.sign(config)
        config["worker"]["loops"] = 1

    def send(self, recipient):
        return self.client.SendPasswordChanged(recipient=recipient, account_label="ana")

    def test_a_code_comes_to_the_mailbox_and_is_right(self):
        sent = self.client.SendVerificationCode(recipient="usercode@example.test", purpose="email_verification")
        message = self.client.ended(sent.message_id)
        self.assertEqual(message.state, STATE.Value("ACCEPTED"))
        mail = self.postfix.wait("usercode@example.test")
        right = self.client.CheckVerificationCode(verification_id=sent.id, code=mail.code)
        self.assertEqual(right.result, outside_client.RESULT.Value("MATCHED"))
        self.assertTrue(mail.sender.startswith("bounces+"), mail.sender)

    def test_the_session_is_encrypted_and_authenticated_and_the_signatures_survive(self):
        self.client.ended(self.send("usertls@example.test").id)
        mail = self.postfix.wait("usertls@example.test")
        received = mail.message.get_all("Received")[0]
        self.assertIn("ESMTPSA", received)
        self.assertIn("TLSv1.3", received)
        self.assertEqual(self.verified(mail.content[mail.content.index(b"DKIM-Signature"):]), [True, True])
        self.assertRegex(self.postfix.said(), r"sasl_method=(PLAIN|LOGIN|SCRAM-SHA-\d+), sasl_username=posthaste@relay.test")

    def test_a_hundred_messages_share_one_session(self):
        recipients = {f"user{i}@example.test" for i in range(100)}
        before = self.postfix.stored()
        for recipient in recipients:
            self.assertEqual(self.client.ended(self.send(recipient).id).state, STATE.Value("ACCEPTED"))
        wait_for("a hundred mails", lambda: self.postfix.stored() >= before + 100)
        self.assertLessEqual(recipients, {mail.recipients[0] for mail in self.postfix.mails()})
        session = wait_for("a session with a hundred messages has ended", lambda: next(
            (session for session in self.postfix.sessions() if session.get("mail", 0) >= 100), None))
        self.assertEqual((session["auth"], session["starttls"], session["quit"]), (1, 1, 1))

    def test_an_unknown_recipient_bounces(self):
        message = self.client.ended(self.send("nobody@example.test").id)
        self.assertEqual(message.state, STATE.Value("BOUNCED"))
        self.assertEqual(message.failure_class, outside_client.message_pb2.INVALID_RECIPIENT)
        self.assertTrue(message.last_reply.startswith("550 5.1.1"), message.last_reply)

    def test_greylisting_defers_and_the_second_try_is_accepted(self):
        sent = self.send("grey1@example.test")
        waiting = self.client.in_state(sent.id, "DEFERRED")
        self.assertEqual(waiting.failure_class, outside_client.message_pb2.GREYLISTED)
        self.assertTrue(waiting.last_reply.startswith("450 4.7.1"), waiting.last_reply)
        self.redis.move_clock(waiting.next_attempt_time.seconds - time.time() + 1)
        try:
            message = self.client.ended(sent.id)
        finally:
            self.redis.move_clock(0)
        self.assertEqual((message.state, message.attempt_count), (STATE.Value("ACCEPTED"), 2))
        self.postfix.wait("grey1@example.test")


class WithAWrongPassword(Scene):
    @classmethod
    def relays(cls):
        cls.postfix = cls.keep(Postfix(cls.folder, certificates(cls.folder), "posthaste", PASSWORD))
        return [cls.postfix.relay("postfix", cls.folder.write("password", "another"))]

    def test_the_mail_stays_queued_and_nothing_bounces(self):
        sent = self.client.SendPasswordChanged(recipient="user1@example.test")
        waiting = self.client.in_state(sent.id, "DEFERRED")
        self.assertEqual(waiting.failure_class, outside_client.message_pb2.AUTH_FAILED)
        self.assertEqual(self.postfix.mails(), [])
        self.assertIn("SASL", self.postfix.said())


if __name__ == "__main__":
    unittest.main()
