"""Webhooks to an HTTPS receiver in Python: signed, in order, again until taken, over restarts and failures; and none to where they must not go."""
import base64
import json
import os
import signal
import unittest

from outside_receivers import Receiver
from outside_scene import Scene
from outside_world import Service, wait_for
from webhook_receiver import WebhookReceiver, verified


def new_secret():
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


class Webhooks(Scene):
    @classmethod
    def relays(cls):
        cls.mail = cls.keep(Receiver())
        return [cls.mail.relay("plain")]

    @classmethod
    def configure(cls, config):
        cls.hooks = cls.keep(WebhookReceiver(cls.folder))
        cls.secret = new_secret()
        config["tenants"][0]["webhooks"] = [{
            "id": "orders", "url": f"https://localhost:{cls.hooks.port}/in?x=1", "ca_file": cls.hooks.ca, "allow_private": True,
            "secret_files": [cls.folder.write("keys/webhook", cls.secret)], "timeout": "2s", "retry_for": "60s",
        }]

    @property
    def hook(self):
        return self.config["tenants"][0]["webhooks"][0]

    def ledger(self, name, webhook="orders"):
        value = self.redis.call("HGET", f"ph:{{e:acme}}:{webhook}", name)
        return "" if value is None else value.decode()

    def setUp(self):
        wait_for("the webhook has begun", lambda: self.ledger("cursor"))
        self.hooks.told.clear()
        self.hooks.answers.clear()
        self.before = json.dumps(self.config)
        self.addCleanup(self.restore)

    def restore(self):
        generation = self.hook.get("generation", 0)
        self.config.clear()
        self.config.update(json.loads(self.before))
        self.hook["generation"] = generation
        self.hooks.answers.clear()
        self.resume()

    def logged(self, event):
        return [json.loads(line) for line in self.service.log.read_text().splitlines() if f'"event":"{event}"' in line]

    def reload(self):
        before = len(self.logged("reloaded"))
        self.folder.write("posthaste.yaml", json.dumps(self.config))
        os.kill(self.service.child.pid, signal.SIGHUP)
        wait_for("a reload", lambda: self.logged("reloaded")[before:])

    def resume(self):
        self.hook["generation"] = self.hook.get("generation", 0) + 1
        self.reload()

    def send(self, name):
        return self.client.SendPasswordChanged(recipient=f"{name}@example.test", request_id=name).id

    def states_of(self, message):
        return [event["message"]["state"] for event in self.hooks.taken() if event.get("message", {}).get("id") == message]

    def wait_taken(self, message):
        """Until it is told that the message was accepted, which is its last event."""
        wait_for(f"{message} is told", lambda: "ACCEPTED" in self.states_of(message))
        return self.states_of(message)

    def test_events_come_signed_and_in_order_over_one_connection(self):
        connections = self.hooks.connections
        messages = [self.send(f"order-{number}") for number in range(20)]
        for message in messages:
            self.assertEqual(self.wait_taken(message), ["QUEUED", "ACCEPTED"])
        self.assertEqual(len({event["id"] for event in self.hooks.taken()}), 40)
        self.assertLessEqual(self.hooks.connections - connections, 1)
        for told in self.hooks.told:
            self.assertEqual(told.path, "/in?x=1")
            self.assertEqual(told.headers["content-type"], "application/json")
            self.assertEqual(told.headers["webhook-id"], told.event["id"])
            self.assertEqual(verified(self.secret, told.headers, told.body), 1)
            self.assertEqual(verified(new_secret(), told.headers, told.body), 0)
            self.assertNotIn(b"order-", told.body, "no address")

    def test_what_is_not_taken_is_told_again_before_what_is_behind_it(self):
        self.hooks.answers += [500, ("wait", 3), (302, {"Location": f"https://localhost:{self.hooks.port}/elsewhere"})]
        message = self.send("again")
        self.assertEqual(self.wait_taken(message), ["QUEUED", "ACCEPTED"])
        first = self.hooks.told[0]
        self.assertEqual([told.event["id"] for told in self.hooks.told[:4]], [first.event["id"]] * 4)
        self.assertEqual([told.status for told in self.hooks.told[:4]], [500, "wait", 302, 204])
        self.assertEqual({told.path for told in self.hooks.told}, {"/in?x=1"}, "a redirect is not followed")
        whys = [(line["status"], line["why"]) for line in self.logged("webhook_failed")[-3:]]
        self.assertEqual(whys, [(500, ""), (0, "read: time limit"), (302, "")])
        self.assertEqual(self.logged("webhook_recovered")[-1]["failures"], 3)

    def test_gone_pauses_it_until_its_settings_change(self):
        self.hooks.answers += [410]
        message = self.send("gone")
        wait_for("it is paused", lambda: self.ledger("paused") == "gone")
        self.assertIn('posthaste_webhook_paused{tenant="acme",webhook="orders"} 1', self.service.page("/metrics")[1])
        self.client.ended(message)
        self.assertEqual(len(self.hooks.told), 1)
        self.resume()
        self.assertEqual(self.wait_taken(message), ["QUEUED", "ACCEPTED"])
        self.assertIn('posthaste_webhook_paused{tenant="acme",webhook="orders"} 0', self.service.page("/metrics")[1])

    def test_both_secrets_sign_while_one_is_changed(self):
        other = new_secret()
        self.hook["secret_files"].append(self.folder.write("keys/webhook-2", other))
        self.reload()
        self.wait_taken(self.send("rotated"))
        for told in self.hooks.told:
            self.assertEqual((verified(self.secret, told.headers, told.body), verified(other, told.headers, told.body)), (1, 1))

    def test_private_addresses_and_unknown_certificates_are_told_nothing(self):
        def without(setting):
            del self.hook[setting]
            self.reload()
            seen = len(self.logged("webhook_failed"))
            message = self.send(f"without-{setting}")
            why = wait_for("it fails", lambda: self.logged("webhook_failed")[seen:])[0]["why"]
            self.assertEqual(self.states_of(message), [])
            return why

        self.assertIn("private addresses", without("allow_private"))
        self.config["tenants"][0]["webhooks"] = json.loads(self.before)["tenants"][0]["webhooks"]
        self.resume()
        self.assertIn("certificate", without("ca_file"))
        self.config["tenants"][0]["webhooks"] = json.loads(self.before)["tenants"][0]["webhooks"]
        self.resume()
        wait_for("it is told in the end", lambda: len({event["message"]["id"] for event in self.hooks.taken()}) >= 2)

    def test_no_event_is_lost_over_restarts_and_kills(self):
        sent = [self.send("restart-0")]
        for turn, how in enumerate([signal.SIGTERM, signal.SIGKILL], 1):
            sent += [self.send(f"restart-{turn}-{number}") for number in range(10)]
            self.service.child.stop(how)
            type(self).service = self.keep(Service(self.folder, self.config))
            sent.append(self.send(f"restart-{turn}-after"))
        for message in sent:
            states = wait_for(f"{message} is told", lambda: "ACCEPTED" in self.states_of(message) and self.states_of(message), 90)
            self.assertEqual(states[0], "QUEUED")
            self.assertLessEqual(set(states), {"QUEUED", "ACCEPTED"})


if __name__ == "__main__":
    unittest.main()
