"""A caller through deploy/haproxy, as it is shipped but for its places: TLS, what is shown of the API, the caps, a process that goes."""
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import unittest

import grpc

from outside_client import STATE, Client, Refused
from outside_scene import Scene
from outside_world import SBIN, Child, Service, certificates, free_port, wait_for

FRONT = pathlib.Path(__file__).resolve().parents[2] / "deploy/haproxy/haproxy.cfg"
CONNECTIONS = 50  # Of one address.


class Front(Scene):
    @classmethod
    def configure(cls, config):
        config["grpc"]["reflection"] = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tls = certificates(cls.folder, "posthaste.test")
        both = "".join(pathlib.Path(cls.tls[part]).read_text() for part in ("certificate", "key"))
        cls.port = free_port()
        places = {" /etc/haproxy/posthaste.pem ": f" {cls.folder.write('both.pem', both)} ", "bind :8443 ": f"bind 127.0.0.1:{cls.port} ",
                  "127.0.0.1:8525 ": cls.config["grpc"]["address"] + " ", " port 8526": " port " + cls.config["ops"]["address"].split(":")[1]}
        text = FRONT.read_text()
        for shipped, ours in places.items():
            assert shipped in text, shipped
            text = text.replace(shipped, ours)
        # It drops to a user that needs root to become, and logs to a socket that machines of tests lack.
        text = re.sub(r"^    (user|group|log /dev/log) .*\n", "", text, flags=re.M)
        cls.front = cls.keep(Child([shutil.which("haproxy", path=SBIN), "-db", "-f", cls.folder.write("haproxy.cfg", text)],
                                   cls.folder.path / "haproxy.log"))
        # A client that found nobody at first would wait 20 s before it looked again.
        wait_for("HAProxy listens", lambda: socket.socket().connect_ex(("127.0.0.1", cls.port)) == 0)
        cls.caller = cls.keep(Client(f"localhost:{cls.port}", credentials=grpc.ssl_channel_credentials(pathlib.Path(cls.tls["ca"]).read_bytes())))
        wait_for("HAProxy finds the service ready", cls.answers)

    @classmethod
    def answers(cls):
        try:
            return cls.caller.SendPasswordChanged(recipient="first@example.test", account_label="ana", validate_only=True) or True
        except Refused:
            return False

    def connect(self, alpn=("h2",)):
        context = ssl.create_default_context(cafile=self.tls["ca"])
        context.set_alpn_protocols(alpn)
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        try:
            return context.wrap_socket(raw, server_hostname="localhost")
        except OSError:
            raw.close()
            raise

    def call(self, method):
        call = self.caller.channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
        try:
            call(b"", metadata=self.caller.metadata, timeout=10)
            return "OK"
        except grpc.RpcError as error:
            return error.code().name

    def handshakes(self, version):
        done = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{self.port}", "-CAfile", self.tls["ca"], "-verify_return_error",
                               "-cipher", "ALL:@SECLEVEL=0", version], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
        return done.returncode == 0

    @staticmethod
    def bytes_of(raw):
        try:
            return raw.recv(100)
        except ConnectionError:
            return b""

    def test_a_code_goes_through(self):
        sent = self.caller.SendVerificationCode(recipient="ana@example.test", purpose="sign_in")
        self.assertEqual(self.caller.ended(sent.message_id).state, STATE.Value("ACCEPTED"))
        code = self.receiver.wait("ana@example.test").code
        answer = self.caller.CheckVerificationCode(verification_id=sent.id, code=code)
        self.assertEqual(type(answer).Result.Name(answer.result), "MATCHED")

    def test_operators_and_reflection_are_not_shown(self):
        self.assertEqual(self.call("/grpc.health.v1.Health/Check"), "OK")
        for hidden in ("/posthaste.v1.OperationsService/GetQueueStats", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "/other.Service/Do",
                       "/grpc.health.v1.Health/Watch"):
            self.assertEqual(self.call(hidden), "UNIMPLEMENTED", hidden)

    def test_what_is_no_call_is_refused(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertFalse(self.bytes_of(raw).startswith(b"HTTP"), "plain text is answered")
        self.assertTrue(self.handshakes("-tls1_2"))
        self.assertFalse(self.handshakes("-tls1_1"))

    def test_one_address_has_so_many_connections(self):
        held = []
        try:
            with self.assertRaises((OSError, ssl.SSLError)):
                for _ in range(CONNECTIONS + 1):
                    held.append(self.connect())
            self.assertGreaterEqual(len(held), CONNECTIONS - 10)
            self.assertLessEqual(len(held), CONNECTIONS)
            # Those that there are go on.
            self.assertTrue(self.answers())
        finally:
            for one in held:
                one.close()

    def test_a_process_that_goes_is_left_and_one_that_comes_is_found(self):
        self.assertEqual(self.service.stop(), 0)
        with self.assertRaises(Refused) as refused:
            self.caller.SendPasswordChanged(recipient="gone@example.test", account_label="ana")
        self.assertEqual(refused.exception.code.name, "UNAVAILABLE")
        type(self).service = self.keep(Service(self.folder, self.config))
        wait_for("HAProxy finds the service again", self.answers)


if __name__ == "__main__":
    unittest.main()
