"""A tenant's logo, from its file to a receiver that we did not write: a part of every mail, which its page shows; the same bytes on each
attempt, whatever becomes of the file meanwhile."""
import random
import re
import time
import unittest

from google.protobuf import timestamp_pb2

from outside_client import STATE
from outside_scene import Scene
from outside_world import serve_fails, wait_for

RANDOM = random.Random(20_261)


def png(width, height):
    """20 KiB, of which only the head is a PNG's."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\0\0\0"
    return head + RANDOM.randbytes(20 * 1024)


class Logo(Scene):
    @classmethod
    def configure(cls, config):
        cls.logo = cls.folder.path / "logo.png"
        cls.picture = png(300, 80)
        cls.logo.write_bytes(cls.picture)
        config["tenants"][0]["brand"]["logo_file"] = str(cls.logo)

    def received(self, message_id):
        self.assertEqual(self.client.ended(message_id).state, STATE.Value("ACCEPTED"))
        return wait_for("the mail", lambda: next((mail for mail in self.receiver.received if message_id in mail["Message-ID"]), None))

    def expect_logo(self, mail, picture, width):
        alternative = mail.message
        self.assertEqual(alternative.get_content_type(), "multipart/alternative")
        text, related = alternative.get_payload()
        self.assertEqual(text.get_content_type(), "text/plain")
        self.assertEqual(related.get_content_type(), "multipart/related")
        html, part = related.get_payload()
        self.assertEqual(html.get_content_type(), "text/html")
        self.assertEqual(part.get_content_type(), "image/png")
        self.assertEqual(part.get_content_disposition(), "inline")
        self.assertEqual(part.get_payload(decode=True), picture)
        self.assertFalse(part.defects + related.defects + alternative.defects)
        [image] = re.findall("<img [^>]*>", mail.html)
        for attribute in (f'src="cid:{part["Content-ID"][1:-1]}"', 'alt="Acme"', f'width="{width}"', 'height="32"'):
            self.assertIn(attribute, image)
        self.assertNotIn("http", image)
        return part["Content-ID"]

    def test_goes_with_codes_and_notices_under_one_name(self):
        code = self.client.SendVerificationCode(recipient="ana@example.test", purpose="sign_in")
        notice = self.client.SendPasswordChanged(recipient="bo@example.test", change_time=timestamp_pb2.Timestamp(seconds=int(time.time())))
        first = self.expect_logo(self.received(code.message_id), self.picture, 120)
        self.assertEqual(self.expect_logo(self.received(notice.id), self.picture, 120), first)

    def test_is_stored_once_and_stays_as_it_was_when_the_mail_was_taken(self):
        later = timestamp_pb2.Timestamp(seconds=int(time.time()) + 3)
        request = {"template_name": "welcome", "send_time": later}
        waiting = [self.client.SendTemplate(recipient=f"ana{n}@example.test", **request).id for n in range(3)]
        for message_id in waiting:
            [record] = [key for key in self.redis.keys() if key.endswith(b":m:" + message_id.encode())]
            self.assertLess(len(self.redis.call("GET", record)), 1024)
        other = png(200, 80)
        self.addCleanup(self.service.reload, "reloaded")
        self.addCleanup(self.logo.write_bytes, self.picture)
        self.logo.write_bytes(other)
        self.service.reload("reloaded")
        now = self.client.SendTemplate(recipient="bo@example.test", template_name="welcome").id
        names = {self.expect_logo(self.received(message_id), self.picture, 120) for message_id in waiting}
        self.assertEqual(len(names), 1)
        self.assertNotIn(self.expect_logo(self.received(now), other, 80), names)

    def test_is_refused_when_it_is_none(self):
        self.addCleanup(self.logo.write_bytes, self.picture)
        self.logo.write_bytes(b"<svg/>")
        wrong = f"tenants.acme.brand.logo_file: {self.logo}: is no PNG, JPEG or GIF"
        self.assertIn(wrong, self.service.reload("reload_refused")["why"])
        sent = self.client.SendTemplate(recipient="ana@example.test", template_name="welcome").id
        self.expect_logo(self.received(sent), self.picture, 120)
        status, said = serve_fails(self.folder, self.config)
        self.assertEqual((status, said.count("\n")), (2, 1), said)
        self.assertIn(wrong, said)


if __name__ == "__main__":
    unittest.main()
