"""Relays that say no, not now, or not with such an address; and mail that is withdrawn before it goes."""
import time
import unittest

import outside_client
from outside_client import RESULT, STATE
from outside_receivers import Receiver
from outside_scene import Scene

Message = outside_client.message_pb2.Message
Verification = outside_client.verification_service_pb2.Verification


class RelaysThatRefuse(Scene):
    movable_clock = True

    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver(smtputf8=False))
        return [cls.receiver.relay("old")]

    def answer(self, recipient, *replies):
        self.receiver.answers[recipient] = list(replies)

    def code(self, recipient):
        return self.client.SendVerificationCode(recipient=recipient, purpose="email_verification")

    def test_an_unknown_recipient_bounces_and_ends_the_verification(self):
        self.answer("nobody@example.test", "550 5.1.1 <nobody@example.test>: no such user", "550 5.1.1 no such user")
        sent = self.code("nobody@example.test")
        message = self.client.ended(sent.message_id)
        self.assertEqual(message.state, STATE.Value("BOUNCED"))
        self.assertEqual(message.failure_class, outside_client.message_pb2.INVALID_RECIPIENT)
        self.assertTrue(message.last_reply.startswith("550 5.1.1"), message.last_reply)
        self.assertNotIn("nobody@", message.last_reply)
        verification = self.client.GetVerification(verification_id=sent.id)
        self.assertEqual(verification.state, Verification.State.Value("UNDELIVERABLE"))
        self.assertEqual(verification.message_state, STATE.Value("BOUNCED"))

    def test_greylisting_defers_and_a_later_try_is_accepted(self):
        self.answer("grey@example.test", "451 4.7.1 Greylisted, try again in 60 seconds")
        sent = self.code("grey@example.test")
        waiting = self.client.in_state(sent.message_id, "DEFERRED")
        self.assertEqual(waiting.failure_class, outside_client.message_pb2.GREYLISTED)
        self.assertTrue(59 < waiting.next_attempt_time.seconds - waiting.create_time.seconds < 302, waiting)
        listed = self.client.ListMessages(state=STATE.Value("DEFERRED")).messages
        self.assertIn(sent.message_id, [message.id for message in listed])
        self.redis.move_clock(waiting.next_attempt_time.seconds - time.time() + 1)
        try:
            message = self.client.ended(sent.message_id)
        finally:
            self.redis.move_clock(0)
        self.assertEqual((message.state, message.attempt_count), (STATE.Value("ACCEPTED"), 2))
        outcomes = [attempt.outcome for attempt in self.client.ListAttempts(id=message.id).attempts]
        self.assertEqual(outcomes, [outside_client.message_pb2.Attempt.DEFERRED, outside_client.message_pb2.Attempt.ACCEPTED])
        right = self.client.CheckVerificationCode(verification_id=sent.id,
                                                  code=self.receiver.wait("grey@example.test").code)
        self.assertEqual(right.result, RESULT.Value("MATCHED"))

    def test_a_waiting_message_can_be_cancelled_and_an_accepted_one_cannot(self):
        self.answer("wait@example.test", *["451 4.7.1 Greylisted"] * 9)
        sent = self.client.SendPasswordChanged(recipient="wait@example.test")
        self.client.in_state(sent.id, "DEFERRED")
        self.assertEqual(self.client.CancelMessage(id=sent.id).state, STATE.Value("CANCELLED"))
        self.assertEqual(self.client.ended(sent.id).state, STATE.Value("CANCELLED"))
        gone = self.client.ended(self.client.SendPasswordChanged(recipient="gone@example.test").id)
        with self.assertRaises(outside_client.Refused) as refused:
            self.client.CancelMessage(id=gone.id)
        self.assertEqual(refused.exception.reason, "MESSAGE_NOT_CANCELLABLE")
        self.assertEqual(refused.exception.details["PreconditionFailure"].violations[0].subject, gone.id)

    def test_a_cancelled_verification_withdraws_its_mail(self):
        self.answer("undo@example.test", *["451 4.7.1 Greylisted"] * 9)
        sent = self.code("undo@example.test")
        self.client.in_state(sent.message_id, "DEFERRED")
        ended = self.client.CancelVerification(verification_id=sent.id)
        self.assertEqual(ended.state, Verification.State.Value("CANCELLED"))
        self.assertEqual(self.client.ended(sent.message_id).state, STATE.Value("CANCELLED"))
        self.assertEqual([mail for mail in self.receiver.received if "undo@example.test" in mail.recipients], [])

    def test_a_domain_in_any_script_goes_out_in_ascii(self):
        sent = self.client.SendPasswordChanged(recipient="ana@bücher.example")
        self.assertEqual(self.client.ended(sent.id).state, STATE.Value("ACCEPTED"))
        mail = self.receiver.wait("ana@xn--bcher-kva.example")
        self.assertNotIn("SMTPUTF8", mail.options)
        self.assertTrue(mail.content.isascii())

    def test_a_local_part_beyond_ascii_bounces_without_smtputf8(self):
        message = self.client.ended(self.client.SendPasswordChanged(recipient="jürgen@example.test").id)
        self.assertEqual(message.state, STATE.Value("BOUNCED"))
        self.assertEqual(message.failure_class, outside_client.message_pb2.UTF8_UNSUPPORTED)
        self.assertNotIn("jürgen@example.test", self.receiver.asked)


class ARelayWithSmtputf8(Scene):
    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver(smtputf8=True))
        return [cls.receiver.relay("new")]

    def test_a_local_part_beyond_ascii_is_accepted(self):
        sent = self.client.SendVerificationCode(recipient="jürgen@bücher.example", purpose="sign_in")
        self.assertEqual(self.client.ended(sent.message_id).state, STATE.Value("ACCEPTED"))
        mail = self.receiver.wait(self.receiver.asked[-1])
        self.assertTrue(mail.recipients[0].startswith("jürgen@"), mail.recipients)
        self.assertIn("SMTPUTF8", mail.options)
        self.assertIn("jürgen@", mail["To"])
        self.assertNotIn("jürgen", str(self.client.ListAttempts(id=sent.message_id)))
        right = self.client.CheckVerificationCode(verification_id=sent.id, code=mail.code)
        self.assertEqual(right.result, RESULT.Value("MATCHED"))

    def test_an_ascii_address_asks_for_no_smtputf8(self):
        self.client.SendPasswordChanged(recipient="ana@example.test", recipient_name="Jürgen Groß")
        mail = self.receiver.wait("ana@example.test")
        self.assertNotIn("SMTPUTF8", mail.options)
        self.assertEqual(mail["To"], "Jürgen Groß <ana@example.test>")


if __name__ == "__main__":
    unittest.main()
