// Asking the service, and hearing from it.
const { csrf, write, sandbox } = document.body.dataset;

export const mayAct = write === "yes";
export const inSandbox = sandbox === "yes";

// Calls the service; throws an Error in words for the operator.
export async function call(name, request = {}, reason = "") {
  let response;
  try {
    response = await fetch(`/console/api/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Csrf-Token": csrf },
      body: JSON.stringify({ request, reason }),
    });
  } catch {
    throw new Error("The service does not answer. Is it running?");
  }
  if (response.status === 401) location.assign("/console/login");
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `The service answered ${response.status}.`);
  return answer;
}

// Calls `hear` with what happens now, live; `lost` when the service is gone. Reconnects by itself.
export function listen(hear, lost = () => {}) {
  const source = new EventSource("/console/events");
  source.onmessage = (event) => hear(JSON.parse(event.data));
  source.onerror = lost;
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  return source;
}
