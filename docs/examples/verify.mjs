// Sends a code and checks what you type. In a folder of your own:
//   npm install PATH/TO/posthaste/clients/node && POSTHASTE_KEY_FILE=… node verify.mjs me@example.test
import { createInterface } from "node:readline/promises";
import { Posthaste, PosthasteError } from "posthaste-client";

const posthaste = new Posthaste();
const terminal = createInterface({ input: process.stdin, output: process.stdout });
try {
  const sent = await posthaste.verifications.sendVerificationCode({
    recipient: process.argv[2] ?? "me@example.test",
    purpose: "email_verification",
  });
  console.log(`sent to ${sent.maskedRecipient}, valid until ${sent.expireTime?.toLocaleTimeString()}`);
  const code = await terminal.question("code from the mail: ");
  const { result } = await posthaste.verifications.checkVerificationCode({ verificationId: sent.id, code });
  console.log(result);
} catch (error) {
  if (!(error instanceof PosthasteError)) throw error;
  const wait = error.retryAfterMs === undefined ? "" : `; again in ${Math.ceil(error.retryAfterMs / 1000)} s`;
  console.error(`${error.reason || error.code}: ${error.message}${wait}`);
  process.exitCode = 1;
} finally {
  terminal.close();
  posthaste.close();
}
