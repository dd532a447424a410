// A password reset in sixty lines: ask, type the code, choose a password. The page beside it is all that the browser needs.
//   npm install PATH/TO/posthaste/clients/node && POSTHASTE_KEY_FILE=… node server.mjs
// Whether an account exists shows nowhere: for an unknown address the service plays the same part and mails nothing (`decoy`).
import { randomBytes, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Posthaste, PosthasteError } from "posthaste-client";

const PURPOSE = "password_reset";
const posthaste = new Posthaste();
const accounts = new Map((process.env.ACCOUNTS ?? "me@example.test").split(",").map((address) => [address, { password: "" }]));
const sessions = new Map(); // Id to {address, verification, proved}; a real site has these already.
const page = new Map(["index.html", "portal.js", "portal.css"].map((name) => [name, readFileSync(new URL(name, import.meta.url))]));
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" };

const steps = {
  async ask({ address }, session, request) {
    const sent = await posthaste.verifications.sendVerificationCode({
      recipient: address, purpose: PURPOSE, decoy: !accounts.has(address), binding: { session: session.id },
      clientContext: { ipAddress: request.socket.remoteAddress, userAgent: request.headers["user-agent"] ?? "" },
    });
    Object.assign(session, { address, verification: sent.id, proved: false });
    return { nextSendTime: sent.nextSendTime, expireTime: sent.expireTime };
  },
  async check({ code }, session) {
    const { result, verification } = await posthaste.verifications.checkVerificationCode({
      verificationId: session.verification, purpose: PURPOSE, code, binding: { session: session.id },
    });
    session.proved = result === "MATCHED";
    return { result, guessesRemaining: verification?.guessesRemaining };
  },
  async change({ password }, session) {
    if (!session.proved || password.length < 12) return { changed: false };
    session.proved = false;
    const salt = randomBytes(16);
    accounts.get(session.address).password = `${salt.toString("hex")}:${scryptSync(password, salt, 32).toString("hex")}`;
    await posthaste.notifications.sendPasswordChanged({ recipient: session.address, accountLabel: session.address });
    return { changed: true };
  },
};

createServer(async (request, response) => {
  const name = request.url === "/" ? "index.html" : request.url.slice(1);
  if (request.method === "GET" && page.has(name)) {
    response.setHeader("content-type", TYPES[name.split(".")[1]]);
    return response.end(page.get(name));
  }
  if (request.method !== "POST" || !Object.hasOwn(steps, name)) return response.writeHead(404).end();
  const cookie = /(?:^|; )session=([0-9a-f]{32})/.exec(request.headers.cookie ?? "")?.[1];
  const session = sessions.get(cookie) ?? { id: randomBytes(16).toString("hex") };
  sessions.set(session.id, session);
  if (sessions.size > 10_000) sessions.delete(sessions.keys().next().value);
  response.setHeader("set-cookie", `session=${session.id}; HttpOnly; SameSite=Strict; Path=/`);
  response.setHeader("content-type", "application/json");
  try {
    let body = "";
    for await (const piece of request) if ((body += piece).length > 4096) return response.writeHead(413).end();
    response.end(JSON.stringify(await steps[name](JSON.parse(body), session, request)));
  } catch (error) {
    const known = error instanceof PosthasteError;
    response.writeHead(known ? 409 : 400).end(JSON.stringify({ reason: known ? error.reason : "BAD_REQUEST",
      retryAfterMs: known ? error.retryAfterMs : undefined }));
  }
}).listen(process.env.PORT ?? 8080, "127.0.0.1", function () { console.log(`http://127.0.0.1:${this.address().port}/`); });
