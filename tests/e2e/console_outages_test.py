"""Planted outages: the console's first line names the culprit, and what can be done, for each."""
import signal
import socket
import threading
import unittest

from outage_scene import OutageScene
from outside_world import Folder, Service, certificates, free_port


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


class Outages(OutageScene):
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

    def test_a_relay_of_a_worker_in_another_process(self):
        refuser = Refuser()
        self.addCleanup(refuser.stop)
        self.start([refuser.relay("mx1")], roles="api")
        elsewhere = Folder()
        self.addCleanup(elsewhere.close)
        own = {"ops": {"address": f"127.0.0.1:{free_port()}"}, "log": {"file": str(elsewhere.path / "service.log")}}
        self.addCleanup(Service(elsewhere, self.config | own, role="worker").stop)
        self.code("ana@example.test")
        self.expect("relay", "Codes are late: relay mx1 answers 421 since ", "1 code waiting")

    def test_ourselves_when_no_worker_runs(self):
        self.start([self.receiver().relay("mx1")], roles="api")
        self.code("ana@example.test")
        self.expect("us", "Codes are late, and it is us: no worker takes them")


if __name__ == "__main__":
    unittest.main()
