"""A caller of the gRPC API that is not C++: python3-grpcio on stubs generated from proto/ when the test begins."""
import atexit
import shutil

import grpc

import outside_world

atexit.register(shutil.rmtree, outside_world.generate_stubs(), ignore_errors=True)

from google.rpc import error_details_pb2, status_pb2  # noqa: E402
from posthaste.v1 import event_service_pb2, event_service_pb2_grpc  # noqa: E402
from posthaste.v1 import message_pb2, message_service_pb2, message_service_pb2_grpc  # noqa: E402
from posthaste.v1 import notification_service_pb2, notification_service_pb2_grpc  # noqa: E402
from posthaste.v1 import template_service_pb2, template_service_pb2_grpc  # noqa: E402
from posthaste.v1 import verification_service_pb2, verification_service_pb2_grpc  # noqa: E402

DETAILS = {name: getattr(error_details_pb2, name)
           for name in ("ErrorInfo", "BadRequest", "RetryInfo", "QuotaFailure", "PreconditionFailure", "ResourceInfo")}
STATE = message_pb2.Message.State
RESULT = verification_service_pb2.CheckVerificationCodeResponse.Result
TERMINAL = [STATE.Value(name) for name in
            ("ACCEPTED", "BOUNCED", "UNCERTAIN", "EXPIRED", "SUPERSEDED", "CANCELLED", "SUPPRESSED", "FAILED")]
REQUESTS = {
    "SendVerificationCode": verification_service_pb2.SendVerificationCodeRequest,
    "ResendVerificationCode": verification_service_pb2.ResendVerificationCodeRequest,
    "CheckVerificationCode": verification_service_pb2.CheckVerificationCodeRequest,
    "CancelVerification": verification_service_pb2.CancelVerificationRequest,
    "GetVerification": verification_service_pb2.GetVerificationRequest,
    "GetSigningKeys": verification_service_pb2.GetSigningKeysRequest,
    "SendPasswordChanged": notification_service_pb2.SendPasswordChangedRequest,
    "SendTemplate": notification_service_pb2.SendTemplateRequest,
    "SendEmailChanged": notification_service_pb2.SendEmailChangedRequest,
    "SendNewSignIn": notification_service_pb2.SendNewSignInRequest,
    "SendMfaChanged": notification_service_pb2.SendMfaChangedRequest,
    "BatchSendTemplates": notification_service_pb2.BatchSendTemplatesRequest,
    "ListTemplates": template_service_pb2.ListTemplatesRequest,
    "GetTemplate": template_service_pb2.GetTemplateRequest,
    "PreviewTemplate": template_service_pb2.PreviewTemplateRequest,
    "LintTemplate": template_service_pb2.LintTemplateRequest,
    "PublishTemplate": template_service_pb2.PublishTemplateRequest,
    "RollbackTemplate": template_service_pb2.RollbackTemplateRequest,
    "GetMessage": message_service_pb2.GetMessageRequest,
    "ListMessages": message_service_pb2.ListMessagesRequest,
    "ListAttempts": message_service_pb2.ListAttemptsRequest,
    "WatchMessage": message_service_pb2.WatchMessageRequest,
    "StreamEvents": event_service_pb2.StreamEventsRequest,
    "CancelMessage": message_service_pb2.CancelMessageRequest,
}


class Refused(Exception):
    """A call's error with its google.rpc details decoded."""

    def __init__(self, error):
        super().__init__(f"{error.code()}: {error.details()}")
        self.code = error.code()
        self.message = error.details()
        self.raw = b"".join(value if isinstance(value, bytes) else value.encode()
                            for _, value in error.trailing_metadata() or ())
        self.details = {}
        for name, value in error.trailing_metadata() or ():
            if name != "grpc-status-details-bin":
                continue
            for packed in status_pb2.Status.FromString(value).details:
                kind = packed.TypeName().rpartition(".")[2]
                self.details[kind] = DETAILS[kind].FromString(packed.value)

    @property
    def reason(self):
        return self.details["ErrorInfo"].reason

    @property
    def fields(self):
        bad = self.details.get("BadRequest")
        return [] if bad is None else [violation.field for violation in bad.field_violations]

    @property
    def wait_seconds(self):
        delay = self.details["RetryInfo"].retry_delay
        return delay.seconds + delay.nanos / 1e9


class Client:
    """client.SendVerificationCode(recipient=…) calls; errors are raised as Refused."""

    def __init__(self, address, key="portal", secret=outside_world.API_SECRET, credentials=None, options=()):
        if credentials is None:
            self.channel = grpc.insecure_channel(address, options)
        else:
            self.channel = grpc.secure_channel(address, credentials, options)
        self.metadata = [("authorization", f"Bearer {key}.{secret}")]
        self.stubs = [verification_service_pb2_grpc.VerificationServiceStub(self.channel),
                      notification_service_pb2_grpc.NotificationServiceStub(self.channel),
                      message_service_pb2_grpc.MessageServiceStub(self.channel),
                      event_service_pb2_grpc.EventServiceStub(self.channel),
                      template_service_pb2_grpc.TemplateServiceStub(self.channel)]

    def close(self):
        self.channel.close()

    def call(self, method, request, seconds=10):
        stub = next(stub for stub in self.stubs if hasattr(stub, method))
        try:
            return getattr(stub, method)(request, metadata=self.metadata, timeout=seconds)
        except grpc.RpcError as error:
            raise Refused(error) from None

    def __getattr__(self, method):
        if method not in REQUESTS:
            raise AttributeError(method)
        return lambda **fields: self.call(method, REQUESTS[method](**fields))

    def watch(self, message_id, seconds=outside_world.LIMIT_SECONDS):
        """The messages that WatchMessage tells until it ends by itself."""
        request = REQUESTS["WatchMessage"](id=message_id)
        try:
            return [told.message for told in self.call("WatchMessage", request, seconds)]
        except grpc.RpcError as error:
            raise Refused(error) from None

    def ended(self, message_id):
        """The message once it is terminal."""
        return self.watch(message_id)[-1]

    def in_state(self, message_id, state, seconds=outside_world.LIMIT_SECONDS):
        def look():
            message = self.GetMessage(id=message_id)
            return message if message.state == STATE.Value(state) else None
        return outside_world.wait_for(f"message {state}", look, seconds)
