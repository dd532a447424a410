"""Attachments of general mail, from a caller outside C++ to a receiver that we did not write: to the byte, under the signatures, and
gone from Redis with the message."""
import random
import time
import unittest

from google.protobuf import timestamp_pb2

from outside_client import STATE, Refused
from outside_scene import Scene
from outside_signing import SignedMail
from outside_world import wait_for

REPORT = {
    "template.yaml": "mail_class: general\ndescription: A report with a chart.\nvariables: {}\n",
    "en/subject.txt": "Your report\n",
    "en/body.txt": "Your report is here.\n\n{{> foot}}\n",
    "en/body.html": '{{> head}}<div style="display:none">Your report is here.</div>{{> open}}'
                    '<h1 style="margin:0;font-size:24px">Your report is here.</h1>'
                    '<img src="cid:chart" alt="The chart" width="400" height="200">{{> close}}\n',
}
RANDOM = random.Random(20_261)
CHART = {"filename": "chart.png", "content_type": "image/png", "content": b"\x89PNG\r\n\x1a\n" + RANDOM.randbytes(3000),
         "content_id": "chart"}
BILL = {"filename": "Rechnung für März – 領収書.pdf", "content_type": "application/pdf", "content": b"%PDF-1.7\r\n.\r\n" + RANDOM.randbytes(400_000)}
ARABIC = {"filename": "فاتورة.csv", "content_type": "text/csv", "content": "a;b\r\n1;2\r\n.\r\n".encode()}


class Attachments(SignedMail, Scene):
    @classmethod
    def configure(cls, config):
        cls.sign(config)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.PublishTemplate(name="report", files=REPORT)

    def send(self, **fields):
        fields = {"recipient": "ana@example.test", "template_name": "report", "attachments": [CHART, BILL, ARABIC], **fields}
        return self.client.SendTemplate(**fields)

    def received(self, message_id):
        return wait_for("the mail", lambda: next((mail for mail in self.receiver.received if message_id in mail["Message-ID"]), None))

    def stored(self):
        """The keys of attachments in Redis."""
        return [key for key in self.redis.keys() if b"}:b:" in key]

    def refused(self, **fields):
        with self.assertRaises(Refused) as raised:
            self.send(**fields)
        return raised.exception

    def test_arrive_to_the_byte_under_the_signatures_and_leave_nothing_behind(self):
        sent = self.send()
        self.assertEqual(self.client.ended(sent.id).state, STATE.Value("ACCEPTED"))
        mail = self.received(sent.id)
        files = {part.get_filename(): part for part in mail.message.walk() if part.get_filename()}
        for given in (CHART, BILL, ARABIC):
            part = files[given["filename"]]
            self.assertEqual(part.get_payload(decode=True), given["content"], given["filename"])
            self.assertEqual(part.get_content_type(), given["content_type"])
            self.assertFalse(part.defects)
        self.assertEqual(files["chart.png"]["Content-ID"], "<chart>")
        self.assertEqual(files["chart.png"].get_content_disposition(), "inline")
        self.assertIn('src="cid:chart"', mail.html)
        self.assertEqual(mail.message.get_content_type(), "multipart/mixed")
        self.assertEqual(len(mail.message.get_payload()), 3, "the texts with what they show, and two files")
        self.assertEqual(self.verified(mail.content), [True, True])
        last = mail.content.rindex(b"\r\n--")
        other = mail.content[:last - 5] + (b"AAA" if mail.content[last - 5:last - 2] != b"AAA" else b"BBB") + mail.content[last - 2:]
        self.assertEqual(self.verified(other), [False, False])
        self.assertEqual(self.stored(), [])

    def test_wait_sealed_beside_a_message_and_go_when_it_is_withdrawn(self):
        later = timestamp_pb2.Timestamp(seconds=int(time.time()) + 3600)
        sent = self.send(send_time=later, request_id="report-7")
        [key] = self.stored()
        self.assertTrue(key.endswith(sent.id.encode()))
        self.assertNotIn(b"%PDF", self.redis.call("GET", key))
        self.assertGreater(self.redis.call("PTTL", key), 72 * 3600 * 1000)
        self.assertEqual(self.send(send_time=later, request_id="report-7").id, sent.id)
        other = self.refused(send_time=later, request_id="report-7", attachments=[CHART, {**BILL, "content": b"another"}])
        self.assertEqual(other.reason, "REQUEST_ID_REUSED")
        self.client.CancelMessage(id=sent.id)
        self.assertEqual(self.stored(), [])

    def test_are_refused_by_their_place(self):
        for files, *fields in (
                ([CHART, {**BILL, "filename": "../bill.pdf"}], "attachments[1].filename"),
                ([CHART, {**BILL, "filename": "bill\u202efdp.csv"}], "attachments[1].filename"),
                ([CHART, {**BILL, "content_type": "message/rfc822"}], "attachments[1].content_type"),
                # The HTML shows a chart, and no map.
                ([{**CHART, "content_id": "map"}], "attachments[0].content_id", "attachments"),
                ([BILL], "attachments"),
                ([CHART, BILL, {**BILL, "content": bytes(200_000)}], "attachments"),
                ([CHART] + [ARABIC] * 10, "attachments")):
            self.assertEqual(self.refused(attachments=files).fields, fields)
        self.assertIn("attachments", self.refused(template_name="password_changed").fields)
        answer = self.client.BatchSendTemplates(requests=[
            {"recipient": "bo@example.test", "template_name": "report", "attachments": [CHART]},
            {"recipient": "bo@example.test", "template_name": "report", "attachments": [{**CHART, "filename": "a.exe"}]}])
        self.assertTrue(answer.results[0].message.id)
        self.assertEqual([each.field for each in answer.results[1].error.violations], ["attachments[0].filename"])


if __name__ == "__main__":
    unittest.main()
