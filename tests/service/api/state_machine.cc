#include "tests/service/api/state_machine.h"

#include <algorithm>

namespace posthaste::api {
namespace {

constexpr int kPending = 1, kVerified = 2, kExpired = 3, kExhausted = 4, kSuperseded = 5,
              kCancelled = 6, kUndeliverable = 7;

void End(ModelVerification& verification, int state) {
  verification.state = state;
  ++verification.revision;
}

std::string ResultOf(int state) {
  switch (state) {
    case kVerified:
      return "ALREADY_USED";
    case kExhausted:
      return "GUESSES_EXHAUSTED";
    case kSuperseded:
      return "STALE_CODE";
    case kCancelled:
    case kUndeliverable:
      return "CANCELLED";
    default:
      return "EXPIRED";
  }
}

ModelVerification Fresh(const Model& model, const ModelSeen& seen, bool new_codes) {
  ModelVerification fresh;
  fresh.new_codes = new_codes;
  fresh.stepped_up = seen.failures >= kModelBudget;
  fresh.guesses = fresh.stepped_up ? 1 : kModelGuesses;
  fresh.epochs = {model.epoch};
  return fresh;
}

// Whether what was read of the current one still holds.
bool Holds(const Model& model, const ModelSeen& seen) {
  return model.current == seen.current &&
         model.verifications[static_cast<size_t>(seen.current)].revision ==
             seen.verification.revision;
}

std::string Begin(Model& model, const ModelSeen& seen, bool new_codes) {
  if (model.current != seen.current) return "moved";
  model.verifications.push_back(Fresh(model, seen, new_codes));
  model.current = static_cast<int>(model.verifications.size()) - 1;
  return "admitted";
}

std::string Resend(Model& model, const ModelSeen& seen) {
  if (seen.verification.sends >= kModelSends) return "refused";
  if (!Holds(model, seen)) return "moved";
  ModelVerification& verification = model.verifications[static_cast<size_t>(model.current)];
  ++verification.sends;
  ++verification.revision;
  if (!verification.new_codes) return "admitted";
  verification.epochs.push_back(model.epoch);
  verification.oldest = static_cast<int>(verification.epochs.size());
  return "admitted";
}

std::string Supersede(Model& model, const ModelSeen& seen) {
  if (!Holds(model, seen)) return "moved";
  const int old = model.current;
  const std::string answer = Begin(model, seen, false);
  End(model.verifications[static_cast<size_t>(old)], kSuperseded);
  return answer;
}

std::string Send(Model& model, const ModelSeen& seen, Act act) {
  if (seen.current < 0 || !seen.verification.Pending())
    return Begin(model, seen, act == Act::kSendNew);
  return act == Act::kForce ? Supersede(model, seen) : Resend(model, seen);
}

// A guess at a verification that is pending and as it was read.
std::string Guess(Model& model, ModelVerification& verification, bool right, bool stale) {
  const bool guarded = !verification.stepped_up && model.failures >= kModelBudget;
  if (verification.guesses <= 0 || guarded) {
    End(verification, kExhausted);
    return "GUESSES_EXHAUSTED";
  }
  if (stale && !verification.refunded) {
    verification.refunded = true;
    return "STALE_CODE";
  }
  --verification.guesses;
  ++verification.compared;
  if (right) {
    ++verification.matched;
    model.failures = 0;
    End(verification, kVerified);
    return "MATCHED";
  }
  ++model.failures;
  const bool used_up = !verification.stepped_up && model.failures >= kModelBudget;
  if (verification.guesses <= 0 || used_up) End(verification, kExhausted);
  return stale ? "STALE_CODE" : "MISMATCHED";
}

std::string Check(Model& model, const ModelSeen& seen, Act act) {
  ModelVerification& verification = model.verifications[static_cast<size_t>(seen.current)];
  const bool first_lives = seen.verification.oldest == 1;
  const bool right = act == Act::kCheckRight || (act == Act::kCheckOld && first_lives);
  const bool stale = act == Act::kCheckOld && !first_lives;
  if (!verification.Pending()) {
    if (verification.state == kPending) End(verification, kExpired);
    return ResultOf(verification.state);
  }
  if (verification.revision != seen.verification.revision) return "retry";
  return Guess(model, verification, right, stale);
}

std::string Cancel(Model& model, const ModelSeen& seen) {
  ModelVerification& verification = model.verifications[static_cast<size_t>(seen.current)];
  if (verification.state != kPending) return "done";
  if (verification.revision != seen.verification.revision) return "retry";
  End(verification, verification.expired ? kExpired : kCancelled);
  return "done";
}

std::optional<Step> ByTheWorld(const Model& before, Act act) {
  Step step{"", before};
  Model& model = step.after;
  if (act == Act::kRotate) {
    if (model.epoch == 2) return std::nullopt;
    model.epoch = 2;
    return step;
  }
  if (act == Act::kRestart) {
    if (!model.seen[0] && !model.seen[1]) return std::nullopt;
    model.seen = {};
    return step;
  }
  if (model.current < 0) return std::nullopt;
  ModelVerification& verification = model.verifications[static_cast<size_t>(model.current)];
  if (!verification.Pending()) return std::nullopt;
  if (act == Act::kExpire) {
    verification.expired = true;
    // Whoever read it before knows its time, and acts after it.
    for (std::optional<ModelSeen>& seen : model.seen) {
      const bool same = seen && seen->current == model.current;
      if (same && seen->verification.state == kPending) seen->verification.expired = true;
    }
  } else {
    End(verification, kUndeliverable);
  }
  return step;
}

std::string KeyOf(const ModelVerification& one) {
  std::string key;
  for (const int number :
       {one.state, int{one.expired}, int{one.new_codes}, int{one.stepped_up}, int{one.refunded},
        one.guesses, one.sends, one.oldest, one.compared, one.matched}) {
    key.append(std::to_string(number)).push_back(',');
  }
  for (const int epoch : one.epochs) key.append(std::to_string(epoch));
  return key;
}

}  // namespace

const char* ActName(Act act) {
  constexpr const char* kNames[] = {"read",        "send",      "send new",    "force",
                                    "check right", "check old", "check wrong", "cancel",
                                    "expire",      "bounce",    "restart",     "rotate"};
  return kNames[static_cast<size_t>(act)];
}

std::string Model::Key() const {
  std::string key = std::to_string(failures) + "/" + std::to_string(epoch) + "/";
  for (const ModelVerification& one : verifications) key += KeyOf(one) + ";";
  std::array<std::string, kModelClients> clients;
  for (size_t i = 0; i < clients.size(); ++i) {
    if (!seen[i]) continue;
    const ModelSeen& what = *seen[i];
    clients[i] = std::to_string(what.current) + ":" + std::to_string(what.failures);
    if (what.current < 0) continue;
    const ModelVerification& now = verifications[static_cast<size_t>(what.current)];
    clients[i] += ":" + KeyOf(what.verification) + ":" +
                  std::to_string(now.revision - what.verification.revision);
  }
  // Who of the two it is makes no difference.
  std::sort(clients.begin(), clients.end());
  return key + "|" + clients[0] + "|" + clients[1];
}

std::optional<Step> Apply(const Model& before, Act act, int client) {
  if (act >= Act::kExpire) return ByTheWorld(before, act);
  Step step{"", before};
  std::optional<ModelSeen>& seen = step.after.seen[static_cast<size_t>(client)];
  if (act == Act::kRead) {
    if (seen) return std::nullopt;
    seen = ModelSeen{before.current, {}, before.failures};
    if (before.current >= 0)
      seen->verification = before.verifications[static_cast<size_t>(before.current)];
    return step;
  }
  if (!seen) return std::nullopt;
  const ModelSeen what = *seen;
  seen.reset();
  const bool sends = act == Act::kSend || act == Act::kSendNew || act == Act::kForce;
  const bool lives = what.current >= 0 && what.verification.Pending();
  // What would be the same as a plain send.
  if (act == Act::kSendNew && lives) return std::nullopt;
  if (act == Act::kForce && !lives) return std::nullopt;
  if (!sends && what.current < 0) return std::nullopt;
  if (act == Act::kCheckOld && what.verification.epochs.size() < 2) return std::nullopt;
  if (sends) {
    step.answer = Send(step.after, what, act);
  } else if (act == Act::kCancel) {
    step.answer = Cancel(step.after, what);
  } else {
    step.answer = Check(step.after, what, act);
  }
  return step;
}

std::string Forbidden(const Model& model) {
  for (const ModelVerification& one : model.verifications) {
    const int most = one.stepped_up ? 1 : kModelGuesses;
    if (one.compared > most) return "more guesses were compared than there were";
    if (one.compared + one.guesses > most) return "a guess budget was restored";
    if (one.matched > 1) return "two checks won";
    if ((one.matched == 1) != (one.state == kVerified)) return "a dead code matched";
  }
  return "";
}

}  // namespace posthaste::api
