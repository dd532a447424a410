"""What strangers can do at the gRPC port, from sockets: limits that hold, and bytes that no client sends."""
import random
import unittest

import grpc
import raw_http2 as http2
from outside_client import STATE
from outside_scene import Scene

CALL = b"/posthaste.v1.MessageService/GetMessage"
HEALTH_WATCH = b"/grpc.health.v1.Health/Watch"
UNAUTHENTICATED, RESOURCE_EXHAUSTED = grpc.StatusCode.UNAUTHENTICATED.value[0], grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
SEED = 20261126

# Headers that gRPC's own clients never send. The first three are those of CVE-2023-1428: with more than 8 KiB of others behind them
# they ended a process.
ODD_HEADERS = [
    [(b"te", b"x")], [(b":scheme", b"x")], [(b"grpclb_client_stats", b"x")],
    [(b"te", b"")], [(b":authority", b"")], [(b":path", b"")], [(b":path", b"x")], [(b":method", b"BREW")], [(b":status", b"abc")],
    [(b"content-type", b"text/plain")], [(b"x-bin", b"\xff!!")], [(b"x-bin", b"")], [(b"x-bin", b"YQ==YQ=")], [(b"", b"")], [(b"", b"x")],
    [(b"X-Upper", b"x")], [(b"x-nul", b"\0")], [(b"x-line", b"a\r\nb: c")], [(b"grpc-timeout", b"x")], [(b"grpc-timeout", b"99999999999H")],
    [(b"grpc-encoding", b"no-such")], [(b"grpc-status", b"0")], [(b"content-length", b"-1")], [(b"host", b"")], [(b"connection", b"close")],
    [(b"authorization", b"\xff\xfe")], [(b"authorization", b"Bearer ")], [(b"traceparent", b"-" * 55)],
    [(b"grpc-tags-bin", b"AA")], [(b"grpc-trace-bin", b"AA")], [(b"grpc-previous-rpc-attempts", b"-1")], [(b"x-envoy-peer-metadata", b"x")],
    [(b"lb-token", b"x")], [(b"lb-cost-bin", b"AA")], [(b"endpoint-load-metrics-bin", b"x")], [(b"user-agent", b"")]]


class Surface(Scene):
    def connect(self, preface=True):
        return http2.Connection(self.config["grpc"]["address"], preface)

    def still_serves(self, after=""):
        self.assertTrue(self.service.child.runs(), f"it ended after {after}: {self.service.child.said()[-500:]}")
        sent = self.client.SendPasswordChanged(recipient="ana@example.test", validate_only=True)
        self.assertEqual(sent.state, STATE.Value("STATE_UNSPECIFIED"), after)

    def status(self, headers):
        with self.connect() as link:
            link.call(1, headers)
            return http2.status_of(link.until(http2.ends_call))

    def test_it_announces_its_limits(self):
        with self.connect() as link:
            self.assertEqual((link.settings[http2.MAX_CONCURRENT_STREAMS], link.settings[http2.MAX_HEADER_LIST_SIZE]), (100, 8192))

    def test_metadata_ends_at_eight_kibibytes(self):
        self.assertEqual(self.status(http2.call_headers(CALL, [(b"x-a", b"y" * 7800)])), UNAUTHENTICATED)
        self.assertEqual(self.status(http2.call_headers(CALL, [(b"x-a", b"y" * 8200)])), RESOURCE_EXHAUSTED)
        self.assertEqual(self.status(http2.call_headers(CALL, [(b"x-%d" % one, b"y" * 100) for one in range(80)])), RESOURCE_EXHAUSTED)

    def test_a_connection_has_a_hundred_streams(self):
        with self.connect() as link:
            for number in range(100):
                link.call(2 * number + 1, http2.call_headers(HEALTH_WATCH))
            served = set()
            link.until(lambda one: one.kind == http2.DATA and served.add(one.stream) is None and len(served) == 100)
            self.assertEqual(len(served), 100, "all hundred are open and were told the state")
            link.call(201, http2.call_headers(HEALTH_WATCH))
            frames = link.until(lambda one: one.kind == http2.GOAWAY or one.stream == 201)
            self.assertFalse([one for one in frames if one.kind in (http2.DATA, http2.HEADERS) and one.stream == 201])
        self.still_serves("101 streams")

    def test_pings_without_pause_end_the_connection(self):
        with self.connect() as link:
            link.call(1, http2.call_headers(HEALTH_WATCH))
            link.until(lambda one: one.kind == http2.DATA)  # Whatever gRPC sends forgives the pings before it.
            for _ in range(5):
                link.send(http2.PING, body=bytes(8))
            gone = link.until(lambda one: one.kind == http2.GOAWAY)[-1]
            self.assertEqual((gone.kind, http2.error_of(gone)), (http2.GOAWAY, http2.ENHANCE_YOUR_CALM))

    def test_headers_that_no_client_sends(self):
        filler = [[], [(b"x-a", b"y" * 9000)], [(b"x-a", b"y" * 70_000)]]
        for odd in ODD_HEADERS:
            for more in filler:
                for headers in (http2.call_headers(CALL, odd + more), odd + http2.call_headers(CALL, more)):
                    with self.connect() as link:
                        link.call(1, headers)
                        frames = link.until(http2.ends_call)
                        if not frames or not http2.ends_call(frames[-1]):
                            self.assertIsNone(link.frame(), f"{odd}: neither the call nor the connection has ended")
                        self.assertNotEqual(http2.status_of(frames), 0, f"{odd}: without a key it was answered OK")
                        self.assertNotIn(http2.DATA, [one.kind for one in frames], f"{odd}: without a key it was told something")
            self.still_serves(odd)
        for without in (b":method", b":scheme", b":path", b":authority", b"te", b"content-type"):
            self.status(http2.call_headers(CALL, without=(without,)))
        self.still_serves("odd headers")

    def test_bytes_that_are_no_calls(self):
        chance = random.Random(SEED)
        for turn in range(60):
            with self.connect(preface=turn % 3 > 0) as link:
                if turn % 3 < 2:
                    link.send_bytes(chance.randbytes(chance.randrange(1, 20_000)))
                else:
                    for _ in range(20):  # Frames with a head that is right and a body that is not.
                        kind, size = chance.randrange(0, 12), chance.choice((0, 1, 4, 5, 8, 9, 100, 16384))
                        if not link.send(kind, chance.randrange(256), chance.choice((0, 1, 3, 2, 2**31 - 1)), chance.randbytes(size)):
                            break
                link.drain(0.01)
        self.still_serves("random bytes")

    def test_messages_that_are_none(self):
        chance = random.Random(SEED)
        key = f"Bearer {'portal'}.".encode() + self.client.metadata[0][1].rpartition(".")[2].encode()
        for path in (CALL, b"/posthaste.v1.VerificationService/SendVerificationCode", b"/posthaste.v1.None/Such", b"/"):
            for size in (0, 1, 5, 300):
                with self.connect() as link:
                    link.call(1, http2.call_headers(path, [(b"authorization", key)]), chance.randbytes(size))
                    frames = link.until(http2.ends_call)
                    self.assertNotEqual(http2.status_of(frames), 0, (path, size))
        self.still_serves("random messages")

    def test_streams_that_are_begun_and_reset_without_end(self):
        """CVE-2023-44487."""
        with self.connect() as link:
            for stream in range(1, 4001, 2):
                link.send(http2.HEADERS, http2.END_HEADERS, stream, http2.block(http2.call_headers(CALL)))
                if not link.send(http2.RST_STREAM, 0, stream, (8).to_bytes(4, "big")):
                    break
            self.still_serves("2000 resets")


if __name__ == "__main__":
    unittest.main()
