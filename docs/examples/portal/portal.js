// Three forms, one after the other; what the service answers becomes a sentence.
const forms = Object.fromEntries([...document.forms].map((form) => [form.id, form]));
const said = document.getElementById("said");
const again = document.getElementById("again");

function show(name, sentence) {
  for (const form of document.forms) form.hidden = form.id !== name;
  said.textContent = sentence;
  forms[name]?.querySelector("input").focus();
}

async function post(step, form) {
  const response = await fetch(step, { method: "POST", body: JSON.stringify(Object.fromEntries(new FormData(form))) });
  const answer = await response.json();
  if (!response.ok) throw answer;
  return answer;
}

let countdown;
function allowAgainAt(time) {
  clearInterval(countdown);
  const tick = () => {
    const seconds = Math.ceil((new Date(time) - Date.now()) / 1000);
    again.disabled = seconds > 0;
    again.textContent = seconds > 0 ? `Send it again in ${seconds} s` : "Send it again";
    if (seconds <= 0) clearInterval(countdown);
  };
  countdown = setInterval(tick, 1000);
  tick();
}

const REFUSALS = {
  RECIPIENT_INVALID: "That is no email address.",
  RESEND_COOLDOWN: "The code is on its way. Look into your spam folder, too.",
  MAX_SENDS_REACHED: "We sent the code as often as we may. Please wait ten minutes and start again.",
};
const VERDICTS = {
  STALE_CODE: "That code is from an older mail. Open the newest.",
  EXPIRED: "That code has expired. Send it again.",
  GUESSES_EXHAUSTED: "Too many wrong codes. Please start again.",
};

function refused({ reason, retryAfterMs }) {
  said.textContent = REFUSALS[reason] ?? "That did not work. Please try again in a moment.";
  if (retryAfterMs) allowAgainAt(Date.now() + retryAfterMs);
}

async function ask() {
  try {
    const { nextSendTime } = await post("ask", forms.ask);
    show("check", `If ${forms.ask.address.value} has an account, a code is on its way to it.`);
    allowAgainAt(nextSendTime);
  } catch (error) {
    refused(error);
  }
}

async function check() {
  const { result, guessesRemaining } = await post("check", forms.check);
  if (result === "MATCHED") return show("change", "Thank you. Choose a new password.");
  forms.check.reset();
  show("check", VERDICTS[result] ?? `That is not the code. ${guessesRemaining} tries left.`);
}

async function change() {
  const { changed } = await post("change", forms.change);
  if (changed) show(null, "Your password is changed. We mailed you a confirmation.");
  else said.textContent = "Please choose a longer password.";
}

again.addEventListener("click", ask);
for (const [name, act] of Object.entries({ ask, check, change })) {
  forms[name].addEventListener("submit", (event) => {
    event.preventDefault();
    act().catch(refused);
  });
}
