"""Two words that nobody else uses, a code and a local part, go through everything; then we look where they stayed."""
import pathlib
import unittest

import outside_client
from outside_client import RESULT, STATE
from outside_receivers import Receiver, SmtpSink
from outside_scene import Scene

CODE = "8317264590"
LOCAL = "canaryquetzal"
REFUSED = f"{LOCAL}.gone@example.test"
ACCEPTED = f"{LOCAL}.here@example.test"
NOTIFIED = f"{LOCAL}.told@example.test"


def leaves(value):
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None:
        yield value if isinstance(value, bytes) else str(value).encode()


class Canary(Scene):
    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver())
        cls.sink = cls.keep(SmtpSink(cls.folder))
        return [cls.receiver.relay("first"), cls.sink.relay("second")]

    def clean(self, where, data):
        """Neither word, in clear, grouped as mail shows it, in hexadecimal or in Base64."""
        self.searched += 1
        for word in (CODE, f"{CODE[:5]} {CODE[5:]}", LOCAL, LOCAL.encode().hex(), CODE.encode().hex(), "Y2FuYXJ5cXVldHph"):
            self.assertNotIn(word.encode(), data, where)

    def refused(self, call):
        with self.assertRaises(outside_client.Refused) as refused:
            call()
        self.clean("an error's details", refused.exception.raw + str(refused.exception).encode())
        for detail in refused.exception.details.values():
            self.clean("an error's detail", str(detail).encode())
        return refused.exception

    def run_everything(self):
        client = self.client
        self.receiver.answers[REFUSED] = [f"550 5.1.1 <{REFUSED}>: user {LOCAL}.gone unknown"]
        self.receiver.answers[ACCEPTED] = [f"451 4.3.0 <{ACCEPTED}> come back"]
        sent = client.SendVerificationCode(recipient=ACCEPTED, recipient_name=LOCAL, purpose="sign_in",
                                           custom_code=CODE, request_id="canary", binding={"session": LOCAL})
        self.assertEqual(client.ended(sent.message_id).state, STATE.Value("ACCEPTED"))
        self.received = self.sink.wait(ACCEPTED)  # The first relay was told to say "come back".
        bounced = client.SendVerificationCode(recipient=REFUSED, purpose="sign_in", custom_code=CODE)
        self.assertEqual(client.ended(bounced.message_id).state, STATE.Value("BOUNCED"))
        told = client.SendPasswordChanged(recipient=NOTIFIED, account_label=LOCAL)
        client.ended(told.id)
        self.refused(lambda: client.SendVerificationCode(recipient=ACCEPTED, purpose="sign_in", custom_code=CODE,
                                                         binding={"session": LOCAL}))
        self.refused(lambda: client.SendVerificationCode(recipient=ACCEPTED + "\r\n", purpose="sign_in", custom_code=CODE))
        self.refused(lambda: client.SendVerificationCode(recipient=ACCEPTED, purpose="sign_in", custom_code=CODE, ttl={"seconds": 1}))
        self.refused(lambda: client.SendVerificationCode(recipient=ACCEPTED, purpose="sign_in", custom_code="111111",
                                                         request_id="canary"))
        self.refused(lambda: client.SendPasswordChanged(recipient=NOTIFIED, not_me_url=f"http://{LOCAL}.test/{CODE}"))
        for message in (sent.message_id, bounced.message_id, told.id):
            for answer in (client.GetMessage(id=message), client.ListAttempts(id=message)):
                self.clean("what became of it", str(answer).encode() + answer.SerializeToString())
        self.clean("the verification", client.GetVerification(verification_id=sent.id).SerializeToString())
        wrong = client.CheckVerificationCode(verification_id=sent.id, code=CODE[::-1], binding={"session": LOCAL})
        self.assertEqual(wrong.result, RESULT.Value("MISMATCHED"))
        self.look_around("while it waits")
        right = client.CheckVerificationCode(verification_id=sent.id, code=CODE, binding={"session": LOCAL})
        self.assertEqual(right.result, RESULT.Value("MATCHED"))

    def look_around(self, when):
        for page in ("/metrics", "/readyz", "/nothing"):
            self.clean(f"{page} {when}", self.service.page(page)[1].encode())
        for name in ("service.log", "serve.out", "redis.log"):
            self.clean(f"{name} {when}", (self.folder.path / name).read_bytes())
        for process in (self.service.child, self.redis.child):
            self.clean(f"a command line {when}", process.command_line())
            self.clean(f"an environment {when}", pathlib.Path(f"/proc/{process.pid}/environ").read_bytes())
        keys = self.redis.keys()
        self.assertGreater(len(keys), 5)
        for key in keys:
            self.clean(f"a key {when}", key)
            for leaf in leaves(self.redis.value(key)):
                self.clean(f"{key} {when}", leaf)

    def look_into_files(self):
        self.redis.call("SAVE")
        self.redis.call("BGREWRITEAOF")
        # What a rewrite under way calls temp-… is gone when it ends; its bytes are then in the files that stay.
        files = [path for path in self.redis.data.rglob("*") if path.is_file() and not path.name.startswith("temp-")]
        self.assertTrue({"dump.rdb"} <= {path.name for path in files}, files)
        self.assertTrue(any(".aof" in path.name for path in files), files)
        for path in files:
            if path.exists():  # The rewrite also replaces the file before it.
                self.clean(path.name, path.read_bytes())

    def test_the_words_are_in_the_mail_and_nowhere_else(self):
        self.searched = 0
        self.run_everything()
        self.look_around("at the end")
        self.look_into_files()
        self.assertGreater(self.searched, 100)
        self.assertEqual(self.received.code, CODE)
        self.assertIn(CODE, self.received.html)
        self.assertEqual(self.received["To"], f"{LOCAL} <{ACCEPTED}>")
        notice = self.receiver.wait(NOTIFIED)
        self.assertIn(LOCAL, notice.text)
        self.the_search_finds_what_is_there()

    def the_search_finds_what_is_there(self):
        """Last, because the append-only file remembers: a word put into Redis is found in a value and in the files."""
        self.redis.call("HSET", "planted", "field", f"x{CODE}y")
        for search in (lambda: self.look_around("planted"), self.look_into_files):
            with self.assertRaises(AssertionError):
                search()


if __name__ == "__main__":
    unittest.main()
