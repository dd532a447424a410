"""Every wrong field of every request is named in the answer, and leaves nothing behind."""
import unittest

import grpc

import outside_client
from outside_client import REQUESTS, STATE
from outside_scene import Scene

NOWHERE = "v" + "0" * 22
GOOD = {
    "SendVerificationCode": {"recipient": "ana@example.test", "purpose": "sign_in"},
    "ResendVerificationCode": {"recipient": "ana@example.test", "verification_id": NOWHERE},
    "SendPasswordChanged": {"recipient": "ana@example.test"},
    "SendTemplate": {"recipient": "ana@example.test", "template_name": "password_changed",
                     "variables": {"change_time": "2026-11-22T14:32:00Z"}},
}
BAD_ADDRESSES = ["", "ana", "@example.test", "ana@", "ana@exa mple.test", "ana@example.test\r\nBcc: eve@example.test",
                 "Ana <ana@example.test>", "a@b@example.test", "ana@" + "x" * 64 + ".test", "a" * 250 + "@example.test",
                 "ana@-x.test", "ana@example.test,eve@example.test"]
CONTEXT = [("client_context.ip_address", {"ip_address": "300.1.1.1"}), ("client_context.ip_address", {"ip_address": "::g"}),
           ("client_context.user_agent", {"user_agent": "x" * 513}),
           ("client_context.device_label", {"device_label": "a\nb"}),
           ("client_context.device_label", {"device_label": "x" * 81}),
           ("client_context.location_label", {"location_label": "x" * 81}),
           ("client_context.location_label", {"location_label": "\x00"})]
CUSTOM_CODES = ["12345", "12345678901", "12345a", "123 456"]
# Field -> (the field that the answer names, a wrong value).
SHARED = {
    "recipient": [("recipient", value) for value in BAD_ADDRESSES],
    "recipient_name": [("recipient_name", "x" * 129), ("recipient_name", "Ana\r\nBcc: eve@example.test")],
    "sender": [("sender", "nobody")],
    "request_id": [("request_id", "x" * 129), ("request_id", "a\tb")],
    "locale": [("locale", "e"), ("locale", "en_US"), ("locale", "../etc"), ("locale", "x" * 36)],
    "time_zone": [("time_zone", "Mars/Olympus"), ("time_zone", "../../etc/passwd"), ("time_zone", "/etc/localtime")],
    "template_name": [],  # Below, by request.
    "variables": [("variables.surprise", {"surprise": "x"})],
    "labels": [("labels", {f"k{n}": "v" for n in range(9)}), ("labels", {"Upper": "v"}), ("labels", {"k" * 33: "v"}),
               ("labels[k]", {"k": "v" * 65}), ("labels[k]", {"k": "a\x01"})],
}
OWN = {
    "SendVerificationCode": {
        "template_name": [("template_name", "password_changed")],
        "variables": [("variables.code", {"code": "123456"}), ("variables.expire_time", {"expire_time": "x"}),
                      ("variables.request_time", {"request_time": 5})],
        "purpose": [("purpose", ""), ("purpose", "Sign_in"), ("purpose", "1x"), ("purpose", "x" * 41), ("purpose", "a b")],
        "ttl": [("ttl", {"seconds": 59}), ("ttl", {"seconds": 1801}), ("ttl", {"seconds": -1}),
                ("ttl", {"seconds": 315576000000})],
        "code_length": [("code_length", 5), ("code_length", 11), ("code_length", -1)],
        "resend_policy": [("resend_policy", 99)],
        "subject_id": [("subject_id", "x" * 129), ("subject_id", "a\nb")],
        "rate_limit_keys": [("rate_limit_keys", [f"k{n}" for n in range(5)]), ("rate_limit_keys[0]", [""]),
                            ("rate_limit_keys[1]", ["a", "x" * 129])],
        "binding": [("binding", {f"k{n}": "v" for n in range(9)}), ("binding", {"k" * 129: "v"}),
                    ("binding", {"k": "v" * 129}), ("binding", {"": "v"})],
        "client_context": CONTEXT,
        "custom_code": [("custom_code", code) for code in CUSTOM_CODES],
    },
    "ResendVerificationCode": {
        "verification_id": [("verification_id", ""), ("verification_id", "m" + "0" * 22), ("verification_id", "v0"),
                            ("verification_id", "v" + "!" * 22)],
        "template_name": [("template_name", "password_changed")],
        "client_context": CONTEXT,
        "custom_code": [("custom_code", code) for code in CUSTOM_CODES],
        "rate_limit_keys": [("rate_limit_keys[0]", ["a\nb"])],
    },
    "SendPasswordChanged": {
        "template_name": [("template_name", "verification_code")],
        "account_label": [("account_label", "x" * 129), ("account_label", "a\r\nb")],
        "change_time": [("change_time", {"seconds": 253402300800}), ("change_time", {"nanos": -1})],
        "client_context": CONTEXT,
        "not_me_url": [("not_me_url", "http://acme.test/"), ("not_me_url", "javascript:alert(1)"),
                       ("not_me_url", "https://" + "x" * 2050), ("not_me_url", "https://acme.test/\n")],
        "support_contact": [("support_contact", "x" * 201), ("support_contact", "a\nb")],
    },
    "SendTemplate": {
        "template_name": [("template_name", ""), ("template_name", "verification_code")],
        "variables": [("variables.change_time", {}), ("variables.change_time", {"change_time": 5}),
                      ("variables.not_me_url", {"change_time": "2026-11-22T14:32:00Z", "not_me_url": "javascript:x"})],
        "ttl": [("ttl", {"seconds": 59}), ("ttl", {"seconds": 72 * 3600 + 1})],
        "send_time": [("send_time", {"seconds": 253402300799}), ("send_time", {"seconds": 1, "nanos": -1})],
        "supersede_key": [("supersede_key", "x" * 65), ("supersede_key", "a\nb")],
        # Of the class NOTICE: it has none of these.
        "list_unsubscribe_url": [("list_unsubscribe_url", "https://acme.test/u")],
        "headers": [("headers", {"Comments": "For Ana"})],
        "attachments": [("attachments", [{"filename": "a.txt", "content_type": "text/plain", "content": b"a"}])],
    },
}
# They cannot be wrong.
SWITCHES = {"validate_only", "force_new", "decoy"}
OTHERS = [
    ("CheckVerificationCode", "verification_id", {"verification_id": "x", "code": "123456"}),
    ("CheckVerificationCode", "verification_id", {"code": "123456"}),
    ("CheckVerificationCode", "code", {"verification_id": NOWHERE}),
    ("CheckVerificationCode", "code", {"verification_id": NOWHERE, "code": "1" * 65}),
    ("CheckVerificationCode", "purpose", {"recipient": "ana@example.test", "code": "123456"}),
    ("CheckVerificationCode", "purpose", {"verification_id": NOWHERE, "code": "123456", "purpose": "A"}),
    ("CheckVerificationCode", "recipient", {"recipient": "ana", "purpose": "sign_in", "code": "123456"}),
    ("CheckVerificationCode", "binding", {"verification_id": NOWHERE, "code": "123456", "binding": {"k": "v" * 129}}),
    ("CheckVerificationCode", "request_id", {"verification_id": NOWHERE, "code": "123456", "request_id": "x" * 129}),
    ("CheckVerificationCode", "subject_id", {"verification_id": NOWHERE, "code": "123456", "subject_id": "x" * 129}),
    ("CheckVerificationCode", "receipt_ttl", {"verification_id": NOWHERE, "code": "123456", "receipt_ttl": {"seconds": 59}}),
    ("CheckVerificationCode", "receipt_ttl", {"verification_id": NOWHERE, "code": "123456", "receipt_ttl": {"seconds": 1801}}),
    ("CheckVerificationCode", "client_context.ip_address",
     {"verification_id": NOWHERE, "code": "123456", "client_context": {"ip_address": "x"}}),
    ("CancelVerification", "verification_id", {}), ("GetVerification", "verification_id", {"verification_id": "m1"}),
    ("GetMessage", "id", {}), ("GetMessage", "id", {"id": NOWHERE}), ("ListAttempts", "id", {"id": "x"}),
    ("CancelMessage", "id", {"id": ""}),
    ("ListMessages", "recipient", {}), ("ListMessages", "recipient", {"recipient": "ana"}),
    ("ListMessages", "recipient", {"recipient": "ana@example.test", "state": 1}),
    ("ListMessages", "state", {"state": STATE.Value("ACCEPTED")}), ("ListMessages", "state", {"state": 99}),
    ("ListMessages", "page_size", {"recipient": "ana@example.test", "page_size": 201}),
    ("ListMessages", "page_size", {"recipient": "ana@example.test", "page_size": -1}),
    ("ListMessages", "page_token", {"recipient": "ana@example.test", "page_token": "nonsense"}),
]


def request_with(method, field, value):
    """A good request with one field replaced; maps and messages are given as dictionaries."""
    request = REQUESTS[method]()
    for name, given in {**GOOD[method], field: value}.items():
        if name == "variables":
            request.variables.update(given)
        elif isinstance(given, list):
            items = getattr(request, name)
            for item in given:
                items.add(**item) if isinstance(item, dict) else items.append(item)
        elif isinstance(given, dict):
            part = getattr(request, name)
            if hasattr(part, "update"):
                part.update(given)
            else:
                part.CopyFrom(type(part)(**given))
        else:
            setattr(request, name, given)
    return request


def wrong_values():
    for method, own in OWN.items():
        fields = set(REQUESTS[method].DESCRIPTOR.fields_by_name)
        for field in fields:
            for named, value in SHARED.get(field, []) + own.get(field, []):
                yield method, field, named, value


class WrongFields(Scene):
    def setUp(self):
        self.keys = self.redis.keys()

    def tearDown(self):
        """A sleeping worker's mark aside, the store is as it was, and the queue is empty."""
        def lasting(keys):
            return [key for key in keys if not key.endswith(b":w") and not key.startswith(b"ph:{ops}:report")]
        self.assertEqual(lasting(self.redis.keys()), lasting(self.keys))
        for state in ("QUEUED", "SENDING", "DEFERRED"):
            self.assertEqual(len(self.client.ListMessages(state=STATE.Value(state)).messages), 0, state)
        self.assertEqual(self.receiver.received, [])

    def refused(self, method, request):
        with self.assertRaises(outside_client.Refused) as refused:
            answer = self.client.call(method, request)
            self.fail(f"answered {answer}")
        return refused.exception

    def test_every_field_has_a_wrong_value_here(self):
        for method, own in OWN.items():
            tried = {field for field, values in {**SHARED, **own}.items() if values} | SWITCHES
            self.assertLessEqual(set(REQUESTS[method].DESCRIPTOR.fields_by_name), tried, method)

    def test_a_wrong_field_of_a_send_is_named(self):
        for method, field, named, value in wrong_values():
            with self.subTest(method=method, field=field, value=str(value)[:40]):
                error = self.refused(method, request_with(method, field, value))
                self.assertEqual(error.code, grpc.StatusCode.INVALID_ARGUMENT, error.message)
                self.assertIn(named, error.fields)
                self.assertEqual(error.details["ErrorInfo"].domain, "posthaste")
                self.assertRegex(error.reason, "^[A-Z_]+$")
                if len(str(value)) > 4:
                    self.assertNotIn(str(value).encode(), error.raw)

    def test_a_wrong_field_of_the_others_is_named(self):
        for method, named, fields in OTHERS:
            with self.subTest(method=method, fields=str(fields)):
                error = self.refused(method, REQUESTS[method](**fields))
                self.assertEqual(error.code, grpc.StatusCode.INVALID_ARGUMENT, error.message)
                self.assertIn(named, error.fields)

    def test_all_wrong_fields_are_named_at_once(self):
        error = self.refused("SendVerificationCode", REQUESTS["SendVerificationCode"](locale="?", code_length=3))
        self.assertLessEqual({"recipient", "purpose", "locale", "code_length"}, set(error.fields))

    def test_an_unknown_template_is_not_found(self):
        for method in OWN:
            error = self.refused(method, request_with(method, "template_name", "no_such_template"))
            self.assertEqual((error.code, error.reason), (grpc.StatusCode.NOT_FOUND, "TEMPLATE_NOT_FOUND"))

    def test_a_request_over_a_mebibyte_is_refused(self):
        request = request_with("SendTemplate", "recipient_name", "x" * (1 << 20))
        with self.assertRaises(outside_client.Refused) as refused:
            self.client.call("SendTemplate", request)
        self.assertEqual(refused.exception.code, grpc.StatusCode.RESOURCE_EXHAUSTED)


if __name__ == "__main__":
    unittest.main()
