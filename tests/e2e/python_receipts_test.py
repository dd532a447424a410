"""A service in Python takes a receipt: it verifies it with PyJWT and the keys that the operators' HTTP shows, and asks nobody."""
import unittest

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from outside_client import RESULT
from outside_receivers import SmtpSink
from outside_scene import Scene


class Receipts(Scene):
    @classmethod
    def relays(cls):
        cls.receiver = cls.keep(SmtpSink(cls.folder))
        return [{"id": "sink", "host": "127.0.0.1", "port": cls.receiver.port, "tls": "NONE"}]

    @classmethod
    def configure(cls, config):
        config["keys"]["receipt_keys"] = []
        for name in ("old", "new"):
            pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            config["keys"]["receipt_keys"].append({"id": name, "file": cls.folder.write(f"{name}.pem", pem.decode())})
        config["codes"] = {"receipt_issuer": "https://codes.acme.test"}

    def matched(self, recipient):
        verification = self.client.SendVerificationCode(recipient=recipient, purpose="password_reset", subject_id="user-7")
        answer = self.client.CheckVerificationCode(
            verification_id=verification.id, code=self.receiver.wait(recipient).code, subject_id="user-7")
        self.assertEqual(answer.result, RESULT.Value("MATCHED"))
        return verification, answer.receipt

    def keys(self):
        status, page = self.service.page("/.well-known/jwks.json")
        self.assertEqual(status, 200)
        return {key.key_id: key.key for key in jwt.PyJWKSet.from_json(page).keys}

    def test_a_receipt_is_verified_offline(self):
        verification, receipt = self.matched("ana@example.test")
        self.assertEqual(jwt.get_unverified_header(receipt),
                         {"alg": "EdDSA", "kid": "new", "typ": "verification-receipt+jwt"})
        self.assertEqual(sorted(self.keys()), ["new", "old"])
        claims = jwt.decode(receipt, self.keys()["new"], ["EdDSA"], audience="acme", issuer="https://codes.acme.test",
                            options={"require": ["iss", "aud", "sub", "jti", "iat", "exp"]})
        self.assertEqual((claims["sub"], claims["purpose"], claims["jti"]), ("user-7", "password_reset", verification.id))
        self.assertEqual(claims["exp"] - claims["iat"], 600)

    def test_a_receipt_is_good_for_nothing_else(self):
        _, receipt = self.matched("ben@example.test")
        with self.assertRaises(jwt.InvalidAudienceError):
            jwt.decode(receipt, self.keys()["new"], ["EdDSA"], audience="globex")
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(receipt, self.keys()["old"], ["EdDSA"], audience="acme")

    def test_the_api_shows_the_same_keys(self):
        shown = {key.id: key.public_key for key in self.client.GetSigningKeys().keys}
        page = {name: key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
                for name, key in self.keys().items()}
        self.assertEqual(shown, page)


if __name__ == "__main__":
    unittest.main()
