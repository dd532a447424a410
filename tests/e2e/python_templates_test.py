"""Two processes on one Redis: what is published through one is what the other sends, without a restart of either."""
import copy
import unittest

from google.protobuf import struct_pb2

from outside_client import Client, Refused
from outside_receivers import Mail
from outside_scene import Scene
from outside_world import Folder, Service, free_port, wait_for

FILES = {
    "template.yaml": "mail_class: general\ndescription: A greeting.\nvariables:\n  name:\n    type: string\n    required: true\n"
                     "    sample: Ada\n    description: Whom we greet.\n",
    "en/subject.txt": "Welcome, {{name}}\n",
    "en/body.txt": "Hello {{name}}.\n\n{{> foot}}\n",
    "en/body.html": '{{> head}}<div style="display:none">Hello {{name}}.</div>{{> open}}'
                    '<h1 style="margin:0;font-size:24px">Hello {{name}}.</h1>{{> close}}\n',
}


def named(name):
    variables = struct_pb2.Struct()
    variables["name"] = name
    return variables


class Templates(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_other()

    @classmethod
    def start_other(cls):
        config = copy.deepcopy(cls.config)
        folder = cls.keep(Folder())
        config["grpc"]["address"] = f"127.0.0.1:{free_port()}"
        config["ops"]["address"] = f"127.0.0.1:{free_port()}"
        config["log"]["file"] = str(folder.path / "service.log")
        cls.other_service = cls.keep(Service(folder, config))
        cls.other = cls.keep(Client(config["grpc"]["address"]))

    def publish(self, name, **changed):
        return self.client.PublishTemplate(name=name, files={**FILES, **changed})

    def subject(self, client, name):
        """Of a mail that `client` sends now; None if there is no such template."""
        try:
            sent = client.SendTemplate(recipient="ana@example.test", template_name=name, variables=named("Ana"))
        except Refused as refused:
            self.assertEqual(refused.reason, "TEMPLATE_NOT_FOUND")
            return None
        client.ended(sent.id)
        return wait_for("the mail", lambda: next((mail["Subject"] for mail in self.receiver.received
                                                  if sent.id in mail["Message-ID"]), None))

    def there(self, name, subject):
        wait_for(f"the other process sends {subject!r}", lambda: self.subject(self.other, name) == subject, 10)

    def test_reach_every_process_and_go_back_everywhere(self):
        self.assertIsNone(self.subject(self.other, "first"))
        shown = self.publish("first")
        self.assertEqual(self.subject(self.client, "first"), "Welcome, Ana")
        self.there("first", "Welcome, Ana")
        self.assertEqual(self.other.GetTemplate(name="first").publication, shown.publication)
        self.publish("first", **{"en/subject.txt": "Good day, {{name}}\n"})
        self.there("first", "Good day, Ana")
        self.client.RollbackTemplate(name="first")
        self.there("first", "Welcome, Ana")
        self.client.RollbackTemplate(name="first", publication="none")
        wait_for("the other process forgets it", lambda: self.subject(self.other, "first") is None, 10)

    def test_a_bad_one_changes_nothing_anywhere(self):
        self.publish("second")
        self.there("second", "Welcome, Ana")
        with self.assertRaises(Refused) as raised:
            self.publish("second", **{"en/subject.txt": "Welcome, {{nmae}}\n"})
        self.assertEqual(raised.exception.reason, "TEMPLATE_INVALID")
        self.assertEqual(raised.exception.fields, ["second/en/subject.txt:1:10"])
        for client in (self.client, self.other):
            self.assertEqual(self.subject(client, "second"), "Welcome, Ana")

    def test_a_process_that_starts_later_knows_it_from_its_first_call(self):
        self.publish("third")
        self.start_other()
        self.assertEqual(self.subject(self.other, "third"), "Welcome, Ana")

    def test_a_caller_lists_lints_and_previews(self):
        names = [each.name for each in self.client.ListTemplates().templates]
        self.assertIn("password_changed", names)
        self.assertFalse(self.client.LintTemplate(name="password_changed").findings)
        shown = self.client.PreviewTemplate(name="draft", files=FILES, variables=named("Zoë"))
        self.assertEqual(shown.subject, "Welcome, Zoë")
        mail = Mail("", [], shown.eml)
        self.assertEqual(mail["Subject"], "Welcome, Zoë")
        self.assertIn("Hello Zoë.\n", mail.text)


if __name__ == "__main__":
    unittest.main()
