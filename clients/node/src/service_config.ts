// gRPC's service config (grpc/service_config/service_config.proto): which failures are tried again. Safe, because every send and
// every check carries a request id. Where the service says how long to wait (grpc-retry-pushback-ms), that is obeyed instead.
export const SERVICE_CONFIG = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 5,
        initialBackoff: "0.2s",
        maxBackoff: "2s",
        backoffMultiplier: 2,
        // CANCELLED is what gRPC says of a call that comes in the instant in which a process closes; one that the caller cancels is over.
        retryableStatusCodes: ["UNAVAILABLE", "CANCELLED"],
      },
    },
  ],
};
