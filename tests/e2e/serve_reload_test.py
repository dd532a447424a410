"""SIGHUP: a configuration in place of another while calls and mail go on. What is wrong changes nothing."""
import hashlib
import json
import threading
import unittest

import outside_client
from outside_client import Client, Refused
from outside_receivers import Receiver, SmtpSink
from outside_scene import Scene
from outside_world import SCOPES, make_keys

OTHER = "another-secret-of-no-worth"


class Reload(Scene):
    @classmethod
    def relays(cls):
        cls.first, cls.second = cls.keep(Receiver()), cls.keep(SmtpSink(cls.folder))
        cls.relay = cls.second.relay("second")
        return [cls.first.relay("first")]

    def setUp(self):
        self.before = json.dumps(self.config)
        self.addCleanup(lambda: (self.config.clear(), self.config.update(json.loads(self.before)), self.reload()))

    def reload(self, text=None, result="taken"):
        """Writes the configuration and sends SIGHUP; the log line of what became of it."""
        event = {"taken": "reloaded", "refused": "reload_refused"}[result]
        self.folder.write("posthaste.yaml", text or json.dumps(self.config))
        return self.service.reload(event)

    def other_keys(self, folder):
        at = type("At", (), {"write": lambda _, name, text: self.folder.write(f"{folder}/{name}", text)})()
        return make_keys(at)

    def code_to(self, address, client=None):
        return (client or self.client).SendVerificationCode(recipient=address, purpose="sign_in")

    def test_a_key_that_is_gone_is_refused_and_a_new_one_let_in(self):
        keys = self.config["tenants"][0]["keys"]
        keys.append({"id": "newcomer", "scopes": SCOPES, "secret_sha256": [hashlib.sha256(OTHER.encode()).hexdigest()]})
        newcomer = self.keep(Client(self.config["grpc"]["address"], "newcomer", OTHER))
        with self.assertRaises(Refused):
            self.code_to("early@example.test", newcomer)
        self.reload()
        self.code_to("late@example.test", newcomer)
        keys.pop()
        self.reload()
        with self.assertRaises(Refused) as refused:
            self.code_to("gone@example.test", newcomer)
        self.assertEqual(refused.exception.reason, "CREDENTIAL_INVALID")

    def test_mail_goes_by_the_new_relay_in_the_new_look_with_the_new_key(self):
        self.assertEqual(self.client.ended(self.code_to("one@example.test").message_id).relay, "first")
        self.config["relays"].append(self.relay)
        tenant = self.config["tenants"][0]
        tenant["relays"] = ["second"]
        tenant["brand"]["product_name"] = "Zenith"
        more = self.other_keys("more")
        self.config["keys"]["code_keys"].append({"epoch": 2, "file": more["code_keys"][0]["file"]})
        self.config["keys"]["seal_keys"].append({"id": 2, "file": more["seal_keys"][0]["file"]})
        pending = self.code_to("pending@example.test")
        old = self.first.wait("pending@example.test").code
        self.reload()
        self.assertEqual(self.client.ended(self.code_to("two@example.test").message_id).relay, "second")
        mail = self.second.wait("two@example.test")
        self.assertIn("Zenith", mail.text)
        self.assertNotIn("Acme", mail.text)
        answer = self.client.CheckVerificationCode(verification_id=pending.id, code=old)
        self.assertEqual(answer.result, outside_client.RESULT.Value("MATCHED"), "a code of the older key")

    def test_what_is_wrong_is_named_and_changes_nothing(self):
        wrong = {
            "unknown": lambda config: config.update(unknown=1),
            "relays[0].port": lambda config: config["relays"][0].update(port=70000),
            "relays[0].direct": lambda config: config["relays"][0].update(host="", port=25, direct=True),
            "templates_dir": lambda config: config.update(templates_dir="/nonexistent/templates"),
            "keys.code_keys[0].file": lambda config: config["keys"]["code_keys"][0].update(file="/nonexistent/key"),
            "keys.hash_key_file": lambda config: config["keys"].update(
                hash_key_file=self.other_keys("other")["hash_key_file"]),
        }
        for setting, change in wrong.items():
            with self.subTest(setting=setting):
                config = json.loads(self.before)
                change(config)
                self.assertIn(setting, self.reload(json.dumps(config), "refused")["why"])
                self.assertIn("posthaste_reload_refused 1", self.service.page("/metrics")[1])
                self.assertEqual(self.client.ended(self.code_to(f"{len(setting)}@example.test").message_id).relay, "first")
        self.reload()
        self.assertIn("posthaste_reload_refused 0", self.service.page("/metrics")[1])

    def test_what_waits_for_a_restart_is_said(self):
        self.config["worker"]["loops"] = 1
        self.config["log"]["level"] = "ERROR"
        told = self.reload()
        self.assertEqual(told["wait_for_restart"], "worker.loops, log")
        self.assertEqual(told["level"], "warning")

    def test_nobody_notices_twenty_reloads_under_load(self):
        stop, sent, failed = threading.Event(), [], []

        def load(name):
            client = Client(self.config["grpc"]["address"])
            while not stop.is_set():
                try:
                    sent.append(self.code_to(f"{name}.{len(sent)}@load.test", client).message_id)
                except Refused as refused:
                    failed.append(refused)
            client.close()

        threads = [threading.Thread(target=load, args=(f"t{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for turn in range(20):
            self.config["tenants"][0]["brand"]["product_name"] = f"Acme {turn}"
            self.reload()
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertGreater(len(sent), 40)
        for message in sent[-20:]:
            self.assertEqual(self.client.ended(message).state, outside_client.STATE.Value("ACCEPTED"))


if __name__ == "__main__":
    unittest.main()
