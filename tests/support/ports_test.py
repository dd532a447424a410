#!/usr/bin/env python3
"""Ports are given once."""
import pathlib
import random
import socket
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from ports import free_port  # noqa: E402


class FreePort(unittest.TestCase):
    def test_is_given_once_even_if_chance_would_have_it_again(self):
        random.seed(7)
        first = free_port()
        random.seed(7)
        self.assertNotEqual(free_port(), first)

    def test_is_nobodys(self):
        random.seed(8)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", random.randrange(20000, 32000)))
            random.seed(8)
            self.assertNotEqual(free_port(), taken.getsockname()[1])


if __name__ == "__main__":
    unittest.main()
