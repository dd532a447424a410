"""Signed mail, from `posthaste keys dkim` to a receiver that verifies it: both signatures are good, and every attempt is the same."""
import time
import unittest

from outside_client import STATE
from outside_receivers import Receiver
from outside_scene import Scene
from outside_signing import SignedMail


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


if __name__ == "__main__":
    unittest.main()
