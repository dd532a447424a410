"""Checklist 14: limits hold across three processes and a crash of Redis: together they take what one would, to the last one."""
import pathlib
import sys
import threading
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from outside_client import RESULT, Client, Refused  # noqa: E402
from outside_scene import Scene  # noqa: E402
from outside_world import LIMIT_SECONDS, wait_for  # noqa: E402

HOURLY = 7  # Sends to a recipient, and of a caller's key.
GUESSES = 5


class LimitsOfThreeProcesses(Scene):
    @classmethod
    def configure(cls, config):
        config["limits"] = {"sends_per_recipient_hour": HOURLY, "sends_per_recipient_day": -1, "codes_per_recipient_purpose_hour": -1,
                            "sends_per_caller_key_hour": HOURLY}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        others = [cls.start_beside()[1] for _ in range(2)]
        cls.clients = [cls.client, *(cls.keep(Client(one.config["grpc"]["address"])) for one in others)]

    def crash_redis(self):
        self.redis.child.process.kill()
        self.redis.child.process.wait()
        self.redis.start()

    def together(self, calls):
        """The answers to calls that are made at once, by turns at each process; again, with its request id, where Redis was away."""
        answers = [None] * len(calls)

        def ask(number):
            def once():
                try:
                    return calls[number](self.clients[number % len(self.clients)])
                except Refused as refused:
                    return None if refused.code == grpc.StatusCode.UNAVAILABLE else refused
            answers[number] = wait_for("an answer", once)

        threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2 * LIMIT_SECONDS)
        self.assertNotIn(None, answers, "a call was not answered")
        return answers

    def taken(self, calls, reason):
        """How many of them were; the others are refused with `reason` and a wait."""
        refused = [one for one in self.together(calls) if isinstance(one, Refused)]
        for one in refused:
            self.assertEqual((one.code, one.reason), (grpc.StatusCode.RESOURCE_EXHAUSTED, reason))
            self.assertGreater(one.wait_seconds, 0)
        return len(calls) - len(refused)

    def sends(self, count, first, reason, **fields):
        """How many of so many codes at once are taken; {n} in a field is another number for each."""
        def call(number):
            words = {name: value.format(n=number) if isinstance(value, str) else value for name, value in fields.items()}
            request_id = f"{reason}-{number}"
            return lambda client: client.SendVerificationCode(purpose="sign_in", force_new=True, request_id=request_id, **words)
        return self.taken([call(first + number) for number in range(count)], reason)

    def test_a_recipients_hour(self):
        fields = {"recipient": "ana+{n}@example.test", "reason": "RECIPIENT_SEND_LIMIT"}
        self.assertEqual(self.sends(4, 0, **fields), 4)
        self.crash_redis()
        self.assertEqual(self.sends(12, 4, **fields), HOURLY - 4)
        self.crash_redis()
        self.assertEqual(self.sends(6, 16, **fields), 0)

    def test_a_callers_key(self):
        fields = {"recipient": "user{n}@example.test", "rate_limit_keys": ["device:1"], "reason": "CLIENT_LIMIT"}
        self.assertEqual(self.sends(4, 0, **fields), 4)
        self.crash_redis()
        self.assertEqual(self.sends(12, 4, **fields), HOURLY - 4)

    def test_the_guesses_at_a_verification(self):
        sent = self.client.SendVerificationCode(recipient="bea@example.test", purpose="sign_in")
        code = self.receiver.wait("bea@example.test").code
        wrong = str((int(code) + 1) % 1_000_000).zfill(6)

        def guess(number):
            return lambda client: client.CheckVerificationCode(verification_id=sent.id, code=wrong, request_id=f"guess-{number}")

        def told(first, count):
            return [RESULT.Name(answer.result) for answer in self.together([guess(first + number) for number in range(count)])]

        self.assertEqual(told(0, 3), ["MISMATCHED"] * 3)
        self.crash_redis()
        after = told(3, 30)
        self.assertEqual((after.count("MISMATCHED"), after.count("GUESSES_EXHAUSTED")), (GUESSES - 3, 30 - (GUESSES - 3)))
        right = self.clients[-1].CheckVerificationCode(verification_id=sent.id, code=code)
        self.assertEqual(RESULT.Name(right.result), "GUESSES_EXHAUSTED")


if __name__ == "__main__":
    unittest.main()
