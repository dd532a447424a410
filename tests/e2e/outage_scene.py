"""A service with an operator at its console, on the day of an outage."""
import time
import unittest

from console_browser import Browser
from console_scene import add_operator, log_in
from outside_client import Client
from outside_receivers import Receiver
from outside_world import Child, Folder, Redis, Service, configuration, program, wait_for


class OutageScene(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)

    def start_redis(self):
        self.redis = Redis(self.folder)
        self.addCleanup(lambda: self.redis.child.stop())

    def start(self, relays, roles="all", change=lambda config: None):
        self.start_redis()
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
