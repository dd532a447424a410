"""Runs the services of a compose file without a container engine: the same commands, users, environments, volumes and networks.

What an engine would take from an image is put together from this machine: the programs of Debian's essential packages and those that the
image adds, read-only, in a mount namespace, below a root that has nothing else. So a command that wants a program, a folder or a right
that the image does not give fails here too. What it does not show: that the image builds, and published ports (`call` enters the
network instead). Root only.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTAINERFILE = ROOT / "deploy/Containerfile"
LIMIT_SECONDS = 30
LEAKS = "LSAN_OPTIONS"  # Of a program that was built with the leak sanitizer.

# $1: the root; $2: whether it is read-only; then "ro|rw SOURCE PLACE" each, "--", and the command. The process stays the same one.
ENTER = """
root=$1 only=$2; shift 2
mount --bind "$root" "$root"
mount --bind /usr "$root/.host"; mount -o remount,bind,ro "$root/.host"
mount --rbind /proc "$root/proc"
while [ "$1" != -- ]; do
  mount --bind "$2" "$root$3"
  [ "$1" = rw ] || mount -o remount,bind,ro "$root$3"
  shift 3
done
shift
[ "$only" = no ] || mount -o remount,bind,ro "$root"
exec chroot "$root" "$@"
"""
LOOPBACK_UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh22x', b'lo', 0x41))"


def need_root():
    if os.geteuid() != 0:
        raise AssertionError("this test needs root, because containers get namespaces and users: run it as root, as CI does")


def programs(*packages):
    """The programs of Debian's essential packages, and of those named."""
    known = subprocess.run(["dpkg-query", "-W", "-f", "${Essential} ${Package}\n"], capture_output=True, text=True, check=True).stdout
    essential = re.findall(r"^yes (\S+)$", known, re.M)
    files = subprocess.run(["dpkg", "-L", *essential, *packages], capture_output=True, text=True, check=True).stdout.split()
    names = {pathlib.Path(file).name for file in files if re.match(r"(/usr)?/s?bin/.", file)}
    return {name: found for name in sorted(names | {"sh", "awk"}) if (found := shutil.which(name, path="/usr/bin:/usr/sbin"))}


class Image:
    """What a container finds: `files` by place, `owned` folders by (user, mode), the words that it runs."""

    def __init__(self, packages, files=None, owned=None, user="0:0", entrypoint=(), command=()):
        self.programs = programs(*packages)
        self.files, self.owned = files or {}, owned or {}
        self.user, self.entrypoint, self.command = user, list(entrypoint), list(command)


def our_image(program):
    """deploy/Containerfile's second stage, with `program` as what its first one built."""
    text = CONTAINERFILE.read_text(encoding="utf-8").split("\nFROM ")[-1].replace("\\\n", " ")
    packages = re.search(r"apt-get install -y --no-install-recommends (.*?) \$\(", text).group(1).split()
    files = {place: ROOT / source for source, place in re.findall(r"^COPY (\S+) (\S+)$", text, re.M)}
    files.update({place: program for place in re.findall(r"^COPY --from=build /build/posthaste (\S+)$", text, re.M)})
    owned = {folder: (int(user), int(mode, 8)) for mode, user, folders in
             re.findall(r"install -d -m (\d+) -o (\d+) -g \d+ ([^&\n]+)", text) for folder in folders.split()}
    words = {name: yaml.safe_load(value) for name, value in re.findall(r"^(ENTRYPOINT|CMD) (\[.*\])$", text, re.M)}
    return Image(packages, files, owned, re.search(r"^USER (\S+)$", text, re.M).group(1), words["ENTRYPOINT"], words["CMD"])


def redis_image():
    """Docker's: the user is 999, and /data is its."""
    return Image(["redis-server", "redis-tools"], owned={"/data": (999, 0o755)})


class Container:
    def __init__(self, compose, name):
        self.compose, self.name, self.spec = compose, name, compose.services[name]
        self.image = compose.images[self.spec["image"]]
        self.user = self.spec.get("user", self.image.user)
        self.log = compose.folder / f"{name}.log"
        self._make_root()
        words = [str(self.root), "yes" if self.spec.get("read_only") else "no"]
        for source, place, mode in self._mounts():
            words += [mode, str(source), place]
        user, group = self.user.split(":")
        self.rights = ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs", "--bounding-set=-all",
                       "--inh-caps=-all", "env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin",
                       *(f"{key}={value}" for key, value in self.spec.get("environment", {}).items()),
                       *([f"{LEAKS}=suppressions=/lsan.supp"] if LEAKS in os.environ else [])]
        assert self.spec["cap_drop"] == ["ALL"] and self.spec["security_opt"] == ["no-new-privileges:true"]
        run = self.spec.get("entrypoint", self.image.entrypoint) + self.spec.get("command", self.image.command)
        enter = ["unshare", "--mount", "sh", "-ec", ENTER, "enter", *words, "--", *self.rights, *run]
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(self._network() + enter, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        # Until then it is in this machine's namespaces, which nobody should join in its name.
        end = time.monotonic() + LIMIT_SECONDS
        while self.process.poll() is None and self._outside():
            assert time.monotonic() < end, f"{name} does not start: {self.said()}"
            time.sleep(0.005)

    def _outside(self):
        try:
            return os.readlink(f"/proc/{self.process.pid}/root") == "/"
        except FileNotFoundError:  # It has ended, and was not waited for yet.
            return False

    def _network(self):
        mode = self.spec.get("network_mode", "none")
        if mode.startswith("service:"):
            return ["nsenter", f"--net=/proc/{self.compose.containers[mode.split(':')[1]].process.pid}/ns/net"]
        assert mode == "none", mode
        return ["unshare", "--net", "sh", "-ec", f'python3 -c "{LOOPBACK_UP}"; exec "$@"', "network"]

    def _make_root(self):
        self.root = self.compose.folder / f"root-{self.name}"
        for folder in ("usr/bin", "etc", "proc", "dev", "tmp", ".host"):
            (self.root / folder).mkdir(parents=True)
        for link, to in [("bin", "usr/bin"), ("sbin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64"), ("usr/sbin", "bin"),
                         ("usr/lib", "/.host/lib"), ("usr/lib64", "/.host/lib64"), ("usr/share", "/.host/share")]:
            (self.root / link).symlink_to(to)
        for name, path in self.image.programs.items():
            (self.root / "usr/bin" / name).symlink_to(path.replace("/usr/", "/.host/", 1))
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n")
        for folder, (user, mode) in self.image.owned.items():
            (self.root / folder[1:]).mkdir(parents=True, exist_ok=True)
            os.chown(self.root / folder[1:], user, user)
            (self.root / folder[1:]).chmod(mode)

    def _mounts(self):
        wanted = [(source, place, "ro") for place, source in self.image.files.items()]
        wanted.append(("/etc/ssl", "/etc/ssl", "ro"))
        if LEAKS in os.environ:
            wanted.append((ROOT / "tests/lsan.supp", "/lsan.supp", "ro"))
        wanted += [(f"/dev/{name}", f"/dev/{name}", "rw") for name in ("null", "zero", "random", "urandom")]
        shm = self.compose.folder / f"shm-{self.name}"  # Engines give one to each container, also to a read-only one.
        shm.mkdir(exist_ok=True)
        shm.chmod(0o1777)
        wanted.append((shm, "/dev/shm", "rw"))
        for volume in self.spec.get("volumes", []):
            source, place, *mode = volume.split(":")
            source = self.compose.file.parent / source if source.startswith(".") else self.compose.volume(source, self.image.owned.get(place))
            wanted.append((source, place, *(mode or ["rw"])))
        for source, place, _ in wanted:
            at = self.root / place[1:]
            at.parent.mkdir(parents=True, exist_ok=True)
            if pathlib.Path(source).is_dir():
                at.mkdir(parents=True, exist_ok=True)
            else:
                at.touch()
        return wanted

    def said(self):
        return self.log.read_text(errors="replace")

    def execute(self, words, **options):
        """`docker compose exec`: a finished process."""
        at = f"/proc/{self.process.pid}"
        return subprocess.run(["nsenter", f"--net={at}/ns/net", f"--mount={at}/ns/mnt", f"--root={at}/root", f"--wd={at}/root", *self.rights, *words],
                              capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False, **options)

    def call(self, words, **options):
        """A caller of this machine, by its side of the network: what a published port is for."""
        return subprocess.Popen(["nsenter", f"--net=/proc/{self.process.pid}/ns/net", *words], **options)

    def healthy(self):
        kind, *words = self.spec["healthcheck"]["test"]
        assert kind == "CMD"
        return self.execute(words).returncode == 0

    def stop(self):
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(int(self.spec.get("stop_grace_period", "10s").rstrip("s")))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class Compose:
    """`up`, then `down`. Volumes live as long as this does."""

    def __init__(self, file, images):
        need_root()
        self.file, self.images = pathlib.Path(file), images
        known = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        self.services, self.volumes = known["services"], known["volumes"]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ph-compose-"))
        self.folder.chmod(0o755)
        self.containers = {}

    def volume(self, name, owner):
        """A new volume is like the folder of the image that it covers, unless its driver is told."""
        at = self.folder / f"volume-{name}"
        if not at.exists():
            at.mkdir()
            told = ((self.volumes[name] or {}).get("driver_opts") or {}).get("o")
            if told:
                told = dict(word.split("=") for word in told.split(","))
                owner = int(told["uid"]), int(told["mode"], 8)
            user, mode = owner or (0, 0o755)
            os.chown(at, user, user)
            at.chmod(mode)
        return at

    def up(self):
        """In the order of the file, each when what it depends on is as it asks."""
        for name, spec in self.services.items():
            for other, wanted in spec.get("depends_on", {}).items():
                self.wait(other, wanted["condition"])
            self.containers[name] = Container(self, name)

    def wait(self, name, condition="service_healthy"):
        container, end = self.containers[name], time.monotonic() + LIMIT_SECONDS
        if condition == "service_completed_successfully":
            code = container.process.wait(LIMIT_SECONDS)
            assert code == 0, f"{name} ended with {code}: {container.said()}"
            return
        while condition == "service_healthy" and not container.healthy():
            assert container.process.poll() is None, f"{name} ended: {container.said()}"
            assert time.monotonic() < end, f"{name} is not healthy: {container.said()}"
            time.sleep(0.05)

    def down(self):
        """The exit codes by name."""
        codes = {name: container.stop() for name, container in reversed(self.containers.items())}
        self.containers = {}
        for root in self.folder.glob("root-*"):
            shutil.rmtree(root)
        return codes

    def forget(self):
        self.down()
        shutil.rmtree(self.folder)
