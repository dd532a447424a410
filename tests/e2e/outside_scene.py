"""The scene of most end-to-end tests: one Redis, one service, the receivers that a class asks for, one client."""
import copy
import unittest

from outside_client import Client
from outside_receivers import Receiver
from outside_world import Folder, Redis, Service, configuration, free_port


class Scene(unittest.TestCase):
    """Everything is started once for a class. Subclasses override `relays` and `configure` as they need."""

    movable_clock = False

    @classmethod
    def relays(cls):
        """Starts receivers (each with stop()) through `keep` and returns the configuration's relays: one, if this is not overridden."""
        cls.receiver = cls.keep(Receiver())
        return [cls.receiver.relay("plain")]

    @classmethod
    def configure(cls, config):
        """Changes the configuration before it is written."""

    @classmethod
    def keep(cls, thing):
        cls.addClassCleanup(thing.stop if hasattr(thing, "stop") else thing.close)
        return thing

    @classmethod
    def start_beside(cls):
        """Another process of the installation, with ports of its own: its folder and itself."""
        folder = cls.keep(Folder())
        config = copy.deepcopy(cls.config)
        config["grpc"]["address"], config["ops"]["address"] = (f"127.0.0.1:{free_port()}" for _ in range(2))
        config["log"]["file"] = str(folder.path / "service.log")
        return folder, cls.keep(Service(folder, config))

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.keep(Folder())
        cls.redis = Redis(cls.folder, cls.movable_clock)
        cls.addClassCleanup(cls.redis.child.stop)
        cls.config = configuration(cls.folder, f"unix:{cls.redis.socket}", cls.relays())
        cls.configure(cls.config)
        cls.service = cls.keep(Service(cls.folder, cls.config))
        cls.client = cls.keep(Client(cls.config["grpc"]["address"]))
