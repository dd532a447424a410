#!/usr/bin/env python3
"""A receiver that this project did not write (aiosmtpd), on a free port. Prints "port N", then a JSON line per message."""
import argparse
import asyncio
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "user": session.auth_data.decode() if session.authenticated else "",
            "options": envelope.mail_options,
            "content": envelope.content.decode("utf-8", "surrogateescape"),
        }), flush=True)
        return "250 2.0.0 Ok: stored"


def authenticate(user, password):
    def check(server, session, envelope, mechanism, data):
        good = data.login.decode() == user and data.password.decode() == password
        return AuthResult(success=good, handled=False, auth_data=data.login if good else None)
    return check


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", help="PEM with certificate and key; STARTTLS is offered with it")
    parser.add_argument("--implicit", action="store_true", help="TLS from the first byte instead")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--without-plain", action="store_true", help="offer AUTH LOGIN only")
    parser.add_argument("--smtputf8", action="store_true")
    args = parser.parse_args()
    context = None
    if args.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.certificate)
    options = {"hostname": "relay.test", "enable_SMTPUTF8": args.smtputf8,
               "tls_context": None if args.implicit else context}
    if args.user:
        options["authenticator"] = authenticate(args.user, args.password)
        options["auth_required"] = True
        options["auth_require_tls"] = not args.implicit
        if args.without_plain:
            options["auth_exclude_mechanism"] = ["PLAIN"]
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), **options), "127.0.0.1", 0, ssl=context if args.implicit else None)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
