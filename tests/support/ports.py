"""Ports for what a Python test starts."""
import random
import socket
import threading

_given = set()
_lock = threading.Lock()


def free_port():
    """A port of 127.0.0.1 that nobody listens on, below those that the kernel gives to clients. Never twice within one program: what was
    given is perhaps not bound yet."""
    while True:
        port = random.randrange(20000, 32000)
        with _lock:
            if port in _given:
                continue
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            _given.add(port)
            return port
