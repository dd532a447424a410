"""The owner of a mailbox whose codes are guessed at is told: once, in the language of the codes, without a code."""
import re
import unittest

from outside_client import RESULT, STATE
from outside_scene import Scene

GUESSES = 5
DAY = 24 * 3600
NOTICE = "guesses_exhausted"


def another(code):
    return code[:-1] + str((int(code[-1]) + 1) % 10)


class OwnerNotice(Scene):
    movable_clock = True

    @classmethod
    def configure(cls, config):
        config["codes"] = {"guesses": GUESSES, "wrong_guesses_per_day": 2 * GUESSES, "cooldowns": ["0s"]}
        config["limits"] = {"sends_per_recipient_hour": -1, "codes_per_recipient_purpose_hour": -1}

    def setUp(self):
        self.sent = {}  # Codes by recipient.

    def code_to(self, recipient, **fields):
        """Another verification and the code in its mail."""
        sent = self.client.SendVerificationCode(recipient=recipient, purpose="password_reset", force_new=True, **fields)
        self.assertEqual(STATE.Name(self.client.ended(sent.message_id).state), "ACCEPTED")
        mails = [mail for mail in self.receiver.received if recipient in mail.recipients]
        code = next(mail.code for mail in reversed(mails) if re.search(r"^\d{6,10}$", mail.text, re.M))
        self.sent.setdefault(recipient, []).append(code)
        return sent, code

    def guess_wrong(self, recipient, **fields):
        """Uses up one verification."""
        sent, code = self.code_to(recipient, **fields)
        for left in reversed(range(sent.guesses_remaining)):
            answer = self.client.CheckVerificationCode(verification_id=sent.id, code=another(code))
            self.assertEqual((RESULT.Name(answer.result), answer.verification.guesses_remaining), ("MISMATCHED", left))

    def notices(self, recipient):
        """The messages of that template, ended."""
        told, token = [], ""
        while True:
            page = self.client.ListMessages(recipient=recipient, page_size=50, page_token=token)
            told += [self.client.ended(one.id) for one in page.messages if one.template_name == NOTICE]
            token = page.next_page_token
            if not token:
                return told

    def mailed(self, recipient):
        """The mails of that template, as they were received."""
        codes = self.sent[recipient]
        return [mail for mail in self.receiver.received if recipient in mail.recipients and
                not any(re.search(rf"^{code}$", mail.text, re.M) for code in codes)]

    def test_it_comes_once_in_the_language_of_the_codes_and_says_no_code(self):
        german = {"locale": "de", "time_zone": "Europe/Berlin",
                  "client_context": {"device_label": "Firefox", "ip_address": "192.0.2.7"}}
        recipient = "ana@example.test"
        self.guess_wrong(recipient, **german)
        self.code_to(recipient, **german)
        self.assertEqual(self.notices(recipient), [], "half of the day's guesses are left")
        self.guess_wrong(recipient, **german)
        self.assertEqual(self.notices(recipient), [], "a check does not know the address")

        longer, code = self.code_to(recipient, **german)
        self.assertEqual((len(code), longer.guesses_remaining), (8, 1), "stepped up")
        notices = self.notices(recipient)
        self.assertEqual([(STATE.Name(one.state), one.locale) for one in notices], [("ACCEPTED", "de")])
        mail, = self.mailed(recipient)
        self.assertEqual(mail["Subject"], "Acme: falsche Codes für Ihre E-Mail-Adresse")
        self.assertEqual(mail["From"], "Acme <no-reply@acme.test>")
        self.assertIn("immer wieder falsche Codes", mail.text)
        self.assertIn("Firefox", mail.text)
        self.assertIn(recipient, mail.text)
        whole = "".join(mail.text.split()) + "".join(re.sub(r"<[^>]*>", "", mail.html).split())
        for one in self.sent[recipient]:
            for at in range(len(one) - 4):
                self.assertNotIn(one[at:at + 5], whole, "a piece of a code")

        for _ in range(3):
            self.guess_wrong(recipient, **german)
        self.assertEqual((len(self.notices(recipient)), len(self.mailed(recipient))), (1, 1), "once a day")

    def test_it_comes_again_for_another_day_of_guesses(self):
        recipient = "bo@example.test"
        for day in (1, 2):
            self.guess_wrong(recipient, locale="en")
            self.guess_wrong(recipient, locale="en")
            self.code_to(recipient, locale="en")
            self.assertEqual(len(self.notices(recipient)), day)
            self.code_to(recipient, locale="en")
            self.assertEqual(len(self.notices(recipient)), day)
            if day == 1:
                self.redis.move_clock(DAY + 60)
        self.assertEqual({one.locale for one in self.notices(recipient)}, {"en"})

    def test_a_right_code_ends_it_and_another_purpose_has_its_own(self):
        recipient = "cy@example.test"
        self.guess_wrong(recipient)
        self.guess_wrong(recipient)
        other = self.client.SendVerificationCode(recipient=recipient, purpose="sign_in")
        self.assertEqual(self.client.GetVerification(verification_id=other.id).guesses_remaining, GUESSES)
        self.assertEqual(self.notices(recipient), [], "nobody guessed at those")
        longer, code = self.code_to(recipient)
        answer = self.client.CheckVerificationCode(verification_id=longer.id, code=code)
        self.assertEqual(RESULT.Name(answer.result), "MATCHED", "the owner is not locked out")
        self.assertEqual(len(self.notices(recipient)), 1)


if __name__ == "__main__":
    unittest.main()
