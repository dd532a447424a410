// Run by node_client_test.py beside a sandbox.
import assert from "node:assert/strict";
import { createServer, connect } from "node:net";
import { after, test } from "node:test";
import { Posthaste, PosthasteError } from "posthaste-client";

const posthaste = new Posthaste();
after(() => posthaste.close());
const purpose = "password_reset";

async function refusal(call) {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof PosthasteError, String(error));
    return error;
  }
  assert.fail("was not refused");
}

test("a send answers with times as dates and states as words", async () => {
  const sent = await posthaste.verifications.sendVerificationCode({ recipient: "node@example.test", purpose });
  assert.match(sent.id, /^v/);
  assert.equal(sent.state, "PENDING");
  assert.ok(sent.expireTime > sent.createTime);
  const { result, verification } = await posthaste.verifications.checkVerificationCode({ verificationId: sent.id, code: "000000000" });
  assert.equal(result, "MISMATCHED");
  assert.equal(verification.guessesRemaining, sent.guessesRemaining - 1);
});

test("a stream is an async iterable that ends with the message", async () => {
  const notice = await posthaste.notifications.sendPasswordChanged({ recipient: "stream@example.test", accountLabel: "ana" });
  const states = [];
  for await (const { message } of posthaste.messages.watchMessage({ id: notice.id })) states.push(message.state);
  assert.equal(states.at(-1), "ACCEPTED");
});

test("a loop that is left ends its stream", async () => {
  const notice = await posthaste.notifications.sendPasswordChanged({ recipient: "left@example.test", accountLabel: "ana" });
  for await (const { message } of posthaste.messages.watchMessage({ id: notice.id, includeLate: true })) {
    if (message.state === "ACCEPTED") break;
  }
});

test("events are told, and told again from a token", async () => {
  let token = "", sent;
  const seen = [];
  for await (const { event, resumeToken } of posthaste.events.streamEvents({})) {
    token ||= resumeToken;
    if (sent === undefined) sent = await posthaste.notifications.sendPasswordChanged({ recipient: "events@example.test", accountLabel: "ana" });
    if (event?.message?.id === sent.id) seen.push(event.id);
    if (event?.message?.id === sent.id && event.message.state === "ACCEPTED") break;
  }
  const again = [];
  for await (const { event } of posthaste.events.streamEvents({ resumeToken: token })) {
    if (event?.message?.id === sent.id) again.push(event.id);
    if (again.length === seen.length) break;
  }
  assert.deepEqual(again, seen);
});

test("a wrong field is named", async () => {
  const error = await refusal(posthaste.verifications.sendVerificationCode({ recipient: "nobody", purpose }));
  assert.equal(error.code, "INVALID_ARGUMENT");
  assert.equal(error.reason, "RECIPIENT_INVALID");
  assert.deepEqual(error.fields.map(({ field }) => field), ["recipient"]);
  assert.equal(error.retryAfterMs, undefined);
});

test("a limit tells how long to wait", async () => {
  await posthaste.verifications.sendVerificationCode({ recipient: "twice@example.test", purpose });
  const error = await refusal(posthaste.verifications.sendVerificationCode({ recipient: "twice@example.test", purpose }));
  assert.equal(error.reason, "RESEND_COOLDOWN");
  assert.ok(error.retryAfterMs > 20_000 && error.retryAfterMs <= 30_000, String(error.retryAfterMs));
});

test("an id of the caller's own is kept", async () => {
  const request = { recipient: "own@example.test", purpose, requestId: "order-7" };
  const first = await posthaste.verifications.sendVerificationCode(request);
  assert.equal((await posthaste.verifications.sendVerificationCode(request)).id, first.id);
  assert.equal((await refusal(posthaste.verifications.sendVerificationCode({ ...request, purpose: "sign_in", locale: "de" }))).reason,
    "REQUEST_ID_REUSED");
});

test("a wrong key is refused once, and not retried", async () => {
  const stranger = new Posthaste({ key: "api.wrong" });
  const error = await refusal(stranger.messages.getMessage({ id: "m1" }));
  assert.equal(error.code, "UNAUTHENTICATED");
  stranger.close();
});

test("a call that was given up ends as such", async () => {
  const error = await refusal(posthaste.messages.getMessage({ id: "m1" }, { signal: AbortSignal.abort() }));
  assert.equal(error.code, "CANCELLED");
});

// The connection is cut when the service has the request and before the caller has the answer: the retry is the same request.
test("a call whose answer is lost is retried and sends once", async () => {
  const [host, port] = process.env.POSTHASTE_ADDRESS.split(":");
  let connections = 0;
  const proxy = createServer((caller) => {
    const service = connect(Number(port), host);
    const lossy = ++connections === 1;
    caller.on("error", () => {}).on("close", () => service.destroy()).pipe(service);
    service.on("error", () => {}).on("close", () => caller.destroy());
    let heard = 0;
    service.on("data", (bytes) => {
      heard += bytes.length;
      if (lossy && heard > 120) return caller.destroy();
      caller.write(bytes);
    });
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const shaky = new Posthaste({ address: `127.0.0.1:${proxy.address().port}` });
  after(() => (shaky.close(), proxy.close()));
  const notice = await shaky.notifications.sendPasswordChanged({ recipient: "once@example.test", accountLabel: "ana" });
  assert.ok(connections >= 2, "the answer was not lost");
  const { messages } = await posthaste.messages.listMessages({ recipient: "once@example.test" });
  assert.deepEqual(messages.map(({ id }) => id), [notice.id]);
});
