"""What a code costs in Redis: queued, while no worker runs, and ended, once one has sent them all."""
import json
import subprocess
import time

from machine import Child, Redis, Sink, free_port, wait_for
from service import Service

CODES = 10000
PARTS = {"record": "ph:*:m:*", "recipient": "ph:*:h:*", "lane": "ph:*:q:*", "events": "ph:*:e"}


def send(service, domain, count):
    command = [service.build / "posthaste_load", "--target", service.grpc, "--key-file", service.api_key, "--domain", domain,
               "--count", str(count), "--in-flight", "64"]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=True)
    if json.loads(done.stdout)["ok"] != count:
        raise SystemExit("bench: not all codes were taken: " + done.stdout.decode())


def part(redis, pattern):
    """Bytes per code by MEMORY USAGE: of at most 400 keys of that kind, spread over all of them."""
    keys = sorted(redis.keys(pattern))
    some = keys[::max(1, len(keys) // 400)]
    used = sum(redis.call("MEMORY", "USAGE", key, "SAMPLES", "0") for key in some)
    return used / len(some) * len(keys) / CODES if some else 0


def disk(redis):
    return sum(path.stat().st_size for path in redis.folder.rglob("*.aof"))


def end_all(service, folder, redis, port):
    """The same installation as a worker, with a receiver, until the queue is empty."""
    sink = Sink(folder, port)
    worker = Child([service.build / "posthaste", "serve", "--config", service.folder / "posthaste.yaml", "--role", "worker"], f"{folder}/worker.log")
    try:
        wait_for("an empty queue", lambda: not redis.keys("ph:*:q:*"), 120)
        time.sleep(2)
    finally:
        worker.stop()
        sink.stop()


def measure(options, folder):
    redis, port = Redis(folder, "memory"), free_port()
    service = Service(options.build, folder, redis, port, role="api", name="api")
    try:
        send(service, "warm.test", 100)
        before, disk_before = redis.memory(), disk(redis)
        send(service, "queued.test", CODES)
        time.sleep(2)  # Key tables that grow are moved in the background.
        total = (redis.memory() - before) / CODES
        print(f"\nRedis memory per queued code: {total:.0f} bytes, of them (MEMORY USAGE)")
        known = 0
        for name, pattern in PARTS.items():
            used = part(redis, pattern)
            known += used
            print(f"  {name:<14}{used:6.0f}")
        print(f"  {'key tables':<14}{total - known:6.0f}", flush=True)
        service.stop()
        end_all(service, folder, redis, port)
        print(f"Redis memory per ended code: {(redis.memory() - before) / CODES:.0f} bytes; written to the append-only file for each, from its "
              f"enqueue on: {(disk(redis) - disk_before) / CODES:.0f} bytes", flush=True)
        return total
    finally:
        service.stop()
        redis.stop()
