"""A caller in Python sends codes through Postfix's smtp-sink and through a relay with verified TLS and a password."""
import unittest

import outside_client
from outside_client import RESULT, STATE
from outside_receivers import Receiver, SmtpSink
from outside_scene import Scene
from outside_world import certificates

PHASES = {"connect", "greeting", "ehlo", "mail", "rcpt", "data", "body", "dot"}


def another(code):
    """A code that is not `code`."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


class Flow:
    """What is true of a code whichever relay takes it."""

    def send(self, recipient, **fields):
        return self.client.SendVerificationCode(
            **{"recipient": recipient, "purpose": "email_verification", **fields})

    def check(self, verification, code):
        return self.client.CheckVerificationCode(verification_id=verification.id, code=code)

    def test_a_code_arrives_once_as_a_correct_mail(self):
        verification = self.send("ana@example.test", recipient_name="Ana Lima")
        mail = self.receiver.wait("ana@example.test")
        self.assertEqual(self.client.ended(verification.message_id).state, STATE.Value("ACCEPTED"))
        self.assertEqual(mail["From"], "Acme <no-reply@acme.test>")
        self.assertEqual(mail["To"], "Ana Lima <ana@example.test>")
        self.assertIn("Acme", mail["Subject"])
        self.assertNotIn(mail.code, mail["Subject"])
        for name in ("Date", "Message-ID", "MIME-Version", "Auto-Submitted", "Content-Type"):
            self.assertTrue(mail[name], name)
        self.assertEqual(mail.message.get_content_type(), "multipart/alternative")
        self.assertEqual([part.defects for part in mail.message.walk() if part.defects], [])
        self.assertIn(mail.code, mail.html)
        self.assertIn("@acme.test #" + mail.code, mail.text)
        self.assertTrue(mail.sender.startswith("bounces+"), mail.sender)

    def test_a_wrong_code_costs_a_guess_and_the_right_one_matches_once(self):
        verification = self.send("ben@example.test")
        code = self.receiver.wait("ben@example.test").code
        wrong = self.check(verification, another(code))
        self.assertEqual(wrong.result, RESULT.Value("MISMATCHED"))
        self.assertEqual(wrong.verification.guesses_remaining, verification.guesses_remaining - 1)
        right = self.check(verification, f"{code[:3]} {code[3:]}")
        self.assertEqual(right.result, RESULT.Value("MATCHED"))
        self.assertTrue(right.verification.HasField("verify_time"))
        self.assertEqual(self.check(verification, code).result, RESULT.Value("ALREADY_USED"))

    def test_five_wrong_codes_end_it(self):
        verification = self.send("cid@example.test")
        code = self.receiver.wait("cid@example.test").code
        left = [self.check(verification, another(code)).verification.guesses_remaining for _ in range(5)]
        self.assertEqual(left, [4, 3, 2, 1, 0])
        self.assertEqual(self.check(verification, code).result, RESULT.Value("GUESSES_EXHAUSTED"))

    def test_a_message_tells_its_attempt_without_address_or_code(self):
        verification = self.send("dora.quill@example.test", labels={"flow": "reset"})
        message = self.client.ended(verification.message_id)
        code = self.receiver.wait("dora.quill@example.test").code
        self.assertEqual((message.state, message.attempt_count, message.relay),
                         (STATE.Value("ACCEPTED"), 1, self.relay_id))
        self.assertEqual(message.labels, {"flow": "reset"})
        self.assertTrue(message.HasField("relay_accept_time"))
        attempts = self.client.ListAttempts(id=message.id).attempts
        self.assertEqual(len(attempts), 1)
        self.assertEqual(attempts[0].phase, "dot")
        self.assertTrue(attempts[0].reply.startswith("250"), attempts[0].reply)
        self.assertLessEqual({"mail", "rcpt", "data", "dot"}, set(attempts[0].phase_durations))
        self.assertIn("RCPT TO", attempts[0].transcript)
        for shown in (str(message), str(attempts[0])):
            self.assertNotIn("dora.quill", shown)
            self.assertNotIn(code, shown)
        self.check_tls(attempts[0].tls)

    def test_messages_are_listed_by_recipient_newest_first(self):
        sent = [self.client.SendPasswordChanged(recipient="eva@example.test").id for _ in range(3)]
        pages, token = [], ""
        while token or not pages:
            answer = self.client.ListMessages(recipient="EVA@example.test", page_size=2, page_token=token)
            pages.append([message.id for message in answer.messages])
            token = answer.next_page_token
        self.assertEqual(sum(pages, []), sent[::-1])
        self.assertLessEqual(max(map(len, pages)), 2)

    def test_watching_ends_with_the_message(self):
        message = self.client.SendPasswordChanged(recipient="fay@example.test")
        told = self.client.watch(message.id)
        self.assertEqual(told[-1].state, STATE.Value("ACCEPTED"))
        self.assertNotIn(STATE.Value("ACCEPTED"), [message.state for message in told[:-1]])

    def test_what_nobody_knows_is_not_found(self):
        for call in (lambda: self.client.GetMessage(id="m" + "0" * 22), lambda: self.client.watch("m" + "0" * 22)):
            with self.assertRaises(outside_client.Refused) as refused:
                call()
            self.assertEqual(refused.exception.reason, "MESSAGE_NOT_FOUND")

    def test_the_same_request_id_sends_one_mail(self):
        first = self.send("gus@example.test", request_id="once")
        again = self.send("gus@example.test", request_id="once")
        self.assertEqual((again.id, again.message_id), (first.id, first.message_id))
        with self.assertRaises(outside_client.Refused) as refused:
            self.send("gus@example.test", request_id="once", locale="de")
        self.assertEqual(refused.exception.reason, "REQUEST_ID_REUSED")
        self.client.ended(first.message_id)
        self.assertEqual(len(self.client.ListMessages(recipient="gus@example.test").messages), 1)

    def test_asking_again_at_once_tells_how_long_to_wait(self):
        self.send("hal@example.test")
        with self.assertRaises(outside_client.Refused) as refused:
            self.send("hal@example.test")
        self.assertEqual(refused.exception.reason, "RESEND_COOLDOWN")
        self.assertTrue(20 < refused.exception.wait_seconds <= 30, refused.exception.wait_seconds)


class ThroughSmtpSink(Flow, Scene):
    relay_id = "sink"

    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(SmtpSink(cls.folder))
        return [cls.receiver.relay("sink")]

    def check_tls(self, tls):
        self.assertEqual((tls.version, tls.verified), ("", False))


class ThroughVerifiedTlsWithAPassword(Flow, Scene):
    relay_id = "tls"

    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver(certificates(cls.folder), user="posthaste", password="quite secret"))
        return [cls.receiver.relay("tls", username="posthaste",
                                   password_file=cls.folder.write("relay.password", "quite secret\n"))]

    def check_tls(self, tls):
        self.assertEqual((tls.version, tls.verified), ("TLSv1.3", True))
        self.assertIn("TLS_", tls.cipher)

    def test_the_relay_saw_tls_and_the_user(self):
        self.send("ida@example.test")
        mail = self.receiver.wait("ida@example.test")
        self.assertEqual((mail.tls, mail.user), ("TLSv1.3", "posthaste"))


if __name__ == "__main__":
    unittest.main()
