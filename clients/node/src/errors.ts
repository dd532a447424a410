// What a refused call throws: gRPC's status with the google.rpc details decoded.
import { status as Code, type ServiceError } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo, QuotaFailure, RetryInfo } from "./generated/google/rpc/error_details.js";
import { Status } from "./generated/google/rpc/status.js";

export interface FieldError {
  /** The request's field, like "recipient". */
  field: string;
  description: string;
}

export class PosthasteError extends Error {
  override readonly name = "PosthasteError";
  /** A code of gRPC: "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "UNAVAILABLE" … */
  readonly code: keyof typeof Code;
  /** Ours, stable: "RESEND_COOLDOWN", "RECIPIENT_INVALID" …; "" if the call never reached the service. */
  readonly reason: string;
  /** How long to wait before asking again; undefined where waiting does not help. */
  readonly retryAfterMs: number | undefined;
  /** The wrong fields of the request. */
  readonly fields: readonly FieldError[];
  /** The limits that refused. */
  readonly limits: readonly string[];

  constructor(error: ServiceError) {
    super(error.details || error.message, { cause: error });
    this.code = Code[error.code] as keyof typeof Code;
    const details = detailsOf(error);
    this.reason = details.info?.reason ?? "";
    const delay = details.retry?.retryDelay;
    this.retryAfterMs = delay && delay.seconds * 1000 + Math.ceil(delay.nanos / 1e6);
    this.fields = details.bad?.fieldViolations ?? [];
    this.limits = details.quota?.violations.map((violation) => violation.subject) ?? [];
  }
}

interface Details {
  info?: ErrorInfo;
  retry?: RetryInfo;
  bad?: BadRequest;
  quota?: QuotaFailure;
}

function detailsOf(error: ServiceError): Details {
  const details: Details = {};
  for (const packed of error.metadata?.get("grpc-status-details-bin") ?? []) {
    for (const { typeUrl, value } of Status.decode(packed as Buffer).details) {
      if (typeUrl.endsWith("/google.rpc.ErrorInfo")) details.info = ErrorInfo.decode(value);
      if (typeUrl.endsWith("/google.rpc.RetryInfo")) details.retry = RetryInfo.decode(value);
      if (typeUrl.endsWith("/google.rpc.BadRequest")) details.bad = BadRequest.decode(value);
      if (typeUrl.endsWith("/google.rpc.QuotaFailure")) details.quota = QuotaFailure.decode(value);
    }
  }
  return details;
}
