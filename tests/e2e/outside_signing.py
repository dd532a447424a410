"""Keys made by `posthaste keys dkim`, and dkimpy that verifies by the records which the command printed."""
import re
import subprocess

import dkim

from outside_world import program


class SignedMail:
    """For a Scene: `sign` makes the keys of acme.test and configures them."""

    @classmethod
    def sign(cls, config):
        made = subprocess.run([program(), "keys", "dkim", "acme.test", "--selector", "s1", "--dir", str(cls.folder.path / "dkim")],
                              capture_output=True, text=True, check=True)
        cls.records = {name: "".join(re.findall(r'"([^"]*)"', strings))
                       for name, strings in re.findall(r"^(\S+)\. IN TXT \((.*)\)$", made.stdout, re.M)}
        keys = re.findall(r"domain: (\S+)\n    selector: (\S+)\n    key_file: (\S+)", made.stdout)
        config["dkim"] = [{"domain": domain, "selector": selector, "key_file": file} for domain, selector, file in keys]

    def verified(self, content):
        """Which of the two signatures are good."""
        def lookup(name, timeout=5):
            return self.records[name.decode().rstrip(".")].encode()

        def good(index):
            try:
                return dkim.DKIM(content, minkey=2048).verify(idx=index, dnsfunc=lookup)
            except dkim.ValidationError:
                return False
        return [good(0), good(1)]
