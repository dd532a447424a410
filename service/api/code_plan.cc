#include "service/api/code_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/policy.h"
#include "service/api/refusal.h"
#include "service/codes/binding.h"
#include "service/codes/compare.h"
#include "service/queue/ids.h"

namespace posthaste::api {
namespace {

// The backlog may be gone a moment after its workers are back.
constexpr absl::Duration kLatest = absl::Minutes(1);
constexpr absl::Duration kSoonest =
    absl::Seconds(1);  // To ask again; waits are looked at as often.

std::string Str(std::string_view text) { return std::string(text); }

absl::Status Refused(const codes::Violation& wrong) {
  return Invalid(Str(wrong.field), Str(wrong.reason), wrong.description);
}

bool UsedUp(const PlanInput& input, const codes::Policy& policy) {
  return input.known->wrong_guesses >= policy.wrong_guesses_per_day;
}

// The policy with what the request wishes for.
absl::StatusOr<codes::Policy> PolicyWith(const CodeOrder& code, const Shared& shared) {
  codes::Policy policy = shared.policy;
  codes::Wishes wishes;
  wishes.ttl = code.ttl;
  if (code.code_length != 0) wishes.code_length = code.code_length;
  wishes.resend_policy = ToResendPolicy(code.resend_policy);
  // What is left of a short life is worth mailing for longer than the policy's own would say.
  if (code.ttl) policy.min_useful_time = std::min(policy.min_useful_time, *code.ttl / 2);
  if (const std::optional<codes::Violation> wrong = codes::Apply(wishes, policy))
    return Refused(*wrong);
  if (!code.custom_code.empty()) {
    const std::optional<codes::Violation> wrong = codes::CheckCustomCode(policy, code.custom_code);
    if (wrong) return Refused(*wrong);
  }
  return policy;
}

absl::StatusOr<codes::Policy> PolicyFor(const PlanInput& input, const Shared& shared) {
  const CodeOrder& code = *input.order->code;
  absl::StatusOr<codes::Policy> policy = PolicyWith(code, shared);
  if (!policy.ok() || !UsedUp(input, *policy)) return policy;
  // A shorter one would be held against the budget that is used up: nobody could ever use it.
  if (!code.custom_code.empty() &&
      code.custom_code.size() < static_cast<size_t>(codes::kStepUpLength)) {
    return Invalid("custom_code", "CODE_POLICY_VIOLATION",
                   absl::StrCat("must be ", codes::kStepUpLength, " to 10 digits for now"));
  }
  policy->code_length = std::max(policy->code_length, codes::kStepUpLength);
  policy->guesses = codes::kStepUpGuesses;
  return policy;
}

// A resend by id is of that verification or of none.
absl::Status CheckResend(const PlanInput& input) {
  const CodeOrder& code = *input.order->code;
  if (code.verification_id.empty()) return absl::OkStatus();
  const std::optional<queue::VerificationRecord>& found = input.known->verification;
  const bool ours = found && found->id == code.verification_id &&
                    found->tenant == input.order->tenant->config->id() &&
                    found->mailbox_hash == input.person->mailbox_hash;
  if (!ours)
    return Missing("VERIFICATION_NOT_FOUND", "posthaste.v1.Verification", code.verification_id);
  const bool pending = found->state == v1::Verification::PENDING &&
                       absl::FromUnixMillis(found->expire_ms) > input.now;
  if (!pending)
    return Failed("VERIFICATION_NOT_PENDING", code.verification_id, "this verification has ended");
  return absl::OkStatus();
}

// Makes the plan, step by step.
class Planner {
 public:
  Planner(const PlanInput& input, const Shared& shared, codes::Policy policy)
      : input_(input),
        order_(*input.order),
        code_(*input.order->code),
        shared_(shared),
        policy_(std::move(policy)) {
    const bool resend = !code_.verification_id.empty();
    if (input.known->verification) existing_ = &*input.known->verification;
    binding_hash_ = resend ? existing_->binding_hash : codes::BindingHash(code_.binding);
    purpose_ = resend ? existing_->purpose : code_.purpose;
    decoy_ = resend ? existing_->decoy : code_.decoy || Refused();
  }

  absl::StatusOr<CodePlan> Make() {
    const absl::StatusOr<codes::SendDecision> decided = Decide();
    if (!decided.ok()) return decided.status();
    if (absl::Status late = CheckWait(decided->expire_time); !late.ok()) return late;
    const bool fresh = decided->action == codes::SendAction::kCreate ||
                       decided->action == codes::SendAction::kSupersedeAndCreate;
    CodePlan plan;
    plan.created = fresh;
    plan.stepped_up = fresh && UsedUp(input_, policy_);
    queue::VerificationRecord& next = plan.change.next;
    if (!fresh) next = *existing_;
    if (fresh) Begin(next);
    Advance(*decided, next);
    Link(fresh, *decided, plan.change);
    SetTerms(next, plan.terms);
    plan.deadline = decided->expire_time;
    plan.times = {purpose_, decided->expire_time - absl::Milliseconds(next.ttl_ms),
                  decided->expire_time};
    if (plan.times.create < absl::FromUnixMillis(next.create_ms))
      plan.times.create = absl::FromUnixMillis(next.create_ms);
    return plan;
  }

 private:
  absl::StatusOr<codes::SendDecision> Decide() {
    codes::SendRequest request;
    request.binding_hash = binding_hash_;
    // A decoy and a real one never pass into each other: what was asked for before has no future.
    request.force_new = code_.force_new || (existing_ != nullptr && existing_->decoy != decoy_);
    request.source = Source();
    std::optional<codes::VerificationState> state;
    if (existing_ != nullptr) state = ToState(*existing_);
    codes::SendDecision decision =
        codes::DecideSend(state ? &*state : nullptr, request, policy_, input_.now);
    if (decision.action == codes::SendAction::kRefuseCooldown) {
      return Exhausted("RESEND_COOLDOWN", "cooldown", "the code was sent a moment ago",
                       decision.retry_time - input_.now);
    }
    if (decision.action == codes::SendAction::kRefuseMaxSends) {
      return Failed("MAX_SENDS_REACHED", existing_->id,
                    "this verification was mailed as often as it may be",
                    decision.retry_time - input_.now);
    }
    return decision;
  }

  codes::CodeSource Source() const {
    if (code_.custom_code.empty()) return codes::CodeSource::kDerived;
    if (existing_ == nullptr || existing_->generations.empty())
      return codes::CodeSource::kCustomOther;
    const queue::GenerationRecord& current = existing_->generations.back();
    const Secret* key = shared_.code_keys->Find(static_cast<uint32_t>(current.epoch));
    const bool same = key != nullptr && !current.custom_digest.empty() &&
                      codes::CustomCodeDigest(*key, Subject(existing_->id),
                                              static_cast<uint32_t>(existing_->generations.size()),
                                              code_.custom_code) == current.custom_digest;
    return same ? codes::CodeSource::kCustomSame : codes::CodeSource::kCustomOther;
  }

  codes::CodeSubject Subject(std::string_view verification) const {
    return {order_.tenant->config->id(), purpose_, input_.person->mailbox_hash, verification,
            binding_hash_};
  }

  void Begin(queue::VerificationRecord& next) const {
    next.id = queue::VerificationIdOf(input_.message_id);
    next.tenant = order_.tenant->config->id();
    next.purpose = purpose_;
    next.masked_recipient = Masked(order_.recipient);
    next.mailbox_hash = input_.person->mailbox_hash;
    next.create_ms = absl::ToUnixMillis(input_.now);
    next.sends_max = policy_.sends;
    next.guesses_max = next.guesses_left = policy_.guesses;
    next.code_length = code_.custom_code.empty() ? policy_.code_length
                                                 : static_cast<int>(code_.custom_code.size());
    next.ttl_ms = absl::ToInt64Milliseconds(policy_.ttl);
    next.resend_policy = FromResendPolicy(policy_.resend_policy);
    next.binding_hash = binding_hash_;
    next.decoy = decoy_;
  }

  void Advance(const codes::SendDecision& decision, queue::VerificationRecord& next) const {
    next.state = v1::Verification::PENDING;
    next.revision += 1;
    next.message_id = input_.message_id;
    next.sends = decision.sends;
    next.next_send_ms = absl::ToUnixMillis(decision.next_send_time);
    next.expire_ms = absl::ToUnixMillis(decision.expire_time);
    next.oldest_generation = static_cast<int32_t>(decision.oldest_live);
    if (next.generations.size() >= decision.generation) return;
    queue::GenerationRecord generation;
    generation.epoch = static_cast<int32_t>(shared_.code_keys->current());
    generation.expire_ms = next.expire_ms;
    if (!code_.custom_code.empty()) {
      generation.custom_digest =
          codes::CustomCodeDigest(*shared_.code_keys->Find(shared_.code_keys->current()),
                                  Subject(next.id), decision.generation, code_.custom_code);
    }
    next.generations.push_back(std::move(generation));
  }

  absl::Status CheckWait(absl::Time deadline) const {
    const absl::Duration left = deadline - input_.now;
    const absl::Duration useful = std::min(policy_.min_useful_time, left / 2);
    const absl::Duration late = input_.wait + useful - left;
    if (late <= absl::ZeroDuration()) return absl::OkStatus();
    return Exhausted("DEADLINE_UNREACHABLE", "code_wait",
                     "codes wait so long that this one would come too late",
                     std::clamp(late, kSoonest, kLatest));
  }

  // What must still be as it was read, and what gives way.
  void Link(bool fresh, const codes::SendDecision& decision,
            queue::VerificationChange& change) const {
    change.group =
        GroupOf(*input_.person, order_.tenant->config->id(), purpose_, shared_.hash_key.Reveal());
    change.expected_current = input_.known->current;
    change.expected_revision = fresh ? 0 : existing_->revision;
    const bool ended = decision.action == codes::SendAction::kCreate;
    if (existing_ == nullptr || ended) return;
    change.withdraw_message_id = existing_->message_id;
    if (decision.action != codes::SendAction::kSupersedeAndCreate) return;
    change.superseded_id = existing_->id;
    change.superseded_revision = existing_->revision;
  }

  // A relay refused this recipient for good: mail to nobody costs reputation.
  bool Refused() const { return input_.known->suppressed && !input_.known->suppressed_softly; }

  void SetTerms(const queue::VerificationRecord& next, store::v1::CodeTerms& terms) const {
    terms.set_generation(static_cast<int32_t>(next.generations.size()));
    terms.set_binding_hash(next.binding_hash);
    terms.set_epoch(next.generations.back().epoch);
    terms.set_length(next.code_length);
    terms.set_custom_code(code_.custom_code);
  }

  const PlanInput& input_;
  const SendOrder& order_;
  const CodeOrder& code_;
  const Shared& shared_;
  const codes::Policy policy_;
  const queue::VerificationRecord* existing_ = nullptr;
  std::string binding_hash_, purpose_;
  bool decoy_ = false;
};

}  // namespace

absl::Status CheckWishes(const CodeOrder& code, const Shared& shared) {
  return PolicyWith(code, shared).status();
}

absl::StatusOr<CodePlan> PlanCode(const PlanInput& input, const Shared& shared) {
  if (absl::Status status = CheckResend(input); !status.ok()) return status;
  absl::StatusOr<codes::Policy> policy = PolicyFor(input, shared);
  if (!policy.ok()) return policy.status();
  return Planner(input, shared, *std::move(policy)).Make();
}

}  // namespace posthaste::api
