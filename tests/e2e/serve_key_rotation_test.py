"""Keys change while the service runs: `posthaste keys rotate`, as an operator types it, and what was there before stays good."""
import hashlib
import json
import os
import pathlib
import subprocess
import unittest

import jwt

from outside_client import RESULT, STATE, Client
from outside_scene import Scene
from outside_world import API_SECRET, LIMIT_SECONDS, Folder, Service, configuration, free_port, program, wait_for
from posthaste.v1 import operations_service_pb2 as operations
from posthaste.v1 import operations_service_pb2_grpc

OPERATOR = [("authorization", f"Bearer night-shift.{API_SECRET}")]


def posthaste(*words):
    """(exit code, stdout, stderr) of the program."""
    done = subprocess.run([program(), *words], capture_output=True, text=True, timeout=LIMIT_SECONDS)
    return done.returncode, done.stdout, done.stderr


class KeyScene(Scene):
    """Keys that the program made itself; a configuration that only the program changes."""

    @classmethod
    def configure(cls, config):
        keys = cls.folder.path / "ring"
        config["worker"]["loops"] = 1
        code, _, why = posthaste("keys", "create", "--dir", str(keys))
        assert code == 0, why
        config["keys"] = {
            "hash_key_file": str(keys / "hash.key"), "code_keys": [{"epoch": 1, "file": str(keys / "code-1.key")}],
            "seal_keys": [{"id": 1, "file": str(keys / "seal-1.key")}],
            "receipt_keys": [{"id": "receipt-1", "file": str(keys / "receipt-1.pem")}]}
        config["tenants"].append({"id": "operator", "keys": [{
            "id": "night-shift", "scopes": ["ops.write"], "secret_sha256": [hashlib.sha256(API_SECRET.encode()).hexdigest()]}]})

    def rotate(self, kind, *more, service=None):
        """One step of a rotation, and the reload that follows it."""
        service = service or self.service
        words = ["keys", "rotate", kind, "--config", service.path, "--json", "--pid", str(service.child.pid), *more]
        code, said, why = posthaste(*words)
        self.assertEqual((code, why), (0, ""))
        told = json.loads(said)
        self.has_key(service, kind, told["id"], told["use"])
        return told

    def has_key(self, service, kind, number, use):
        value = {"waits": 1, "opens": 1, "writes": 2}[use]
        line = f'posthaste_key_use{{id="{number}",kind="{kind}"}} {value}\n'
        wait_for(f"{kind} key {number} {use}", lambda: line in service.page("/metrics")[1])

    def sealed_under(self, message):
        """The id of the seal key in the message's stored bytes: record.h and seal.h tell where."""
        name = next(name for name in self.redis.keys() if name.endswith(b":m:" + message.encode()))
        record = self.redis.value(name)

        def number(at):
            return int.from_bytes(record[at:at + 2], "little")
        live = 50 + sum(number(at) for at in (44, 46, 48))
        seal = live + 2 + number(live)
        self.assertEqual(record[seal], 2, "a seal's version")
        return number(seal + 1)

    def notice(self, recipient):
        return self.client.SendPasswordChanged(recipient=recipient).id

    def code_to(self, recipient):
        sent = self.client.SendVerificationCode(recipient=recipient, purpose="password_reset")
        return sent.id, self.receiver.wait(recipient).code

    def matched(self, verification, code):
        answer = self.client.CheckVerificationCode(verification_id=verification, code=code)
        self.assertEqual(RESULT.Name(answer.result), "MATCHED")
        return answer.receipt


class OneProcess(KeyScene):
    def setUp(self):
        self.stub = operations_service_pb2_grpc.OperationsServiceStub(self.client.channel)

    def hold(self):
        request = operations.CreateHoldRequest(scope=operations.Hold.MAIL_CLASS, target="NOTICE", reason="keys are changed")
        made = self.stub.CreateHold(request, metadata=OPERATOR, timeout=10)
        self.addCleanup(self.end_hold, made.id)
        return made.id

    def end_hold(self, name):
        request = operations.DeleteHoldRequest(id=name, reason="keys were changed")
        try:
            self.stub.DeleteHold(request, metadata=OPERATOR, timeout=10)
        except Exception as gone:  # It ended in the test.
            assert "NOT_FOUND" in str(gone), gone

    def held_notice(self, recipient):
        """One that the worker keeps, for it knows the hold by now."""
        def look():
            message = self.notice(recipient)
            seen = wait_for("an end, or a hold", lambda: self.held_or_ended(message))
            return message if seen.hold_reason else None
        return wait_for("the hold", look)

    def held_or_ended(self, message):
        seen = self.client.GetMessage(id=message)
        return seen if seen.hold_reason or seen.state == STATE.Value("ACCEPTED") else None

    def ring(self):
        code, said, why = posthaste("keys", "list", "--config", self.service.path, "--json")
        self.assertEqual((code, why), (0, ""))
        lines = [json.loads(line) for line in said.splitlines()]
        return {(line["kind"], line.get("id", "")): line for line in lines}

    def test_what_was_there_before_stays_good_and_what_comes_has_the_new_keys(self):
        hold = self.hold()
        old = self.held_notice("held@example.test")
        self.assertEqual(self.sealed_under(old), 1)
        asked, code = self.code_to("asked@example.test")
        receipt = self.matched(*self.code_to("proved@example.test"))

        for kind, name in (("seal", "2"), ("code", "2"), ("receipt", "receipt-2")):
            self.assertEqual(self.rotate(kind)["id"], name)
        between = self.notice("between@example.test")
        self.assertEqual(self.sealed_under(between), 1, "the new key does not seal yet")
        early = posthaste("keys", "rotate", "receipt", "--config", self.service.path, "--activate")
        self.assertEqual((early[0], early[1]), (1, ""))
        self.assertIn("others keep the public keys for an hour", early[2])

        self.rotate("seal", "--activate")
        self.rotate("code", "--activate")
        self.rotate("receipt", "--activate", "--at-once")
        new = self.notice("new@example.test")
        self.assertEqual([self.sealed_under(one) for one in (old, between, new)], [1, 1, 2])
        self.end_hold(hold)
        for message in (old, between, new):
            self.assertEqual(STATE.Name(self.client.ended(message).state), "ACCEPTED")

        self.matched(asked, code)
        keys = {one.key_id: one.key for one in jwt.PyJWKSet.from_json(self.service.page("/.well-known/jwks.json")[1]).keys}
        self.assertEqual(sorted(keys), ["receipt-1", "receipt-2"])
        jwt.decode(receipt, keys["receipt-1"], ["EdDSA"], audience="acme")
        later = self.matched(*self.code_to("later@example.test"))
        jwt.decode(later, keys["receipt-2"], ["EdDSA"], audience="acme")

        ring = self.ring()
        self.assertEqual([ring["seal", name]["use"] for name in "12"], ["opens", "writes"])
        self.assertIn("may_go", ring["seal", "1"])
        self.assertIn("writes_since", ring["code", "2"])
        for line in ring.values():
            self.assertEqual(pathlib.Path(line["file"]).stat().st_mode & 0o777, 0o600)

    def test_another_process_is_not_ended_by_a_wrong_pid(self):
        before = pathlib.Path(self.service.path).read_text()
        code, _, why = posthaste("keys", "rotate", "seal", "--config", self.service.path, "--pid", str(os.getpid()))
        self.assertEqual(code, 2)
        self.assertIn("is not posthaste serve; nothing was changed", why)
        self.assertEqual(pathlib.Path(self.service.path).read_text(), before)


class WorkerBehind(KeyScene):
    """An API process and a worker with configurations of their own, as on two machines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.stop()
        cls.service = cls.keep(Service(cls.folder, cls.config, role="api"))
        cls.client = cls.keep(Client(cls.config["grpc"]["address"]))
        folder = cls.keep(Folder())
        config = configuration(folder, cls.config["redis"]["address"], cls.config["relays"])
        config["keys"], config["tenants"] = cls.config["keys"], cls.config["tenants"]
        config["grpc"]["address"] = f"127.0.0.1:{free_port()}"
        cls.worker = cls.keep(Service(folder, config, role="worker"))

    def give_worker_the_keys(self):
        config = json.loads(pathlib.Path(self.worker.path).read_text())
        config["keys"] = json.loads(pathlib.Path(self.service.path).read_text())["keys"]
        pathlib.Path(self.worker.path).write_text(json.dumps(config))
        self.worker.child.process.send_signal(1)

    def attempts(self, message):
        told = [json.loads(line) for line in self.worker.log.read_text().splitlines()]
        return [one["held"] for one in told if one["event"] == "attempt" and one["message"] == message]

    def test_mail_that_was_sealed_too_early_waits_for_the_key(self):
        self.rotate("seal", "--at-once")  # The mistake: the worker has not got it.
        message = self.notice("early@example.test")
        self.assertEqual(self.sealed_under(message), 2)
        wait_for("the worker misses the key", lambda: "no_key" in self.attempts(message))
        self.assertEqual(STATE.Name(self.client.GetMessage(id=message).state), "QUEUED")
        self.give_worker_the_keys()
        self.has_key(self.worker, "seal", 2, "writes")
        self.assertEqual(STATE.Name(self.client.ended(message).state), "ACCEPTED")
        # A line of the log comes up to 10 ms late.
        wait_for("the worker says so", lambda: self.attempts(message)[-1] == "tried")


if __name__ == "__main__":
    unittest.main()
