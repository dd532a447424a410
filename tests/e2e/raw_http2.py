"""HTTP/2 by hand (RFC 9113), for what no well-behaved client sends. Headers go out as literals that are not indexed (RFC 7541, 6.2.2)."""
import collections
import re
import socket
import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
ACK, END_STREAM, END_HEADERS = 1, 1, 4
MAX_CONCURRENT_STREAMS, MAX_HEADER_LIST_SIZE = 3, 6  # Settings.
REFUSED_STREAM, ENHANCE_YOUR_CALM = 7, 11  # Error codes.
FRAME_BYTES_MAX = 16384
LIMIT_SECONDS = 10  # Of each wait.

Frame = collections.namedtuple("Frame", "kind flags stream body")


def literal(text):
    """A string of HPACK without Huffman coding: its length with a prefix of seven bits, then its bytes."""
    length, out = len(text), bytearray()
    if length < 127:
        return bytes([length]) + text
    out.append(127)
    length -= 127
    while length > 127:
        out.append(length % 128 + 128)
        length //= 128
    return bytes(out) + bytes([length]) + text


def block(headers):
    return b"".join(b"\0" + literal(name) + literal(value) for name, value in headers)


def call_headers(path, more=(), without=()):
    """Those of a gRPC call; `more` replaces those of the same name, in their place, and adds the others."""
    headers = {b":method": b"POST", b":scheme": b"http", b":path": path, b":authority": b"localhost", b"te": b"trailers",
               b"content-type": b"application/grpc"}
    more = list(more)
    for name, value in [pair for pair in more if pair[0] in headers]:
        headers[name] = value
    return [pair for pair in headers.items() if pair[0] not in without] + [pair for pair in more if pair[0] not in headers]


class Connection:
    """One connection. Nothing is limited before its settings are acknowledged, as gRPC reads RFC 9113, 6.5.3."""

    def __init__(self, address, preface=True):
        host, port = address.rsplit(":", 1)
        self._link = socket.create_connection((host, int(port)), timeout=LIMIT_SECONDS)
        self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        if preface:
            self._link.sendall(PREFACE)
            self.send(SETTINGS)
            self.settings = self._settings()
            self.send(SETTINGS, ACK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._link.close()

    def send_bytes(self, data):
        """False: the other side has closed."""
        try:
            self._link.sendall(data)
            return True
        except OSError:
            return False

    def send(self, kind, flags=0, stream=0, body=b""):
        head = struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream)
        return self.send_bytes(head + body)

    def call(self, stream, headers, message=b"", end=True):
        """Begins a call: its headers, in as many frames as they need, and its message."""
        data = block(headers)
        parts = [data[at:at + FRAME_BYTES_MAX] for at in range(0, len(data), FRAME_BYTES_MAX)]
        for number, part in enumerate(parts):
            last = END_HEADERS if number == len(parts) - 1 else 0
            self.send(CONTINUATION if number else HEADERS, last, stream, part)
        self.send(DATA, END_STREAM if end else 0, stream, b"\0" + struct.pack(">I", len(message)) + message)

    def _take(self, count):
        while len(self._got) < count:
            more = self._link.recv(65536)
            if not more:
                raise ConnectionResetError("closed")
            self._got += more
        taken, self._got = self._got[:count], self._got[count:]
        return taken

    def frame(self):
        """The next frame; None: the connection is closed."""
        try:
            head = self._take(9)
            length = int.from_bytes(head[:3], "big")
            return Frame(head[3], head[4], int.from_bytes(head[5:], "big") & 0x7FFFFFFF, self._take(length))
        except ConnectionError:
            return None

    def until(self, wanted):
        """The frames up to the first that is `wanted`; without one, up to the end of the connection."""
        frames, end = [], time.monotonic() + LIMIT_SECONDS
        while not frames or not wanted(frames[-1]):
            assert time.monotonic() < end, f"not within {LIMIT_SECONDS} s, but {len(frames)} other frames"
            frame = self.frame()
            if frame is None:
                break
            frames.append(frame)
        return frames

    def _settings(self):
        """What the other side wants: setting -> value."""
        frame = self.until(lambda one: one.kind == SETTINGS and not one.flags & ACK)[-1]
        return dict(struct.unpack_from(">HI", frame.body, at) for at in range(0, len(frame.body), 6))

    def drain(self, seconds):
        """Whatever comes within that time, or until it is closed."""
        self._link.settimeout(seconds)
        try:
            while self._link.recv(65536):
                pass
        except OSError:
            pass


def error_of(frame):
    """The error code of RST_STREAM or GOAWAY."""
    return int.from_bytes(frame.body[:4] if frame.kind == RST_STREAM else frame.body[4:8], "big")


def status_of(frames):
    """The status in the trailers among `frames`, the first call's of its connection; None without one."""
    found = [re.search(rb"grpc-status[\x01\x02](\d+)", frame.body) for frame in frames if frame.kind == HEADERS]
    return next((int(one.group(1)) for one in found if one), None)


def ends_call(frame):
    return frame.kind in (RST_STREAM, GOAWAY) or (frame.kind == HEADERS and bool(frame.flags & END_STREAM))
