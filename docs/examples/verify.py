"""Sends a code and checks what you type.

    python3 -m grpc_tools.protoc -I proto --python_out=stubs --grpc_python_out=stubs proto/posthaste/v1/*.proto
    POSTHASTE_KEY_FILE=… PYTHONPATH=stubs python3 verify.py me@example.test

Retries are gRPC's own, by the service config below; they are safe because both calls carry a request id.
"""
import json
import os
import sys
import uuid

import grpc
from posthaste.v1 import verification_service_pb2 as v, verification_service_pb2_grpc as services

RETRIES = {"methodConfig": [{"name": [{"service": "posthaste.v1.VerificationService"}], "retryPolicy": {
    "maxAttempts": 5, "initialBackoff": "0.2s", "maxBackoff": "2s", "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}}]}  # The other: what gRPC says while a process ends.


def open_channel(address, options):
    """Plain text is for loopback; elsewhere POSTHASTE_CA_FILE names who may vouch for the service."""
    if "POSTHASTE_CA_FILE" not in os.environ:
        return grpc.insecure_channel(address, options)
    with open(os.environ["POSTHASTE_CA_FILE"], "rb") as authority:
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(authority.read()), options)


def main():
    with open(os.environ["POSTHASTE_KEY_FILE"]) as file:
        metadata = [("authorization", "Bearer " + file.read().strip())]
    address = os.environ.get("POSTHASTE_ADDRESS", "127.0.0.1:8525")
    with open_channel(address, [("grpc.service_config", json.dumps(RETRIES))]) as channel:
        codes = services.VerificationServiceStub(channel)
        sent = codes.SendVerificationCode(v.SendVerificationCodeRequest(
            recipient=sys.argv[1] if len(sys.argv) > 1 else "me@example.test", purpose="email_verification",
            request_id=str(uuid.uuid4())), metadata=metadata, timeout=10)
        print("sent to", sent.masked_recipient, "valid until", sent.expire_time.ToDatetime().strftime("%H:%M UTC"))
        answer = codes.CheckVerificationCode(v.CheckVerificationCodeRequest(
            verification_id=sent.id, code=input("code from the mail: "), request_id=str(uuid.uuid4())),
            metadata=metadata, timeout=10)
        print(v.CheckVerificationCodeResponse.Result.Name(answer.result))


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
