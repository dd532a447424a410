"""Checklist 16: SIGTERM under load. Health says so first, nothing is lost, nothing comes twice, whoever retries notices nothing, and the
process ends with 0 within its grace."""
import json
import pathlib
import sys
import threading
import time
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import outside_world  # noqa: E402
from outside_client import STATE, Client, Refused  # noqa: E402
from outside_scene import Scene  # noqa: E402

sys.path.insert(0, str(outside_world.ROOT / "docs/examples"))

from verify import RETRIES  # noqa: E402: the policy that callers are shown.

SENDERS = 4
NOT_SERVING = b"\x08\x02"


class Load:
    """Callers that send codes, each once as far as they know, until stop()."""

    def __init__(self, target, options=()):
        self.sent, self.refused = {}, []
        self._goes, self._target, self._options = True, target, options
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def _run(self, number):
        client = Client(self._target, options=self._options)
        turn = 0
        while self._goes:
            turn += 1
            recipient = f"{number}-{turn}@example.test"
            try:
                self.sent[recipient] = client.SendVerificationCode(
                    recipient=recipient, purpose="sign_in", request_id=f"restart-{number}-{turn}").message_id
            except Refused as refused:
                self.refused.append(refused)
                time.sleep(0.02)
        client.close()

    def go_on_for(self, count):
        """Until that many more were answered OK."""
        enough = len(self.sent) + count
        outside_world.wait_for(f"{count} more calls", lambda: len(self.sent) >= enough)

    def stop(self):
        self._goes = False
        for thread in self._threads:
            thread.join(outside_world.LIMIT_SECONDS)
        assert not any(thread.is_alive() for thread in self._threads), "a caller waits without end"


class RestartScene(Scene):
    def all_came_once(self, client, load):
        self.assertGreater(len(load.sent), 50, "there was a load")
        for recipient, message in load.sent.items():
            self.assertEqual(STATE.Name(client.ended(message).state), "ACCEPTED", recipient)
        came = [recipient for mail in self.receiver.received for recipient in mail.recipients]
        self.assertEqual(sorted(one for one in came if one in load.sent), sorted(load.sent))


class StopUnderLoad(RestartScene):
    def health(self):
        return self.client.channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=5)

    def test_it_says_so_first_ends_what_it_has_and_loses_nothing(self):
        load = Load(self.config["grpc"]["address"])
        load.go_on_for(100)
        self.service.child.process.terminate()
        begin = time.monotonic()
        told = self.first_refusal()
        self.assertEqual((told.code, told.reason), (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN"))
        self.assertEqual(self.health(), NOT_SERVING, "health was told before the first caller was")
        self.assertEqual(self.service.child.process.wait(15), 0)
        self.assertLess(time.monotonic() - begin, 5 + 3, "the grace, and what a busy machine adds")
        load.stop()
        # CANCELLED is what gRPC says in the instant in which it closes. Both are tried again by the policy that callers are shown.
        self.assertLessEqual({one.code for one in load.refused}, {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})
        again = self.keep(outside_world.Service(self.folder, self.config))
        client = self.keep(Client(again.config["grpc"]["address"]))
        self.all_came_once(client, load)

    def first_refusal(self):
        def ask():
            try:
                self.client.SendPasswordChanged(recipient="ana@example.test", validate_only=True)
            except Refused as refused:
                return refused
            return None
        return outside_world.wait_for("a refusal", ask)


class RestartInTurn(RestartScene):
    def test_callers_with_the_retry_policy_notice_nothing(self):
        folder, beside = self.start_beside()
        config = beside.config
        policy = {"loadBalancingConfig": [{"round_robin": {}}], **RETRIES}
        target = f"ipv4:{self.config['grpc']['address']},{config['grpc']['address']}"
        load = Load(target, [("grpc.service_config", json.dumps(policy))])
        load.go_on_for(50)
        for place, service in ((self.folder, self.service), (folder, beside)):
            self.assertEqual(service.stop(), 0)
            load.go_on_for(20)
            self.keep(outside_world.Service(place, service.config))
            load.go_on_for(50)
        load.stop()
        self.assertEqual([str(one) for one in load.refused], [])
        self.all_came_once(Client(config["grpc"]["address"]), load)


if __name__ == "__main__":
    unittest.main()
