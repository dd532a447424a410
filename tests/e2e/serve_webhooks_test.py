"""Webhooks to an HTTPS receiver in Python: signed, in order, again until taken, over restarts and failures; and none to where they must not go."""
import base64
import itertools
import json
import os
import re
import signal
import subprocess
import unittest

import grpc

from outside_client import Client, Refused
from outside_scene import Scene
from outside_world import ROOT, Service, wait_for
from webhook_receiver import WebhookReceiver, verified


def new_secret():
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def sample(language):
    """The verifier in docs/EVENTS.md."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "docs/EVENTS.md").read_text(), re.S | re.M)
    return next(block for block in blocks if "verify(secret, headers, body)" in block)


class Webhooks(Scene):
    movable_clock = True
    numbers = itertools.count()

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
        # From here on it is this process that tells, whatever the test before has left.
        self.wait_taken(self.send(f"before-{next(self.numbers)}"), 90)
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

    def requests(self, result):
        """How many requests ended so, by this process' word."""
        line = re.search(rf'^posthaste_webhook_requests_total{{result="{result}",.*}} (\d+)', self.service.page("/metrics")[1], re.M)
        return int(line.group(1)) if line else 0

    def reload(self):
        before = len(self.logged("reloaded"))
        self.folder.write("posthaste.yaml", json.dumps(self.config))
        os.kill(self.service.child.pid, signal.SIGHUP)
        wait_for("a reload", lambda: self.logged("reloaded")[before:])

    def resume(self):
        self.hook["generation"] = self.hook.get("generation", 0) + 1
        self.reload()

    def send(self, name):
        """As callers are told to: again, with the same request_id, while nobody is there."""
        def once():
            try:
                return self.client.SendPasswordChanged(recipient=f"{name}@example.test", request_id=name).id
            except Refused as refused:
                if refused.code != grpc.StatusCode.UNAVAILABLE:
                    raise
                return None
        return wait_for("the service is there", once)

    def states_of(self, message):
        return [event["message"]["state"] for event in self.hooks.taken() if event.get("message", {}).get("id") == message]

    def wait_taken(self, message, seconds=30):
        """Until it is told that the message was accepted, which is its last event."""
        wait_for(f"{message} is told", lambda: "ACCEPTED" in self.states_of(message), seconds)
        return self.states_of(message)

    def written(self, messages):
        """By shard, the names of all events of `messages`, as they lie in their streams."""
        ids = {message.encode() for message in messages}
        streams = [self.redis.value(key) for key in self.redis.keys() if key.endswith(b":e")]
        lines = [[place.decode() for place, fields in stream if ids & set(fields)] for stream in streams]
        return sorted(places for places in lines if places)

    def first_told(self, messages):
        """The same of what was taken. Twice is fine, under another name or before its turn it is not."""
        shards = {}
        for event in self.hooks.taken():
            shard, place = event["id"].split("-", 1)
            if event["message"]["id"] in messages:
                shards.setdefault(shard, {})[place] = True
        return sorted(list(places) for places in shards.values())

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

    def test_the_verifiers_of_our_page_take_it_and_nothing_else(self):
        self.wait_taken(self.send("verified"))
        told = self.hooks.told[0]
        good = (self.secret, dict(told.headers.items()), told.body.decode())
        stale = {**good[1], "webhook-timestamp": str(int(good[1]["webhook-timestamp"]) - 301)}
        other = {**good[1], "webhook-id": "0-1-0"}
        bad = [(new_secret(), *good[1:]), (good[0], stale, good[2]), (good[0], other, good[2]), (*good[:2], good[2].replace("QUEUED", "BOUNCED"))]
        tries = [[one[0], one[1], one[2]] for one in [good, *bad]]
        for words in ([
            "/usr/bin/python3", "-c", "import base64, hashlib, hmac, json, sys, time\n" + sample("python") + """
def taken(secret, headers, body):
    try:
        verify(secret, headers, body.encode())
        return True
    except ValueError:
        return False
print(json.dumps([taken(*one) for one in json.load(sys.stdin)]))
"""], ["node", "-e", 'const { createHmac, timingSafeEqual } = require("node:crypto");\n' + sample("js") + """
const taken = (secret, headers, body) => { try { verify(secret, headers, body); return true; } catch { return false; } };
console.log(JSON.stringify(JSON.parse(require("node:fs").readFileSync(0)).map((one) => taken(...one))));
"""]):
            with self.subTest(words[0]):
                done = subprocess.run(words, input=json.dumps(tries), capture_output=True, text=True, timeout=30)
                self.assertEqual(json.loads(done.stdout or "[]"), [True, False, False, False, False], done.stderr)

    def test_a_connection_that_its_receiver_closed_is_no_failure(self):
        before = self.requests("taken"), self.requests("no_answer")
        self.hooks.hang_up()
        self.assertEqual(self.wait_taken(self.send("hung-up")), ["QUEUED", "ACCEPTED"])
        self.hooks.answers.append(("wait", 0))  # It hangs up with the request in its hands.
        seen = len(self.hooks.told)
        self.assertEqual(self.wait_taken(self.send("cut")), ["QUEUED", "ACCEPTED"])
        cut, again = self.hooks.told[seen:seen + 2]
        self.assertEqual((cut.status, again.status), ("wait", 204))
        self.assertEqual(cut.headers["webhook-id"], again.headers["webhook-id"])
        wait_for("they are counted", lambda: self.requests("taken") == before[0] + 4)
        self.assertEqual(self.requests("no_answer"), before[1])

    def test_a_receiver_that_was_away_is_told_what_happened_meanwhile(self):
        failed = len(self.logged("webhook_failed"))
        self.hooks.stop()
        self.hooks.hang_up()
        messages = [self.send(f"away-{number}") for number in range(3)]
        why = wait_for("it fails", lambda: self.logged("webhook_failed")[failed:])[0]["why"]
        self.assertRegex(why, "connect")
        for message in messages:
            self.client.ended(message)
        self.hooks.listen()
        for message in messages:
            self.assertEqual(self.wait_taken(message), ["QUEUED", "ACCEPTED"])

    def test_what_is_not_taken_is_told_again_before_what_is_behind_it(self):
        failed, recovered = len(self.logged("webhook_failed")), len(self.logged("webhook_recovered"))
        self.hooks.answers += [500, ("wait", 3), (302, {"Location": f"https://localhost:{self.hooks.port}/elsewhere"})]
        message = self.send("again")
        self.assertEqual(self.wait_taken(message), ["QUEUED", "ACCEPTED"])
        first = self.hooks.told[0]
        self.assertEqual([told.event["id"] for told in self.hooks.told[:4]], [first.event["id"]] * 4)
        self.assertEqual([told.status for told in self.hooks.told[:4]], [500, "wait", 302, 204])
        self.assertEqual({told.path for told in self.hooks.told}, {"/in?x=1"}, "a redirect is not followed")
        end, = wait_for("its line", lambda: self.logged("webhook_recovered")[recovered:])
        self.assertEqual(end["failures"], 3)
        whys = [(line["status"], line["why"]) for line in self.logged("webhook_failed")[failed:]]
        self.assertEqual(whys, [(500, ""), (0, "read: time limit"), (302, "")])

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
        messages = []

        def without(setting):
            del self.hook[setting]
            self.reload()
            seen = len(self.logged("webhook_failed"))
            messages.append(self.send(f"without-{setting}"))
            why = wait_for("it fails", lambda: self.logged("webhook_failed")[seen:])[0]["why"]
            self.assertEqual(self.states_of(messages[-1]), [])
            self.config["tenants"][0]["webhooks"] = json.loads(self.before)["tenants"][0]["webhooks"]
            self.resume()
            return why

        self.assertIn("private addresses", without("allow_private"))
        self.assertIn("certificate", without("ca_file"))
        for message in messages:
            self.assertEqual(self.wait_taken(message), ["QUEUED", "ACCEPTED"])

    def test_of_two_processes_one_tells_and_the_other_takes_over(self):
        _, beside = self.start_beside()
        for message in [self.send(f"two-{number}") for number in range(10)]:
            self.assertEqual(self.wait_taken(message), ["QUEUED", "ACCEPTED"])
        self.service.child.stop()
        other = self.keep(Client(beside.config["grpc"]["address"]))
        message = other.SendPasswordChanged(recipient="over@example.test", request_id="over").id
        self.assertEqual(self.wait_taken(message), ["QUEUED", "ACCEPTED"])
        type(self).service = self.keep(Service(self.folder, self.config))
        beside.stop()

    def test_no_event_is_lost_over_restarts_and_kills(self):
        sent = [self.send("restart-0")]
        for turn, how in enumerate([signal.SIGTERM, signal.SIGKILL], 1):
            sent += [self.send(f"restart-{turn}-{number}") for number in range(10)]
            self.service.child.stop(how)
            if how == signal.SIGKILL:
                self.redis.move_clock(61)  # Its lease stands for a minute.
            type(self).service = self.keep(Service(self.folder, self.config))
            sent.append(self.send(f"restart-{turn}-after"))
        for message in sent:
            # A kill may leave it DEFERRED, for a minute, or UNCERTAIN: that is the mail's affair.
            wait_for(f"{message} is told", lambda: len(self.states_of(message)) > 1, 90)
            self.assertEqual(self.states_of(message)[0], "QUEUED")
        wait_for("all is told", lambda: self.first_told(sent) == self.written(sent))


if __name__ == "__main__":
    unittest.main()
