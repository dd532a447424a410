"""The disk under Redis is full: who is told what, and that nothing is lost. In a mount namespace of its own (see CMakeLists.txt)."""
import json
import subprocess
import time
import unittest

from console_scene import SECRET
from outage_scene import OutageScene
from outside_client import STATE, Refused
from outside_world import Redis, program, wait_for

SIZE = 4 << 20


class SmallDisk:
    """A file system of 4 MiB at `path`."""

    def __init__(self, path):
        self.path = path
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", path], check=True)

    def fill(self):
        try:
            with open(self.path / "somebody.elses", "ab", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
        except OSError as error:
            assert "No space left" in str(error), error

    def make_room(self):
        (self.path / "somebody.elses").unlink()

    def close(self):
        subprocess.run(["umount", self.path], check=True)


class FullDisk(OutageScene):
    appendfsync = "always"

    def start_redis(self):
        self.disk = SmallDisk(self.folder.path / "redis")
        self.addCleanup(self.disk.close)
        self.redis = Redis(self.folder, appendfsync=self.appendfsync)
        self.addCleanup(lambda: self.redis.child.stop())

    def start(self, **settings):
        self.relay = self.receiver()
        super().start([self.relay.relay("mx1")], change=lambda config: config["redis"].update(settings))
        self.operators_key = self.folder.write("operator.key", f"ana.{SECRET}\n")
        self.hold = self.operator("hold", "create", "class", "NOTICE", "--reason", "so that mail waits", "--json")
        self.await_hold()

    def await_hold(self):
        """Until every loop of the worker obeys: no mail is on its way then. Messages fall to a loop by their recipients."""
        held = 0
        for number in range(500):
            message = self.client.SendPasswordChanged(recipient=f"early{number}@example.test").id
            seen = wait_for("it is held or sent", lambda: self.held_or_sent(message))
            held = held + 1 if seen.hold_reason else 0
            if held == 16:
                return
        raise AssertionError("mail is not held")

    def held_or_sent(self, message):
        seen = self.client.GetMessage(id=message)
        return seen if seen.hold_reason or seen.state == STATE.Value("ACCEPTED") else None

    def operator(self, *words):
        """What an operator's command says, its refusal too."""
        done = subprocess.run([program(), *words, "--address", self.config["grpc"]["address"], "--key-file", self.operators_key],
                              capture_output=True, text=True, timeout=30)
        return done.stdout + done.stderr

    def doctor(self):
        """Its faults, as (check, what)."""
        done = subprocess.run([program(), "doctor", "--config", self.service.path, "--json"],
                              capture_output=True, text=True, timeout=60)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return [(one["check"], one["what"]) for one in found if one["level"] == "fault"]

    def fill(self):
        """Mail is taken until the disk is full, and a little longer; what was answered OK, and the refusal."""
        taken = {}
        for number in range(1000):
            recipient = f"user{number}@example.test"
            if number == 5:
                self.disk.fill()
            try:
                taken[recipient] = self.client.SendPasswordChanged(recipient=recipient).id
            except Refused as refusal:
                return taken, refusal
        raise AssertionError("a full disk takes everything")

    def expect_refusal(self, refusal):
        self.assertEqual((refusal.code.name, refusal.reason), ("UNAVAILABLE", "STORE_UNAVAILABLE"))
        self.assertGreater(refusal.wait_seconds, 0)

    def expect_disk(self, *words):
        """For its first second a Redis that has ended does not answer, or takes no writes, and no more is known."""
        began = time.monotonic()
        self.browser.open("/console/")
        wait_for("the disk is named", lambda: self.browser.run(
            "return (document.querySelector('#verdict') || document.body).innerText.includes('its disk is full since')"))
        print(f"after {time.monotonic() - began:.1f} s")
        self.expect("redis", "No codes are taken or sent: Redis takes no more: its disk is full since ", *words)

    def expect_named(self, *words):
        """By the first line, and to who asks for the service's readiness; not to tenants."""
        self.expect_disk(*words)
        status, text = self.service.page("/readyz")
        self.assertEqual(status, 503)
        with self.assertRaises(Refused) as refused:
            self.client.SendPasswordChanged(recipient="late@example.test")
        self.expect_refusal(refused.exception)
        for word in words:
            self.assertIn(word, text)
            self.assertNotIn(word, refused.exception.message)

    def expect_recovered(self, taken):
        """The same process serves again, and each message that was taken is sent once."""
        wait_for("the service is ready", self.service._ready)
        self.operator("hold", "delete", json.loads(self.hold)["id"], "--reason", "there is room")
        for recipient, message in taken.items():
            self.client.in_state(message, "ACCEPTED", 60)
            self.assertEqual(len([mail for mail in self.relay.received if recipient in mail.recipients]), 1, recipient)
        self.client.in_state(self.code("after@example.test"), "ACCEPTED")
        self.browser.open("/console/")
        wait_for("nobody is blamed", lambda: self.browser.run(
            "return document.querySelector('.verdict').dataset.cause === 'none'"))


class UnderAppendfsyncAlways(FullDisk):
    def write(self):
        """More than the rest of a page."""
        try:
            self.redis.call("SET", "ph:more", "x" * 5000)
        except (OSError, ValueError):  # It is gone, before or after it took the command.
            pass
        except AssertionError as error:  # It reads its file, and takes nothing yet.
            if not str(error).startswith("LOADING"):
                raise

    def test_redis_ends_and_the_disk_is_named(self):
        self.start()
        taken, refusal = self.fill()
        self.expect_refusal(refusal)
        wait_for("Redis ends", lambda: not self.redis.child.runs())
        self.expect_named("KiB left in " + str(self.disk.path))
        faults = self.doctor()
        self.assertIn("redis", [check for check, _ in faults])
        self.assertIn(("disk", f"the disk at {self.disk.path}: 0 MiB free"), faults)

        # As a supervisor does: it answers, and ends with its next write.
        self.redis.spawn()
        wait_for("Redis ends again", lambda: self.write() or not self.redis.child.runs())
        self.expect_disk("KiB left in " + str(self.disk.path))

        self.disk.make_room()
        self.redis.start()
        self.expect_recovered(taken)


class UnderAppendfsyncEverysec(FullDisk):
    appendfsync = "everysec"

    def test_redis_refuses_writes_and_the_disk_is_named(self):
        self.start(durability="RELAXED", allow_weak_durability=True)
        taken, refusal = self.fill()
        self.expect_refusal(refusal)
        self.expect_named("No space left on device", "left in " + str(self.disk.path))
        faults = self.doctor()
        self.assertIn("No space left on device", dict(faults)["redis"])
        self.assertIn(("disk", f"the disk at {self.disk.path}: 0 MiB free"), faults)
        self.assertTrue(self.redis.child.runs())

        self.disk.make_room()
        self.expect_recovered(taken)


if __name__ == "__main__":
    unittest.main()
