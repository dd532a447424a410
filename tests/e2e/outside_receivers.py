"""Receivers that this project did not write: Postfix's smtp-sink in a process, aiosmtpd in a thread."""
import asyncio
import email
import email.policy
import os
import re
import socket
import ssl
import threading

from aiosmtpd.smtp import SMTP, AuthResult

from outside_world import Child, free_port, wait_for


class Mail:
    """One received message, read by Python's email package."""

    def __init__(self, sender, recipients, content, options=(), tls="", user=""):
        self.sender, self.recipients, self.content = sender, recipients, content
        self.options, self.tls, self.user = list(options), tls, user
        self.message = email.message_from_bytes(content, policy=email.policy.SMTPUTF8)

    def __getitem__(self, name):
        values = self.message.get_all(name, [])
        assert len(values) == 1, f"{len(values)} headers {name}"
        return str(values[0])

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content().replace("\r\n", "\n")

    @property
    def html(self):
        return self.message.get_body(("html",)).get_content()

    @property
    def code(self):
        """The code, which stands alone on a line of the text part."""
        return re.search(r"^(\d{6,10})$", self.text, re.M).group(1)


class SmtpSink:
    """Keeps each message in a file."""

    def __init__(self, folder):
        self.inbox = folder.path / "sink"
        self.inbox.mkdir()
        self.port = free_port()
        as_root = os.geteuid() == 0  # Then it wants to become somebody else, who has to get at its folder.
        if as_root:
            folder.path.chmod(0o711)
            self.inbox.chmod(0o777)
        self.child = Child(["smtp-sink", *(["-u", "nobody"] if as_root else []), "-d", f"{self.inbox}/mail.",
                            f"127.0.0.1:{self.port}", "100"], folder.path / "sink.log")
        wait_for("smtp-sink listens", self._listens)

    def _listens(self):
        assert self.child.runs(), self.child.said()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def mails(self):
        """Those that are written to the end."""
        mails = []
        for path in sorted(self.inbox.iterdir()):
            content = path.read_bytes()
            given = dict(re.findall(rb"^X-(Mail|Rcpt)-Args: <(.*?)>", content, re.M))
            mail = Mail(given.get(b"Mail", b"").decode(), [given.get(b"Rcpt", b"").decode()], content)
            if content.endswith(b"\n\n") and not mail.message.defects:
                mails.append(mail)
        return mails

    def wait(self, recipient):
        return wait_for(f"mail to {recipient}",
                        lambda: next((mail for mail in self.mails() if recipient in mail.recipients), None))

    def relay(self, name="sink"):
        return {"id": name, "host": "127.0.0.1", "port": self.port, "tls": "NONE"}

    def stop(self):
        self.child.stop()


class Receiver:
    """aiosmtpd. `answers`: recipient -> replies to RCPT, one after the other, before it accepts."""

    def __init__(self, certificates=None, user=None, password=None, smtputf8=False):
        self.received, self.asked, self.answers = [], [], {}
        self._options = {"hostname": "relay.test", "enable_SMTPUTF8": smtputf8}
        self._certificates = certificates
        if certificates is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates["certificate"], certificates["key"])
            self._options.update(tls_context=context, require_starttls=True)
        if user is not None:
            self._options.update(auth_required=True, authenticator=self._authenticator(user, password))
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: SMTP(self, loop=self._loop, **self._options), "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @staticmethod
    def _authenticator(user, password):
        def check(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == (user.encode(), password.encode())
            return AuthResult(success=good, handled=False, auth_data=user if good else None)
        return check

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.asked.append(address)
        replies = self.answers.get(address, [])
        if replies:
            return replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        tls = session.ssl["ssl_object"].version() if isinstance(session.ssl, dict) else str(session.ssl or "")
        self.received.append(Mail(envelope.mail_from, envelope.rcpt_tos, envelope.content, envelope.mail_options,
                                  tls, session.auth_data or ""))
        return "250 2.0.0 Ok: stored"

    def wait(self, recipient, count=1):
        def look():
            found = [mail for mail in self.received if recipient in mail.recipients]
            return found if len(found) >= count else None
        return wait_for(f"{count} mails to {recipient}", look)[count - 1]

    def relay(self, name, **settings):
        tls = {"tls": "NONE"} if self._certificates is None else {
            "tls": "VERIFIED", "tls_name": "relay.test", "ca_file": self._certificates["ca"]}
        return {"id": name, "host": "127.0.0.1", "port": self.port, **tls, **settings}

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._server.close()
        self._loop.close()
