"""Events as a caller in Python follows them, over kills of its streams, of the service and of Redis: none missing, none out of order."""
import signal
import threading
import time
import unittest

import grpc

import outside_client
from outside_client import STATE
from outside_scene import Scene
from outside_world import Service, wait_for

from posthaste.v1 import event_service_pb2

AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
TURNS, MESSAGES = 3, 20


class Follower(threading.Thread):
    """Follows a tenant's events and resumes with its last token whenever a stream ends."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.token, self.stream, self.error = client, "", None, None
        self.events, self.ended, self.begun = [], False, threading.Event()

    def run(self):
        try:
            while not self.ended:
                self.follow()
        except outside_client.Refused as error:
            self.error = error

    def follow(self):
        request = event_service_pb2.StreamEventsRequest(resume_token=self.token)
        try:
            self.stream = self.client.call("StreamEvents", request, 60)
            for answer in self.stream:
                self.token = answer.resume_token
                self.begun.set()
                if answer.HasField("event"):
                    self.events.append(answer.event)
        except grpc.RpcError as error:
            if error.code() not in AGAIN:
                raise outside_client.Refused(error) from None
            time.sleep(0.05)

    def cut(self):
        self.stream.cancel()


class Events(Scene):
    @classmethod
    def configure(cls, config):
        config["tenants"][0]["keys"][0]["scopes"] = outside_client.outside_world.SCOPES + ["events.read"]

    def disturb(self, turn):
        """Cuts the stream, kills Redis, or restarts the service."""
        if turn % 3 == 0:
            self.follower.cut()
        elif turn % 3 == 1:
            self.redis.child.stop(signal.SIGKILL)
            self.redis.start()
            wait_for("the service is ready", lambda: self.service.page("/readyz")[0] == 200)
        else:
            self.service.stop()
            type(self).service = self.keep(Service(self.folder, self.config))

    def written(self):
        """By shard, the ids that its stream has: whatever wrote them, the follower was there."""
        keys = [key for key in self.redis.keys() if key.endswith(b":e")]
        return sorted([line[0].decode() for line in self.redis.value(key)] for key in keys)

    def told(self):
        """By shard, what the follower was told, in its order."""
        shards = {}
        for event in list(self.follower.events):
            shard, position = event.id.split("-", 1)
            shards.setdefault(shard, []).append(position)
        return sorted(shards.values())

    def test_every_change_is_told_once_and_in_order_over_kills(self):
        self.follower = Follower(self.client)
        self.follower.start()
        self.assertTrue(self.follower.begun.wait(30))
        sent = 0
        for turn in range(TURNS):
            for number in range(MESSAGES):
                request = {"recipient": f"r{turn}-{number}@example.test", "request_id": f"{turn}-{number}"}
                wait_for("a send", lambda: self.send(request))
                sent += 1
            self.disturb(turn)
        wait_for("all that was written is told", lambda: self.told() == self.written())
        self.follower.ended = True
        self.follower.cut()
        self.assertIsNone(self.follower.error)
        queued = [event for event in self.follower.events if event.message.state == STATE.Value("QUEUED")]
        self.assertEqual(len({event.message.id for event in queued}), sent)
        self.assertEqual({event.masked_recipient for event in queued}, {"r***@example.test"})

    def send(self, request):
        try:
            return self.client.SendPasswordChanged(**request).id
        except outside_client.Refused as error:
            if error.code not in AGAIN:
                raise
            return None

    def test_a_wrong_field_is_named(self):
        for field, value in (("resume_token", "forged"), ("resume_token", "x" * 4097), ("types", [99]), ("mail_classes", [0]),
                             ("heartbeat_interval", {"nanos": 1})):
            request = event_service_pb2.StreamEventsRequest(**{field: value})
            with self.subTest(field=field), self.assertRaises(grpc.RpcError) as raised:
                next(self.client.call("StreamEvents", request))
            self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
            self.assertEqual(outside_client.Refused(raised.exception).fields, [field])


if __name__ == "__main__":
    unittest.main()
