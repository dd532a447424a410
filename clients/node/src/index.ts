// The client. One Posthaste for a process: it keeps one connection and is safe to share.
import { readFileSync } from "node:fs";
import { Client, credentials, Metadata, type ChannelCredentials } from "@grpc/grpc-js";
import { callsOf, type Calls } from "./calls.js";
import * as v1 from "./generated/index.posthaste.v1.js";
import { SERVICE_CONFIG } from "./service_config.js";

export * from "./generated/index.posthaste.v1.js";
export type { CallOptions } from "./calls.js";
export { PosthasteError, type FieldError } from "./errors.js";

export interface Options {
  /** "host:port" or "unix:/path". Default: POSTHASTE_ADDRESS, else "127.0.0.1:8525". */
  address?: string;
  /** "<id>.<secret>". */
  key?: string;
  /** A file that holds the key. Default: POSTHASTE_KEY_FILE. */
  keyFile?: string;
  /** PEM. `ca` alone: TLS with these authorities; true: TLS with the system's. Default: none, for loopback and Unix sockets. */
  tls?: true | { ca?: Buffer; key?: Buffer; certificate?: Buffer };
}

export class Posthaste {
  readonly verifications: Calls<typeof v1.VerificationServiceDefinition>;
  readonly notifications: Calls<typeof v1.NotificationServiceDefinition>;
  readonly messages: Calls<typeof v1.MessageServiceDefinition>;
  readonly events: Calls<typeof v1.EventServiceDefinition>;
  readonly suppressions: Calls<typeof v1.SuppressionServiceDefinition>;
  readonly operations: Calls<typeof v1.OperationsServiceDefinition>;
  readonly #client: Client;

  constructor(options: Options = {}) {
    const address = options.address ?? process.env.POSTHASTE_ADDRESS ?? "127.0.0.1:8525";
    this.#client = new Client(address, channelCredentials(options.tls), {
      "grpc.service_config": JSON.stringify(SERVICE_CONFIG),
      "grpc.service_config_disable_resolution": 1,
    });
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${keyOf(options)}`);
    this.verifications = callsOf(this.#client, metadata, v1.VerificationServiceDefinition);
    this.notifications = callsOf(this.#client, metadata, v1.NotificationServiceDefinition);
    this.messages = callsOf(this.#client, metadata, v1.MessageServiceDefinition);
    this.events = callsOf(this.#client, metadata, v1.EventServiceDefinition);
    this.suppressions = callsOf(this.#client, metadata, v1.SuppressionServiceDefinition);
    this.operations = callsOf(this.#client, metadata, v1.OperationsServiceDefinition);
  }

  /** Calls under way end; the process may exit. */
  close(): void {
    this.#client.close();
  }
}

function keyOf({ key, keyFile = process.env.POSTHASTE_KEY_FILE }: Options): string {
  if (key !== undefined) return key;
  if (!keyFile) throw new TypeError("posthaste: neither key, keyFile nor POSTHASTE_KEY_FILE");
  return readFileSync(keyFile, "utf8").trim();
}

function channelCredentials(tls: Options["tls"]): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  if (tls === true) return credentials.createSsl();
  return credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.certificate ?? null);
}
