#!/usr/bin/env python3
"""two_versions.py OLD NEW [--messages N]: two programs on one Redis under load, as an upgrade and a rollback have them, with a ledger.

    python3 -B tests/deploy/two_versions.py /usr/bin/posthaste build/release/posthaste

Four phases: the new API with the old worker, the old API with the new worker, then both whole with the new one replaced by the old
under load, and the old one by the new. In each, callers send codes and notices and ask again what was not answered OK. Last a letter with
a file, which an old worker may not know what to do with. Then the ledger:
every message that was answered OK is ACCEPTED and came to the relay once, every code of a mail is right where the other program checks
it, and nothing is left in the queue. Exit 0 only if all of that holds.
"""
import argparse
import copy
import pathlib
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/e2e"))

from outside_client import RESULT, STATE, Client, Refused  # noqa: E402
from outside_receivers import Receiver  # noqa: E402
from outside_world import Folder, Redis, Service, configuration, free_port, wait_for  # noqa: E402

CALLERS = 8
PATIENCE_SECONDS = 60
MEETS_SECONDS = 5  # A worker has looked at what is due by then.


class Load:
    """Callers that take turns at the addresses given and ask again, with the same request id, until there is an OK."""

    def __init__(self, phase, addresses, count):
        self.phase, self.addresses, self.count = phase, addresses, count
        self.sent, self.refused, self.odd = {}, 0, []
        self._next, self._lock = 0, threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(one,), daemon=True) for one in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _run(self, number):
        clients = [Client(address) for address in self.addresses]
        turn = number
        while True:
            with self._lock:
                if self._next == self.count:
                    break
                at, self._next = self._next, self._next + 1
            end = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < end:
                turn += 1
                try:
                    self.sent[at] = self._send(clients[turn % len(clients)], at)
                    break
                except Refused as refused:
                    self.refused += 1
                    if refused.code.name not in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"):
                        self.odd.append(f"{at}: {refused}")
                        break
                    time.sleep(0.05)
            else:
                self._next = self.count  # Stuck: no use to wait as long for each of the rest.
        for client in clients:
            client.close()

    def _send(self, client, at):
        word = self.phase.replace(" ", "-").replace(",", "")
        recipient, request = f"{word}-{at}@example.test", f"{word}-{at}"
        if at % 2:
            return recipient, None, client.SendPasswordChanged(recipient=recipient, account_label="ana", request_id=request).id
        sent = client.SendVerificationCode(recipient=recipient, purpose="sign_in", request_id=request)
        return recipient, sent.id, sent.message_id

    def wait(self):
        """Until each was answered OK or its caller's patience has ended."""
        for thread in self._threads:
            thread.join()

    def half_done(self):
        """Waits until half of them were answered OK; no longer than one caller's patience without another answer."""
        while len(self.sent) < self.count // 2:
            before = len(self.sent)
            wait_for(f"{self.phase}: another answer", lambda before=before: len(self.sent) > before, PATIENCE_SECONDS)


class Ledger:
    def __init__(self, receiver):
        self.receiver, self.wrong = receiver, []

    def note(self, good, what):
        if not good:
            self.wrong.append(what)

    @staticmethod
    def _end(client, message):
        """The state that it ends in, or is in when patience ends."""
        try:
            return STATE.Name(client.ended(message).state)
        except Refused:
            return STATE.Name(client.GetMessage(id=message).state)

    def close(self, load, address):
        """Whether what was answered OK came once, and what `address` says of it."""
        client = Client(address)
        self.wrong += load.odd
        self.note(len(load.sent) == load.count, f"{load.phase}: {load.count - len(load.sent)} were never answered OK")
        states = {}
        for recipient, verification, message in load.sent.values():
            state = self._end(client, message)
            states[state] = states.get(state, 0) + 1
            mails = [mail for mail in self.receiver.received if recipient in mail.recipients]
            self.note(state == "ACCEPTED" and len(mails) == 1, f"{load.phase}: {recipient} is {state} and came {len(mails)} times")
            if verification and mails:
                answer = client.CheckVerificationCode(verification_id=verification, code=mails[0].code)
                self.note(RESULT.Name(answer.result) == "MATCHED", f"{load.phase}: {recipient}: {RESULT.Name(answer.result)}")
        client.close()
        print(f"{load.phase:<20} {len(load.sent)} answered OK, {load.refused} asked again: {states}", flush=True)


class Installation:
    def __init__(self):
        self.folder, self.receiver = Folder(), Receiver()
        self.redis = Redis(self.folder)
        self.config = configuration(self.folder, f"unix:{self.redis.socket}", [self.receiver.relay("main")])
        self._places, self._services = [], []

    def start(self, binary, role="all"):
        """A process with its own ports."""
        place = Folder()
        self._places.append(place)
        config = copy.deepcopy(self.config)
        config["grpc"]["address"], config["ops"]["address"] = (f"127.0.0.1:{free_port()}" for _ in range(2))
        config["log"]["file"] = str(place.path / "service.log")
        self._services.append(Service(place, config, role=role, binary=binary))
        return self._services[-1]

    def queued(self):
        return sum(self.redis.call("ZCARD", key) for key in self.redis.keys() if b":q:" in key)

    def close(self):
        for service in self._services:
            service.stop()
        self.receiver.stop()
        self.redis.child.stop()
        for place in [*self._places, self.folder]:
            place.close()


def address(service):
    return service.config["grpc"]["address"]


def split(installation, ledger, phase, api, worker, count):
    services = [installation.start(api, "api"), installation.start(worker, "worker")]
    load = Load(phase, [address(services[0])], count)
    load.wait()
    ledger.close(load, address(services[0]))
    for service in services:
        ledger.note(service.stop() == 0, f"{phase}: a process did not end with 0")


def replaced(installation, ledger, phase, before, after, count):
    """Both run, and one is replaced while callers send. Codes are checked by the program that comes."""
    stays, goes = installation.start(before), installation.start(before)
    comes = installation.start(after)
    load = Load(phase, [address(stays), address(goes), address(comes)], count)
    load.half_done()
    ledger.note(goes.stop() == 0, f"{phase}: the process that went did not end with 0")
    load.wait()
    ledger.close(load, address(comes))
    for service in (stays, comes):
        ledger.note(service.stop() == 0, f"{phase}: a process did not end with 0")


def letter(installation, ledger, old, new):
    """A letter with a file that an old worker meets first: it comes once, and whole, when a new one does."""
    phase, file = "letter with a file", bytes(range(256)) * 40
    api, worker = installation.start(new, "api"), installation.start(old, "worker")
    client = Client(address(api))
    sent = client.SendTemplate(
        recipient="letter@example.test", template_name="welcome",
        variables={"first_name": "Ana", "account_label": "ana", "start_url": "https://acme.test/start"},
        attachments=[{"filename": "steps.bin", "content_type": "application/octet-stream", "content": file}])
    time.sleep(MEETS_SECONDS)
    ledger.note(worker.stop() == 0, f"{phase}: a process did not end with 0")
    newer = installation.start(new, "worker")
    state = ledger._end(client, sent.id)
    files = [[part.get_payload(decode=True) for part in mail.message.walk() if part.get_filename()]
             for mail in installation.receiver.received if "letter@example.test" in mail.recipients]
    ledger.note(state == "ACCEPTED" and files == [[file]], f"{phase}: {state}, came {len(files)} times")
    client.close()
    for service in (api, newer):
        ledger.note(service.stop() == 0, f"{phase}: a process did not end with 0")
    print(f"{phase:<20} {state}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--messages", type=int, default=1000, help="of each phase")
    words = parser.parse_args()
    old, new = (str(pathlib.Path(path).resolve()) for path in (words.old, words.new))
    installation = Installation()
    ledger = Ledger(installation.receiver)
    try:
        split(installation, ledger, "new API, old worker", new, old, words.messages)
        split(installation, ledger, "old API, new worker", old, new, words.messages)
        replaced(installation, ledger, "upgrade under load", old, new, words.messages)
        replaced(installation, ledger, "rollback under load", new, old, words.messages)
        letter(installation, ledger, old, new)
        ledger.note(installation.queued() == 0, f"{installation.queued()} jobs are left in the queue")
    finally:
        installation.close()
    for what in ledger.wrong[:20]:
        print("wrong:", what)
    print("two versions:", f"{len(ledger.wrong)} wrong" if ledger.wrong else "nothing lost, nothing twice, every code right")
    return 1 if ledger.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
