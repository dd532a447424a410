"""Checklist 11: every method has a scope. A client that knows nothing of ours but the .proto calls each method that these declare with
each scope that there is: it is let in with the one that the contract gives, and with no other."""
import hashlib
import importlib
import pathlib
import pkgutil
import sys
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import outside_world  # noqa: E402
from outside_client import Refused  # noqa: E402
from outside_scene import Scene  # noqa: E402

import posthaste.v1  # noqa: E402: the stubs that outside_client generated.

ANY_KEY = "*"
# The contract, service by service: a method, and the scopes of which each is enough.
CONTRACT = {
    "VerificationService": {
        "SendVerificationCode": "verifications.send", "ResendVerificationCode": "verifications.send",
        "CheckVerificationCode": "verifications.check", "CancelVerification": "verifications.send",
        "GetVerification": "verifications.send verifications.check", "GetSigningKeys": ANY_KEY},
    "NotificationService": {
        "SendPasswordChanged": "messages.send", "SendEmailChanged": "messages.send", "SendNewSignIn": "messages.send",
        "SendMfaChanged": "messages.send", "SendTemplate": "messages.send", "BatchSendTemplates": "messages.send"},
    "MessageService": {
        "GetMessage": "messages.read", "ListMessages": "messages.read", "ListAttempts": "messages.read", "WatchMessage": "messages.read",
        "CancelMessage": "messages.send", "ReportBounce": "messages.report"},
    "EventService": {"StreamEvents": "events.read"},
    "SuppressionService": {
        "CreateSuppression": "suppressions.write", "GetSuppression": "suppressions.read", "ListSuppressions": "suppressions.read",
        "DeleteSuppression": "suppressions.write"},
    "TemplateService": {
        "ListTemplates": "templates.read", "GetTemplate": "templates.read", "PreviewTemplate": "templates.read",
        "LintTemplate": "templates.read", "PublishTemplate": "templates.write", "RollbackTemplate": "templates.write"},
    "AccountService": {"GetUsage": ANY_KEY, "ExportRecipient": "recipients.read", "ForgetRecipient": "recipients.write"},
    "OperationsService": {
        "CreateHold": "ops.write", "ListHolds": "ops.read", "DeleteHold": "ops.write", "RedriveMessages": "ops.write",
        "ProbeRelay": "ops.write", "ResetRecipientLimits": "ops.write", "GetQueueStats": "ops.read", "GetDeliveryStats": "ops.read"},
}
SCOPES = sorted({scope for methods in CONTRACT.values() for scopes in methods.values() for scope in scopes.split()} - {ANY_KEY})


def declared():
    """{(service, method)} of all .proto files of posthaste.v1."""
    found = set()
    for module in pkgutil.iter_modules(posthaste.v1.__path__):
        file = getattr(importlib.import_module(f"posthaste.v1.{module.name}"), "DESCRIPTOR", None)
        for service in file.services_by_name.values() if file else ():
            found.update((service.name, method.name) for method in service.methods)
    return found


def key_of(scope):
    return "only-" + scope.replace(".", "-")


class Scopes(Scene):
    @classmethod
    def configure(cls, config):
        def key(name, scopes):
            return {"id": name, "scopes": scopes, "secret_sha256": [hashlib.sha256(outside_world.API_SECRET.encode()).hexdigest()]}
        ops = [scope for scope in SCOPES if scope.startswith("ops.")]
        others = [scope for scope in SCOPES if scope not in ops]
        config["tenants"][0]["keys"] += [key("none", []), *(key(key_of(scope), [scope]) for scope in others)]
        config["tenants"].append({"id": "operator", "keys": [key(key_of(scope), [scope]) for scope in ops]})

    def answer(self, service, method, key, secret=outside_world.API_SECRET):
        """(code, reason) of a call with an empty request; a stream that stays open until our deadline was let in."""
        metadata = [] if key is None else [("authorization", f"Bearer {key}.{secret}")]
        call = self.channel.unary_stream(f"/posthaste.v1.{service}/{method}")
        try:
            for _ in call(b"", metadata=metadata, timeout=1 if method == "StreamEvents" else 10):
                pass
            return "OK", ""
        except grpc.RpcError as error:
            refused = Refused(error)
            return refused.code.name, refused.reason if "ErrorInfo" in refused.details else ""

    def setUp(self):
        self.channel = self.client.channel

    def test_the_contract_is_of_the_methods_that_are_declared(self):
        self.assertEqual({(service, method) for service, methods in CONTRACT.items() for method in methods}, declared())
        self.assertGreater(len(declared()), 30)

    def test_each_method_lets_its_scope_in_and_no_other(self):
        for service, methods in CONTRACT.items():
            for method, enough in methods.items():
                for scope in SCOPES:
                    with self.subTest(method=method, scope=scope):
                        code, reason = self.answer(service, method, key_of(scope))
                        if enough == ANY_KEY or scope in enough.split():
                            self.assertNotIn(code, ("PERMISSION_DENIED", "UNAUTHENTICATED", "UNIMPLEMENTED", "UNAVAILABLE", "INTERNAL"))
                        else:
                            self.assertEqual((code, reason), ("PERMISSION_DENIED", "SCOPE_MISSING"))

    def test_a_key_without_scopes_may_only_what_every_key_may(self):
        for service, methods in CONTRACT.items():
            for method, enough in methods.items():
                with self.subTest(method=method):
                    wanted = ("OK", "") if enough == ANY_KEY else ("PERMISSION_DENIED", "SCOPE_MISSING")
                    self.assertEqual(self.answer(service, method, "none"), wanted)

    def test_nothing_is_answered_without_a_good_key(self):
        for service, methods in CONTRACT.items():
            for method in methods:
                for key, secret in ((None, ""), ("nobody", outside_world.API_SECRET), (key_of("messages.send"), "wrong")):
                    with self.subTest(method=method, key=key):
                        self.assertEqual(self.answer(service, method, key, secret), ("UNAUTHENTICATED", "CREDENTIAL_INVALID"))

    def test_what_is_not_declared_is_not_there(self):
        self.assertEqual(self.answer("VerificationService", "GetCode", key_of("verifications.check"))[0], "UNIMPLEMENTED")


if __name__ == "__main__":
    unittest.main()
