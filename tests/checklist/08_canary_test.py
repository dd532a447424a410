"""Checklist 8: no code and no address outside the mail. Two words that nobody else uses, a code and a local part, go through everything; then we look where they stayed.

`./dev canary` prints where that was: a line for each kind of place, and how often it was searched."""
import collections
import http.cookiejar
import json
import os
import pathlib
import re
import sys
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import outside_client  # noqa: E402
from console_scene import SECRET, add_operator  # noqa: E402
from outside_client import RESULT, STATE  # noqa: E402
from outside_receivers import Receiver, SmtpSink  # noqa: E402
from outside_scene import Scene  # noqa: E402

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


class Console:
    """The operators' console without a browser: what a page of it is given."""

    def __init__(self, address):
        self.root = f"http://{address}/console/"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self._open("login", urllib.parse.urlencode({"key": f"ana.{SECRET}"}).encode())
        self.csrf = re.search(r'data-csrf="([^"]+)"', self.page("")).group(1)

    def _open(self, path, data=None, headers=None):
        with self.opener.open(urllib.request.Request(self.root + path, data, headers or {}), timeout=10) as answer:
            return answer.read().decode()

    def page(self, name):
        return self._open(name)

    def call(self, name, **request):
        return self._open(f"api/{name}", json.dumps({"request": request, "reason": ""}).encode(),
                          {"Content-Type": "application/json", "X-Csrf-Token": self.csrf})


class Canary(Scene):
    @classmethod
    def configure(cls, config):
        add_operator(config)

    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver())
        cls.sink = cls.keep(SmtpSink(cls.folder))
        return [cls.receiver.relay("first"), cls.sink.relay("second")]

    def clean(self, where, data):
        """Neither word, in clear, grouped as mail shows it, in hexadecimal or in Base64."""
        self.searched[re.sub(r"b?'?ph:\{.*|^m[0-9a-z]{22}", "a key or value of Redis", where)] += 1
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
        # Waits for its time, with all that goes with it.
        client.SendTemplate(recipient=NOTIFIED, template_name="welcome", send_time={"seconds": int(time.time()) + 3600},
                            attachments=[{"filename": f"{LOCAL}.txt", "content_type": "text/plain", "content": f"{LOCAL} {CODE}".encode()}])
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

    def look_at_the_console(self, when):
        console = Console(self.config["ops"]["address"])
        for name in ("", "message", "queue", "verifications", "templates", "relays"):
            self.clean(f"console page {name or 'now'} {when}", console.page(name).encode())
        found = json.loads(console.call("FindMessages", query=REFUSED, state=""))
        self.assertEqual(len(found["messages"]), 1, "the console finds the message by its recipient")
        self.clean(f"what the console found {when}", json.dumps(found).encode())
        told = console.call("GetMessage", tenant=found["messages"][0]["tenant"], id=found["messages"][0]["message"]["id"])
        self.assertIn("attempts", told)
        self.clean(f"what the console tells of a message {when}", told.encode())
        for name in ("ListParked", "ListConversions", "ListTemplates"):
            self.clean(f"the console's {name} {when}", console.call(name).encode())

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
        self.searched = collections.Counter()
        self.run_everything()
        self.look_at_the_console("at the end")
        self.look_around("at the end")
        self.look_into_files()
        self.assertGreater(sum(self.searched.values()), 100)
        self.assertEqual(self.received.code, CODE)
        self.assertIn(CODE, self.received.html)
        self.assertEqual(self.received["To"], f"{LOCAL} <{ACCEPTED}>")
        notice = self.receiver.wait(NOTIFIED)
        self.assertIn(LOCAL, notice.text)
        self.no_core_file_could_hold_them()
        self.the_search_finds_what_is_there()
        if os.environ.get("CANARY_REPORT"):
            for place, times in sorted(self.searched.items()):
                print(f"  {times:4} × {place}")
            print(f"canary ok: {sum(self.searched.values())} places searched, nothing outside the mail")

    def no_core_file_could_hold_them(self):
        limits = pathlib.Path(f"/proc/{self.service.child.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")

    def the_search_finds_what_is_there(self):
        """Last, because the files remember: a word in the log, then one in Redis' values and files, is found."""
        kept = self.searched
        self.searched = collections.Counter()
        with open(self.folder.path / "service.log", "ab+") as log:
            size = log.tell()
            log.write(f'{{"event":"planted","code":"{CODE}"}}\n'.encode())
            log.flush()
            with self.assertRaises(AssertionError, msg="a log that names the code"):
                self.look_around("planted")
            log.truncate(size)
        self.redis.call("HSET", "planted", "field", f"x{CODE}y")
        for search in (lambda: self.look_around("planted"), self.look_into_files):
            with self.assertRaises(AssertionError):
                search()
        self.searched = kept


if __name__ == "__main__":
    unittest.main()
