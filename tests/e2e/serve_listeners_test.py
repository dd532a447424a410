"""Where `posthaste serve` listens: TLS, a Unix socket, reflection, and the operators' pages."""
import signal
import subprocess
import unittest

import grpc

import outside_client
from outside_client import RESULT, STATE, Client
from outside_scene import Scene
from outside_world import certificates, wait_for

# What operators were promised to see after one code.
METRICS = ["posthaste_message_transitions_total", "posthaste_enqueue_to_accepted_seconds", "posthaste_queue_jobs",
           "posthaste_queue_oldest_timestamp_seconds", "posthaste_smtp_attempts_total", "posthaste_smtp_phase_seconds",
           "posthaste_smtp_sessions", "posthaste_uncertain_total", "posthaste_expired_unsent_total",
           "posthaste_checks_total", "posthaste_limit_refusals_total", "posthaste_redis_command_seconds",
           "posthaste_build_info"]


def raw(channel, method, body):
    """A call without stubs: for services whose Python stubs Debian does not package."""
    return channel.unary_unary(method)(body, timeout=10)


class ListenerScene(Scene):
    def sends(self, client):
        sent = client.SendPasswordChanged(recipient="ana@example.test")
        self.assertEqual(client.ended(sent.id).state, STATE.Value("ACCEPTED"))


class OverTls(ListenerScene):
    @classmethod
    def configure(cls, config):
        cls.tls = certificates(cls.folder, "localhost")
        cls.others = certificates(cls.folder, "relay.test")
        config["grpc"]["tls"] = {"certificate_file": cls.tls["certificate"], "key_file": cls.tls["key"]}

    def caller(self, authority=None):
        address = self.config["grpc"]["address"]
        credentials = None
        if authority is not None:
            with open(authority, "rb") as file:
                credentials = grpc.ssl_channel_credentials(file.read())
        client = Client(address, credentials=credentials)
        self.addCleanup(client.close)
        return client

    def test_a_caller_with_the_authority_is_served(self):
        self.sends(self.caller(self.tls["ca"]))

    def test_a_caller_with_another_authority_and_one_in_clear_get_nothing(self):
        for authority in (self.others["ca"], None):
            with self.assertRaises(outside_client.Refused) as refused:
                self.caller(authority).call("GetMessage", outside_client.REQUESTS["GetMessage"](id="m"), seconds=5)
            self.assertEqual(refused.exception.code, grpc.StatusCode.UNAVAILABLE)


class WithClientCertificates(ListenerScene):
    @classmethod
    def configure(cls, config):
        cls.tls = certificates(cls.folder, "localhost")
        config["grpc"]["tls"] = {"certificate_file": cls.tls["certificate"], "key_file": cls.tls["key"],
                                 "client_ca_file": cls.tls["ca"]}

    def test_only_a_caller_with_a_certificate_is_served(self):
        with open(self.tls["ca"], "rb") as ca, open(self.tls["key"], "rb") as key, \
                open(self.tls["certificate"], "rb") as certificate:
            root, key, chain = ca.read(), key.read(), certificate.read()
        shown = Client(self.config["grpc"]["address"], credentials=grpc.ssl_channel_credentials(root, key, chain))
        self.addCleanup(shown.close)
        self.sends(shown)
        hidden = Client(self.config["grpc"]["address"], credentials=grpc.ssl_channel_credentials(root))
        self.addCleanup(hidden.close)
        with self.assertRaises(outside_client.Refused) as refused:
            hidden.call("GetMessage", outside_client.REQUESTS["GetMessage"](id="m"), seconds=5)
        self.assertEqual(refused.exception.code, grpc.StatusCode.UNAVAILABLE)


class OnAUnixSocket(ListenerScene):
    @classmethod
    def configure(cls, config):
        config["grpc"] = {"address": f"unix:{cls.folder.path}/grpc.sock", "reflection": True}

    def test_it_serves(self):
        self.sends(self.client)

    def test_reflection_lists_our_services(self):
        # ServerReflectionRequest{list_services: ""}
        for version in ("v1", "v1alpha"):
            stream = self.client.channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
            try:
                answer = next(stream(iter([b"\x3a\x00"]), timeout=10))
                break
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.UNIMPLEMENTED)
        for service in ("VerificationService", "NotificationService", "MessageService"):
            self.assertIn(f"posthaste.v1.{service}".encode(), answer)


class OperatorsPages(ListenerScene):
    def test_reflection_is_off_unless_asked_for(self):
        for version in ("v1", "v1alpha"):
            stream = self.client.channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
            with self.assertRaises(grpc.RpcError) as refused:
                next(stream(iter([b"\x3a\x00"]), timeout=10))
            self.assertEqual(refused.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_health_is_told_per_service(self):
        for service in (b"", b"posthaste.v1.VerificationService", b"posthaste.v1.NotificationService",
                        b"posthaste.v1.MessageService"):
            request = b"\x0a" + bytes([len(service)]) + service if service else b""
            self.assertEqual(raw(self.client.channel, "/grpc.health.v1.Health/Check", request), b"\x08\x01", service)

    def test_metrics_are_clean_and_whole_after_one_code(self):
        sent = self.client.SendVerificationCode(recipient="met@example.test", purpose="password_reset")
        with self.assertRaises(outside_client.Refused):
            self.client.SendVerificationCode(recipient="met@example.test", purpose="password_reset")
        code = self.receiver.wait("met@example.test").code
        self.client.ended(sent.message_id)
        self.assertEqual(self.client.CheckVerificationCode(verification_id=sent.id, code=code).result,
                         RESULT.Value("MATCHED"))

        def whole():
            families = {line.split()[2] for line in self.service.page("/metrics")[1].splitlines() if line.startswith("# TYPE")}
            return families if set(METRICS) <= families else None
        try:
            wait_for("all metrics", whole, 10)
        except AssertionError:
            text = self.service.page("/metrics")[1]
            self.fail(f"missing: {[name for name in METRICS if '# TYPE ' + name not in text]}")
        text = self.service.page("/metrics")[1]
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))
        self.assertRegex(text, r'posthaste_checks_total\{[^}]*result="MATCHED"[^}]*\} 1\b')
        self.assertRegex(text, r'posthaste_message_transitions_total\{[^}]*to="ACCEPTED"[^}]*\} \d')

    def test_pages_that_are_none_are_not_found(self):
        self.assertEqual(self.service.page("/livez")[0], 200)
        self.assertEqual(self.service.page("/readyz")[0], 200)
        self.assertEqual(self.service.page("/nothing")[0], 404)


class WithoutRedis(ListenerScene):
    def test_it_lives_says_that_it_is_not_ready_and_recovers(self):
        self.sends(self.client)
        self.redis.child.stop(signal.SIGKILL)
        status, text = wait_for("not ready", lambda: self.not_ready())
        self.assertIn("redis", text)
        self.assertEqual(self.service.page("/livez")[0], 200)
        with self.assertRaises(outside_client.Refused) as refused:
            self.client.SendPasswordChanged(recipient="ana@example.test")
        self.assertEqual((refused.exception.code, refused.exception.reason),
                         (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE"))
        self.assertGreater(refused.exception.wait_seconds, 0)
        self.redis.start()
        self.addCleanup(self.redis.child.stop)
        wait_for("ready", lambda: self.service.page("/readyz")[0] == 200)
        self.sends(self.client)

    def not_ready(self):
        answer = self.service.page("/readyz")
        return answer if answer[0] == 503 else None


if __name__ == "__main__":
    unittest.main()
