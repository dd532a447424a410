"""Planted outages: the console's first line names the culprit, and what can be done, for each."""
import signal
import socket
import threading
import time
import unittest

from console_browser import Browser
from console_scene import add_operator, log_in
from outside_client import Client
from outside_receivers import Receiver
from outside_world import Child, Folder, Redis, Service, certificates, configuration, program, wait_for


class Refuser:
    """A relay that turns everybody away."""

    def __init__(self, words=b"421 4.3.2 Not today\r\n"):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.words = words
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                client.sendall(self.words)

    def relay(self, name):
        return {"id": name, "host": "127.0.0.1", "port": self.port, "tls": "NONE"}

    def stop(self):
        self.listener.close()


class Outages(unittest.TestCase):
    def start(self, relays, roles="all", change=lambda config: None):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.redis = Redis(self.folder)
        self.addCleanup(self.redis.child.stop)
        self.config = configuration(self.folder, f"unix:{self.redis.socket}", relays)
        self.config["redis"]["timeout"] = "0.5s"
        add_operator(self.config)
        change(self.config)
        self.service = Service(self.folder, self.config) if roles == "all" else self.serve(roles)
        self.addCleanup(self.service.stop)
        self.client = Client(self.config["grpc"]["address"])
        self.addCleanup(self.client.close)
        self.browser = Browser(self.config["ops"]["address"])
        self.addCleanup(self.browser.close)
        log_in(self.browser)

    def serve(self, role):
        service = Service(self.folder, self.config, ready=False)
        service.child.stop()
        service.child = Child([program(), "serve", "--config", service.path, "--role", role], self.folder.path / "api.out")
        wait_for("the service is ready", service._ready)
        return service

    def code(self, recipient):
        return self.client.SendVerificationCode(recipient=recipient, purpose="sign_in").message_id

    def expect(self, cause, *words):
        """The verdict's first line, once it names the cause: within a minute, as an operator who was woken up would like it."""
        began = time.monotonic()
        self.browser.open("/console/")
        wait_for(f"the culprit is {cause}", lambda: self.browser.run(
            "return document.querySelector('.verdict').dataset.cause === arguments[0]", cause))
        line = self.browser.find("#verdict").text
        print(f"{time.monotonic() - began:5.1f} s: {line}")
        for word in words:
            self.assertIn(word, line)
        self.assertEqual(self.browser.violations(), [])
        for scheme in ("light", "dark"):
            self.browser.look(1280, scheme)
            self.browser.shoot(f"outage-{cause}-{scheme}-1280")
        return line

    def receiver(self, **options):
        receiver = Receiver(**options)
        self.addCleanup(receiver.stop)
        return receiver

    def test_a_relay_that_answers_421(self):
        refuser = Refuser()
        self.addCleanup(refuser.stop)
        self.start([refuser.relay("mx1")])
        self.code("ana@example.test")
        self.expect("relay", "Codes are late: relay mx1 answers 421 since ", "1 code waiting")

    def test_a_redis_that_is_frozen(self):
        self.start([self.receiver().relay("mx1")])
        self.redis.child.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.redis.child.process.send_signal, signal.SIGCONT)
        self.expect("redis", "No codes are taken or sent: Redis does not answer since ")

    def test_a_redis_whose_memory_is_full(self):
        self.start([self.receiver().relay("mx1")])
        self.redis.call("CONFIG", "SET", "maxmemory", "1000000")
        self.redis.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
        self.expect("redis", "Redis takes no more: its memory is full since ")

    def test_a_wrong_password(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        tls = certificates(self.folder)
        receiver = self.receiver(certificates=tls, user="posthaste", password="right")
        wrong = self.folder.write("wrong.password", "wrong\n")
        self.start([receiver.relay("mx1", username="posthaste", password_file=wrong)])
        self.code("ana@example.test")
        self.expect("credentials", "relay mx1 refuses our user name or password (535)")

    def test_a_provider_that_puts_mail_off(self):
        receiver = self.receiver()
        self.start([receiver.relay("mx1")])
        for number in range(4):
            receiver.answers[f"user{number}@gmail.com"] = ["450 4.2.1 try later"] * 9
            self.code(f"user{number}@gmail.com")
            self.client.ended(self.code(f"user{number}@yahoo.com"))
        self.expect("provider", "Codes to gmail are late: it puts ", "(450)")

    def test_a_name_that_dns_does_not_answer(self):
        self.start([{"id": "mx1", "host": "relay.invalid", "port": 25, "tls": "NONE"}],
                   change=lambda config: config["relays"][0].update(tls="VERIFIED"))
        self.code("ana@example.test")
        self.expect("dns", "relay mx1 has a name that DNS does not answer")

    def test_ourselves_when_no_worker_runs(self):
        self.start([self.receiver().relay("mx1")], roles="api")
        self.code("ana@example.test")
        self.expect("us", "Codes are late, and it is us: no worker takes them")


if __name__ == "__main__":
    unittest.main()
