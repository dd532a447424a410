"""What earlier versions left in Redis (tests/golden/stored): this version shows, checks, sends and repeats it as they would have."""
import pathlib
import unittest

from outside_client import RESULT, STATE, TERMINAL, Client, Refused
from outside_receivers import Receiver
from outside_world import Folder, Service
from stored_data import Stored, named, wrong

VERSIONS = sorted((pathlib.Path(__file__).parents[1] / "golden/stored").iterdir())


class StoredVersion(unittest.TestCase):
    def start(self, version):
        folder = Folder()
        self.addCleanup(folder.close)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        stored = Stored(version / "data.json", folder, self.receiver.relay("main"))
        self.addCleanup(stored.stop)
        self.known = stored.known
        self.service = Service(folder, stored.config)
        self.addCleanup(self.service.stop)
        self.client = Client(stored.config["grpc"]["address"])
        self.addCleanup(self.client.close)

    def state(self, message):
        return STATE.Name(self.client.GetMessage(id=message).state)

    def check(self, name, code, **more):
        return self.client.CheckVerificationCode(verification_id=self.known[name]["id"], code=code, **more)

    def result(self, answer):
        return RESULT.Name(answer.result)

    def test_goes_on_where_another_version_stopped(self):
        self.assertTrue(VERSIONS)
        for version in VERSIONS:
            with self.subTest(version=version.name):
                self.start(version)
                self.shows_what_has_ended()
                self.checks_codes_that_were_sent()
                self.sends_what_waited()
                self.repeats_what_was_answered()
                self.doCleanups()

    def shows_what_has_ended(self):
        self.assertEqual(self.state(self.known["accepted"]), "ACCEPTED")
        self.assertEqual(dict(self.client.GetMessage(id=self.known["accepted"]).labels), {"order": "7"})
        self.assertEqual(self.state(self.known["bounced"]), "BOUNCED")
        attempt, = self.client.ListAttempts(id=self.known["bounced"]).attempts
        self.assertIn("No such user", attempt.reply)
        listed = self.client.ListMessages(recipient="accepted@example.test").messages
        self.assertEqual([one.id for one in listed], [self.known["accepted"]])
        with self.assertRaises(Refused) as refused:
            self.client.SendPasswordChanged(recipient="bounced@example.test", account_label="bo")
        self.assertIn("SUPPRESSED", refused.exception.reason)

    def checks_codes_that_were_sent(self):
        session = {"binding": {"session": "s1"}}
        self.assertEqual(self.result(self.check("pending", self.known["pending"]["code"], binding={"session": "s2"})), "BINDING_MISMATCH")
        self.assertEqual(self.result(self.check("pending", self.known["pending"]["code"], **session)), "MATCHED")
        code = self.known["guessed"]["code"]
        answer = self.check("guessed", wrong(code), **session)
        self.assertEqual((self.result(answer), answer.verification.guesses_remaining), ("MISMATCHED", 3))
        self.assertEqual(self.result(self.check("guessed", code, **session)), "MATCHED")
        self.assertEqual(self.result(self.check("matched", self.known["matched"]["code"], request_id="stored-check", **session)), "MATCHED")
        self.assertNotEqual(self.result(self.check("matched", self.known["matched"]["code"], **session)), "MATCHED")

    def sends_what_waited(self):
        for name in ("queued_code", "own_code"):
            self.assertEqual(STATE.Name(self.client.ended(self.known[name]["message"]).state), "ACCEPTED", name)
        code = self.receiver.wait("queuedcode@example.test").code
        self.assertEqual(self.result(self.check("queued_code", code)), "MATCHED")
        self.assertIn("24681357", self.receiver.wait("owncode@example.test").text)
        self.assertEqual(self.result(self.check("own_code", "24681357")), "MATCHED")
        for name in ("queued_notice", "queued_template"):
            self.assertEqual(STATE.Name(self.client.ended(self.known[name]).state), "ACCEPTED", name)
        self.assertIn("Hello Ada, as it was published then.", self.receiver.wait("queuedtemplate@example.test").text)
        self.assertEqual(self.state(self.known["deferred"]), "DEFERRED")
        sent = self.client.SendTemplate(recipient="again@example.test", template_name="greeting", variables=named("Bo"))
        self.assertIn(self.client.ended(sent.id).state, TERMINAL)
        self.assertIn("Hello Bo, as it was published then.", self.receiver.wait("again@example.test").text)

    def repeats_what_was_answered(self):
        again = self.client.SendPasswordChanged(recipient="accepted@example.test", account_label="ana", request_id="stored-accepted", labels={"order": "7"})
        self.assertEqual(again.id, self.known["accepted"])
        again = self.client.SendVerificationCode(recipient="queuedcode@example.test", purpose="sign_in", ttl={"seconds": 1800}, request_id="stored-code")
        self.assertEqual(again.id, self.known["queued_code"]["id"])
        with self.assertRaises(Refused) as refused:
            self.client.SendPasswordChanged(recipient="accepted@example.test", account_label="another", request_id="stored-accepted")
        self.assertEqual(refused.exception.code.name, "ALREADY_EXISTS")
        self.assertEqual(len([one for one in self.receiver.received if "accepted@example.test" in one.recipients]), 0)


if __name__ == "__main__":
    unittest.main()
