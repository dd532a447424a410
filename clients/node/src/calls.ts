// One typed method for each RPC of a service's definition: a promise for a unary one, an async iterable for a stream.
import { randomUUID } from "node:crypto";
import type { CallOptions as GrpcOptions, Client, Metadata, ServiceError } from "@grpc/grpc-js";
import { PosthasteError } from "./errors.js";

export interface CallOptions {
  /** How long to wait for the answer, retries included. Default 10 s; streams have none. */
  timeoutMs?: number;
  /** Gives the call up. */
  signal?: AbortSignal;
}

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  fromPartial(object: never): T;
}
interface Method {
  readonly name: string;
  readonly requestType: Codec<any>;
  readonly responseType: Codec<any>;
  readonly responseStream: boolean;
}
interface Definition {
  readonly fullName: string;
  readonly methods: { readonly [name: string]: Method };
}

type Request<M extends Method> = Parameters<M["requestType"]["fromPartial"]>[0];
type Response<M extends Method> = ReturnType<M["responseType"]["decode"]>;
export type Calls<D extends Definition> = {
  [Name in keyof D["methods"]]: D["methods"][Name]["responseStream"] extends true
    ? (request: Request<D["methods"][Name]>, options?: CallOptions) => AsyncIterable<Response<D["methods"][Name]>>
    : (request: Request<D["methods"][Name]>, options?: CallOptions) => Promise<Response<D["methods"][Name]>>;
};

const DEFAULT_TIMEOUT_MS = 10_000;

/** `metadata` goes with every call. */
export function callsOf<D extends Definition>(client: Client, metadata: Metadata, definition: D): Calls<D> {
  const calls: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(definition.methods)) {
    const path = `/${definition.fullName}/${method.name}`;
    const encode = (message: unknown) => Buffer.from(method.requestType.encode(message).finish());
    const decode = (bytes: Buffer) => method.responseType.decode(bytes);
    calls[name] = method.responseStream
      ? (request: object, options: CallOptions = {}) =>
          follow(() => client.makeServerStreamRequest(path, encode, decode, whole(method, request), metadata,
            grpcOptions(options)), options.signal)
      : (request: object, options: CallOptions = {}) =>
          new Promise((resolve, reject) => {
            const call = client.makeUnaryRequest(path, encode, decode, whole(method, request), metadata,
              grpcOptions({ timeoutMs: DEFAULT_TIMEOUT_MS, ...options }),
              (error, response) => (error ? reject(new PosthasteError(error)) : resolve(response)));
            const cancel = () => call.cancel();
            if (options.signal?.aborted) cancel();
            options.signal?.addEventListener("abort", cancel, { once: true });
            call.on("status", () => options.signal?.removeEventListener("abort", cancel));
          });
  }
  return calls as Calls<D>;
}

// A request of ours can always be repeated: one without an id gets one, the same for every retry of this call.
function whole(method: Method, request: object): unknown {
  const message = method.requestType.fromPartial(request as never);
  if (typeof message.requestId === "string" && message.requestId === "") message.requestId = randomUUID();
  return message;
}

function grpcOptions({ timeoutMs }: CallOptions): GrpcOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

async function* follow<T>(start: () => AsyncIterable<T> & { cancel(): void }, signal?: AbortSignal): AsyncIterable<T> {
  const stream = start();
  const cancel = () => stream.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    yield* stream;
  } catch (error) {
    if (signal?.aborted) return;
    throw new PosthasteError(error as ServiceError);
  } finally {
    signal?.removeEventListener("abort", cancel);
    stream.cancel();
  }
}
