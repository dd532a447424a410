"""What a version of the service leaves in Redis, kept as a file, and put back for another version to work on.

    POSTHASTE=/usr/bin/posthaste python3 -B tests/e2e/stored_data.py tests/golden/stored/VERSION

makes the file of the program that is named, before its release: the keys of the installation, all of Redis in clear values with their
ends, the time, and what a caller knows. stored_version_test.py holds every later version against it.
"""
import base64
import json
import os
import pathlib
import sys
import time

from google.protobuf import struct_pb2

from outside_client import Client, Refused
from outside_receivers import Receiver
from outside_world import Folder, Redis, Service, configuration, wait_for

WELCOME = {
    "template.yaml": "mail_class: general\ndescription: A greeting.\nvariables:\n  name:\n    type: string\n    required: true\n"
                     "    sample: Ada\n    description: Whom we greet.\n",
    "en/subject.txt": "Welcome, {{name}}\n",
    "en/body.txt": "Hello {{name}}, as it was published then.\n\n{{> foot}}\n",
    "en/body.html": '{{> head}}<div style="display:none">Hello {{name}}.</div>{{> open}}'
                    '<h1 style="margin:0;font-size:24px">Hello {{name}}.</h1>{{> close}}\n',
}


def named(name):
    variables = struct_pb2.Struct()
    variables["name"] = name
    return variables


def settle(config, relay):
    """What writer and reader must have in common."""
    config["redis"]["shards"] = 2
    config["relays"] = [relay]
    config["tenants"][0]["relays"] = [relay["id"]]
    return config


def wrong(code):
    return f"{(int(code) + 1) % 1000000:06d}"


# --- Redis as a list of values -------------------------------------------------------------------------------------------

def packed(value):
    if isinstance(value, list):
        return [packed(one) for one in value]
    return base64.b64encode(value).decode()


def unpacked(value):
    return [unpacked(one) for one in value] if isinstance(value, list) else base64.b64decode(value)


def dump(redis):
    """[[key, type, end in ms or -1, value]]; sockets' leftovers of waking workers are no data."""
    found = []
    for key in redis.keys():
        kind = redis.call("TYPE", key).decode()
        found.append([packed(key), kind, redis.call("PEXPIRETIME", key), packed(redis.value(key))])
    return found


def restore(redis, entries):
    for key, kind, end, value in entries:
        key, value = unpacked(key), unpacked(value)
        if kind == "stream":
            for position, fields in value:
                redis.call("XADD", key, position, *fields)
        elif kind == "zset":
            redis.call("ZADD", key, *(word for member, score in pairs(value) for word in (score, member)))
        else:
            command = {"string": "SET", "hash": "HSET", "list": "RPUSH", "set": "SADD"}[kind]
            redis.call(command, key, *(value if isinstance(value, list) else [value]))
        if end >= 0:
            redis.call("PEXPIREAT", key, end)


def pairs(flat):
    return zip(flat[::2], flat[1::2])


# --- The writer ------------------------------------------------------------------------------------------------------------

def tell_whole_stories(client, receiver):
    """With workers: what has ended, or waits for another attempt."""
    known = {}
    sent = client.SendPasswordChanged(recipient="accepted@example.test", account_label="ana", request_id="stored-accepted", labels={"order": "7"})
    known["accepted"] = client.ended(sent.id).id
    receiver.answers["bounced@example.test"] = ["550 5.1.1 No such user"]
    known["bounced"] = client.ended(client.SendPasswordChanged(recipient="bounced@example.test", account_label="bo").id).id
    receiver.answers["later@example.test"] = ["451 4.3.0 Not now"]
    sent = client.SendPasswordChanged(recipient="later@example.test", account_label="lea")
    known["deferred"] = client.in_state(sent.id, "DEFERRED").id
    for name in ("pending", "guessed", "matched"):
        address = f"{name}@example.test"
        sent = client.SendVerificationCode(recipient=address, purpose="password_reset", ttl={"seconds": 1800}, binding={"session": "s1"})
        client.ended(sent.message_id)
        known[name] = {"id": sent.id, "message": sent.message_id, "code": receiver.wait(address).code}
    client.CheckVerificationCode(verification_id=known["guessed"]["id"], code=wrong(known["guessed"]["code"]), binding={"session": "s1"})
    client.CheckVerificationCode(verification_id=known["matched"]["id"], code=known["matched"]["code"], binding={"session": "s1"}, request_id="stored-check")
    client.PublishTemplate(name="greeting", files=WELCOME)
    return known


def queue_more(client):
    """Without workers: what waits to be sent."""
    code = client.SendVerificationCode(recipient="queuedcode@example.test", purpose="sign_in", ttl={"seconds": 1800}, request_id="stored-code")
    own = client.SendVerificationCode(recipient="owncode@example.test", purpose="sign_in", ttl={"seconds": 1800}, custom_code="24681357")
    notice = client.SendPasswordChanged(recipient="queuednotice@example.test", account_label="nora")
    greeting = client.SendTemplate(recipient="queuedtemplate@example.test", template_name="greeting", variables=named("Ada"))
    return {"queued_code": {"id": code.id, "message": code.message_id}, "own_code": {"id": own.id, "message": own.message_id, "code": "24681357"},
            "queued_notice": notice.id, "queued_template": greeting.id}


def publishing(client):
    """The publication is followed, not awaited."""
    def look():
        try:
            return client.SendTemplate(recipient="probe@example.test", template_name="greeting", variables=named("Ada"), validate_only=True) or True
        except Refused:
            return False
    wait_for("the publication is followed", look)


def write(out):
    folder = Folder()
    redis = Redis(folder)
    receiver = Receiver()
    config = settle(configuration(folder, f"unix:{redis.socket}", []), receiver.relay("main"))
    service = Service(folder, config)
    client = Client(config["grpc"]["address"])
    known = tell_whole_stories(client, receiver)
    publishing(client)
    service.stop()
    service = Service(folder, config, role="api")
    known.update(queue_more(client))
    client.close()
    service.stop()
    data = dump(redis)
    seconds, micros = redis.call("TIME")
    keys = {name: (folder.path / "keys" / name).read_text().strip() for name in ("hash.key", "code-1.key", "seal-1.key")}
    out.mkdir(parents=True, exist_ok=True)
    (out / "data.json").write_text("".join([
        '{"keys": ', json.dumps(keys), ',\n"time": ', str(int(seconds) + int(micros) / 1e6), ',\n"known": ', json.dumps(known, sort_keys=True),
        ',\n"redis": [\n', ",\n".join(json.dumps(entry) for entry in data), "\n]}\n"]))
    receiver.stop()
    redis.child.stop()
    folder.close()


class Stored:
    """A Redis as another version left it, at that time, with the installation's keys in `config`."""

    def __init__(self, file, folder, relay):
        known = json.loads(pathlib.Path(file).read_text())
        self.known = known["known"]
        self.redis = Redis(folder, movable_clock=True)
        # In seconds, as the clock moves, and never before what was written.
        self.redis.move_clock(int(known["time"]) + 1 - time.time())
        restore(self.redis, known["redis"])
        self.config = settle(configuration(folder, f"unix:{self.redis.socket}", []), relay)
        for name, text in known["keys"].items():
            folder.write(f"keys/{name}", text + "\n")

    def stop(self):
        self.redis.child.stop()


if __name__ == "__main__":
    os.environ["POSTHASTE"] = str(pathlib.Path(os.environ["POSTHASTE"]).resolve())
    write(pathlib.Path(sys.argv[1]))
