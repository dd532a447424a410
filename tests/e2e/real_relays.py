"""Relays that people run: Postfix, installed but with configuration, queue and data of its own, and OpenSMTPD, unpacked and never installed.

Both want to be root, because they switch users. Neither touches the system's: Postfix is told other folders, OpenSMTPD, whose paths are
compiled in, sees its own in a mount namespace. What is missing is a failure that says so.
"""
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import threading

from outside_receivers import Mail
from outside_world import ROOT, Child, free_port, wait_for

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = """\
compatibility_level = 3.7
queue_directory = {at}/queue
data_directory = {at}/data
maillog_file = {at}/log/mail
maillog_file_prefixes = {at}
myhostname = relay.test
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
in_flow_delay = 0
mynetworks =
virtual_mailbox_domains = example.test
virtual_mailbox_maps = regexp:{at}/mailboxes
virtual_mailbox_base = {at}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_auth_only = yes
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = relay.test
cyrus_sasl_config_path = {at}/sasl
smtpd_relay_restrictions = reject_unauth_destination
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{policy}
"""


def need_root(what):
    if os.geteuid() != 0:
        raise AssertionError(f"this test needs root, because {what}: run it as root, as CI does")


def need_program(path, how):
    if not os.path.exists(path):
        raise AssertionError(f"{path} is missing: {how} (./dev test does it)")


class Greylist:
    """A policy server as Postfix asks it: "later" the first time that it sees a recipient that begins with "grey"."""

    def __init__(self):
        self.seen = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link):
        asked = {}
        with link, link.makefile("r") as lines:
            for line in lines:
                name, _, value = line.rstrip("\n").partition("=")
                if name:
                    asked[name] = value
                    continue
                link.sendall(f"action={self._answer(asked.get('recipient', ''))}\n\n".encode())
                asked = {}

    def _answer(self, recipient):
        if not recipient.startswith("grey") or recipient in self.seen:
            return "DUNNO"
        self.seen.append(recipient)
        return "DEFER_IF_PERMIT 4.7.1 Greylisted, try again in 60 seconds"

    def stop(self):
        self._listener.close()


class Postfix:
    """A whole Postfix: STARTTLS, SASL by Cyrus with a password database, virtual mailboxes for user… and grey…@example.test."""

    def __init__(self, folder, certificates, user, password):
        need_root("Postfix switches users")
        need_program("/usr/sbin/postfix", "apt-get install postfix")
        need_program("/usr/sbin/saslpasswd2", "apt-get install sasl2-bin")
        self.at, self.port, self.user, self.password = folder.path / "postfix", free_port(), user, password
        self._certificates = certificates
        self.greylist = Greylist()
        folder.path.chmod(0o755)
        owner, reader = pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
        for name, uid in (("", 0), ("queue", 0), ("data", owner.pw_uid), ("log", 0), ("sasl", 0), ("mail", reader.pw_uid)):
            (self.at / name).mkdir(mode=0o755)
            os.chown(self.at / name, uid, -1)
        values = {"at": self.at, "port": self.port, "policy": self.greylist.port, "uid": reader.pw_uid, "gid": reader.pw_gid,
                  **certificates}
        (self.at / "main.cf").write_text(MAIN.format(**values))
        (self.at / "master.cf").write_text(MASTER.format(**values))
        (self.at / "mailboxes").write_text(r"/^(user|grey)[a-z0-9]*@example\.test$/ inbox/" + "\n")
        (self.at / "sasl/smtpd.conf").write_text("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n"
                                                 f"sasldb_path: {self.at}/sasl/db\n")
        subprocess.run(["/usr/sbin/saslpasswd2", "-p", "-c", "-f", f"{self.at}/sasl/db", "-u", "relay.test", user],
                       input=password.encode(), check=True)
        os.chown(self.at / "sasl/db", owner.pw_uid, -1)
        self.child = Child(["/usr/sbin/postfix", "-c", str(self.at), "start-fg"], self.at / "log/start")
        try:
            wait_for("Postfix listens", self._listens)
        except AssertionError:
            self.stop()
            raise

    def _listens(self):
        assert self.child.runs(), self.said()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def said(self):
        """What it logged."""
        log = self.at / "log/mail"
        return self.child.said() + (log.read_text(errors="replace") if log.exists() else "")

    def _paths(self):
        new = self.at / "mail/inbox/new"
        return sorted(new.iterdir()) if new.exists() else []

    def stored(self):
        """How many mails there are."""
        return len(self._paths())

    def mails(self):
        found = []
        for path in self._paths():
            content = path.read_bytes()
            sender = re.search(rb"^Return-Path: <(.*)>", content, re.M).group(1).decode()
            recipient = re.search(rb"^Delivered-To: (\S+)", content, re.M).group(1).decode()
            found.append(Mail(sender, [recipient], content.replace(b"\n", b"\r\n")))
        return found

    def wait(self, recipient):
        return wait_for(f"mail to {recipient}: {self.said()[-500:]}",
                        lambda: next((mail for mail in self.mails() if recipient in mail.recipients), None))

    def sessions(self):
        """How each session ended: the count of its commands by name."""
        return [dict((name, int(count)) for name, count in re.findall(r"(\w+)=(\d+)", line))
                for line in re.findall(r"disconnect from (.*)", self.said())]

    def relay(self, name, password_file, **settings):
        return {"id": name, "host": "127.0.0.1", "port": self.port, "tls": "VERIFIED", "tls_name": "relay.test",
                "ca_file": self._certificates["ca"], "username": self.user, "password_file": password_file, **settings}

    def stop(self):
        """Ends its master, which the command that was started leaves behind, and with it all that it started."""
        pid_file = self.at / "queue/pid/master.pid"
        if pid_file.exists():
            master = int(pid_file.read_text())
            os.kill(master, signal.SIGTERM)
            wait_for("Postfix ends", lambda: not pathlib.Path(f"/proc/{master}").exists())
        self.child.stop()
        self.greylist.stop()


OPENSMTPD = """\
pki relay.test cert "{certificate}"
pki relay.test key "{key}"
table known {{ "@example.test" }}
listen on 127.0.0.1 port {port} hostname relay.test tls pki relay.test
action "on" relay host smtp://127.0.0.1:{next}
match from any for rcpt-to <known> action "on"
"""
# In a mount namespace: the folders and the users that are compiled in.
NAMESPACE = """\
set -e
for place in /usr/libexec /var/spool /var/lib /run; do mount -t tmpfs none $place; done
mkdir -p /usr/libexec/opensmtpd /var/lib/opensmtpd/empty /var/spool/smtpd
chmod 711 /var/spool/smtpd
mount --bind {unpacked}/usr/libexec/opensmtpd /usr/libexec/opensmtpd
for table in passwd group; do
  cp /etc/$table {at}/$table
  cat {at}/more.$table >> {at}/$table
  mount --bind {at}/$table /etc/$table
done
exec {unpacked}/usr/sbin/smtpd -d -f {at}/smtpd.conf
"""


class OpenSmtpd:
    """Takes mail to example.test and hands it to `receiver`. It is unpacked from build/opensmtpd, where ./dev test puts it.

    It offers STARTTLS, but Debian 12's cannot do it: with OpenSSL 3 its handshake fails (OpenSMTPD's issues 1171 and 1239).
    """

    def __init__(self, folder, certificates, receiver):
        need_root("OpenSMTPD switches users and gets a mount namespace")
        unpacked = ROOT / "build/opensmtpd"
        need_program(unpacked / "usr/sbin/smtpd", "tests/e2e/unpack_opensmtpd build/opensmtpd")
        self.at, self.port, self._certificates = folder.path / "opensmtpd", free_port(), certificates
        self.at.mkdir()
        folder.path.chmod(0o755)
        shutil.copy(certificates["key"], self.at / "key")
        (self.at / "key").chmod(0o600)
        (self.at / "smtpd.conf").write_text(OPENSMTPD.format(
            port=self.port, next=receiver.port, certificate=certificates["certificate"], key=self.at / "key"))
        users = ("opensmtpd", 64998), ("opensmtpq", 64997)
        (self.at / "more.passwd").write_text("".join(f"{name}:x:{at}:{at}::/var/lib/opensmtpd/empty:/bin/false\n" for name, at in users))
        (self.at / "more.group").write_text("".join(f"{name}:x:{at}:\n" for name, at in users))
        (self.at / "start").write_text(NAMESPACE.format(unpacked=unpacked, at=self.at))
        self.child = Child(["unshare", "-m", "sh", str(self.at / "start")], self.at / "log")
        wait_for("OpenSMTPD listens", self._listens)

    def _listens(self):
        assert self.child.runs(), self.child.said()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def relay(self, name, tls):
        return {"id": name, "host": "127.0.0.1", "port": self.port, "tls": tls, "tls_name": "relay.test",
                "ca_file": self._certificates["ca"]}

    def stop(self):
        self.child.stop()
