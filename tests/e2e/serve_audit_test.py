"""What an auditor finds in the log: one line for every refusal, whatever the method, and one for everything that an operator did."""
import hashlib
import json
import re
import unittest

import grpc
import outside_world
from outside_client import Client, Refused
from outside_receivers import Receiver
from outside_scene import Scene
from outside_world import ROOT, wait_for
from posthaste.v1 import operations_service_pb2, operations_service_pb2_grpc

HASH = hashlib.sha256(outside_world.API_SECRET.encode()).hexdigest()
ANY_KEY = "*"


def methods():
    """(service, name, scope) of every RPC that is served, as methods.h has them."""
    found = re.findall(r'Method\{"(\w+)", "(\w+)", (?:"([\w.]+)"|kAnyKey)', (ROOT / "service/api/methods.h").read_text())
    return [(service, name, scope or ANY_KEY) for service, name, scope in found]


def key(name, scopes, **more):
    return {"id": name, "scopes": scopes, "secret_sha256": [HASH], **more}


class AuditScene(Scene):
    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(Receiver())
        return [cls.receiver.relay("mx1")]

    @classmethod
    def configure(cls, config):
        config["limits"]["sends_per_recipient_hour"] = 1
        config["tenants"][0]["keys"] += [
            key("reader", ["templates.read"]), key("reporter", ["messages.report"]),
            key("elsewhere", outside_world.SCOPES, source_networks=["192.0.2.0/24"]),
            key("narrow", ["messages.send"], templates=["welcome"], senders=["accounts"])]
        config["tenants"][0]["senders"].append({"id": "billing", "mailbox": "billing@acme.test", "name": "Acme Billing"})
        config["tenants"].append({"id": "operator", "keys": [key("night-shift", ["ops.read", "ops.write"])]})

    def lines(self, event, **fields):
        """Those in the log with these fields."""
        told = [json.loads(line) for line in self.service.log.read_text().splitlines()]
        return [one for one in told if one["event"] == event and all(one.get(name) == value for name, value in fields.items())]

    def one_line(self, event, **fields):
        wait_for(f"{event} {fields}", lambda: self.lines(event, **fields), 5)
        self.assertEqual(len(self.lines(event, **fields)), 1, (event, fields))


class Refusals(AuditScene):
    def refused(self, service, name, key_name):
        metadata = [] if key_name is None else [("authorization", f"Bearer {key_name}.{outside_world.API_SECRET}")]
        stream = self.client.channel.unary_stream(f"/posthaste.v1.{service}/{name}")
        with self.assertRaises(grpc.RpcError, msg=(name, key_name)):
            list(stream(b"", metadata=metadata, timeout=10))

    def test_whoever_is_not_let_in_leaves_a_line_at_every_method(self):
        self.assertGreater(len(methods()), 30)
        for service, name, scope in methods():
            self.refused(service, name, None)
            self.refused(service, name, "elsewhere")
            if scope != ANY_KEY:
                self.refused(service, name, "reader" if scope == "messages.report" else "reporter")
        for _, name, scope in methods():
            here = {"method": name, "level": "warning", "source": "127.0.0.1"}
            self.one_line("refused", code="UNAUTHENTICATED", reason="CREDENTIAL_INVALID", **here)
            self.one_line("refused", code="PERMISSION_DENIED", reason="SOURCE_NETWORK_DENIED", **here)
            if scope != ANY_KEY:
                who = {"tenant": "acme", "key": "reader" if scope == "messages.report" else "reporter"}
                self.one_line("refused", code="PERMISSION_DENIED", reason="SCOPE_MISSING", **who, **here)

    def test_a_template_a_sender_and_a_limit_that_refuse_leave_a_line_each(self):
        narrow = self.keep(Client(self.config["grpc"]["address"], key="narrow"))
        for call in (lambda: narrow.SendPasswordChanged(recipient="ana@example.test"),
                     lambda: narrow.SendTemplate(recipient="ana@example.test", template_name="welcome", sender="billing")):
            with self.assertRaises(Refused):
                call()
        self.client.SendPasswordChanged(recipient="bo@example.test")
        with self.assertRaises(Refused):
            self.client.SendPasswordChanged(recipient="bo@example.test")
        self.one_line("refused", method="SendPasswordChanged", reason="TEMPLATE_DENIED", tenant="acme", key="narrow", level="warning")
        self.one_line("refused", method="SendTemplate", reason="SENDER_DENIED", tenant="acme", key="narrow", level="warning")
        self.one_line("refused", method="SendPasswordChanged", reason="RECIPIENT_SEND_LIMIT", tenant="acme", key="portal")
        self.one_line("limited", limit="recipient_hour", tenant="acme")


class Operators(AuditScene):
    def test_everything_that_an_operator_does_leaves_a_line_with_the_key_and_the_reason(self):
        stub = operations_service_pb2_grpc.OperationsServiceStub(self.client.channel)
        messages = operations_service_pb2
        hold = {"scope": messages.Hold.TENANT, "target": "acme"}
        sent = self.client.SendPasswordChanged(recipient="ana@example.test")
        self.client.ended(sent.id)
        made = {}
        actions = {  # Method -> its request, and the line that it leaves.
            "CreateHold": (messages.CreateHoldRequest, hold, ("hold_changed", {"action": "created"})),
            "DeleteHold": (messages.DeleteHoldRequest, {}, ("hold_changed", {"action": "deleted"})),
            "RedriveMessages": (messages.RedriveMessagesRequest, {"ids": [sent.id]}, ("redriven", {"message": sent.id})),
            "ProbeRelay": (messages.ProbeRelayRequest, {"relay": "mx1"}, ("relay_probed", {"relay": "mx1"})),
            "ResetRecipientLimits": (messages.ResetRecipientLimitsRequest, {"tenant": "acme", "recipient": "ana@example.test"},
                                     ("recipient_unlocked", {"tenant": "acme"}))}
        self.assertEqual(set(actions), {name for _, name, scope in methods() if scope == "ops.write"}, "each has a row here")
        metadata = [("authorization", f"Bearer night-shift.{outside_world.API_SECRET}")]
        for name, (kind, fields, _) in actions.items():
            if name == "DeleteHold":
                fields["id"] = made["CreateHold"].id
            made[name] = getattr(stub, name)(kind(reason=f"because of {name}", **fields), metadata=metadata, timeout=10)
        for name, (_, _, (event, fields)) in actions.items():
            self.one_line(event, key="night-shift", reason=f"because of {name}", **fields)


if __name__ == "__main__":
    unittest.main()
