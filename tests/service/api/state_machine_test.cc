// Every interleaving of what two clients and the world can do to a verification, up to a depth, on
// the real scripts in a real Redis: each step must answer and leave what the model does. The states
// are visited breadth first; from each, what Redis holds is put back before the next step is tried.
// STATE_DEPTH goes deeper.
#include "tests/service/api/state_machine.h"

#include <cstdlib>
#include <limits>
#include <set>

#include "service/api/code_plan.h"
#include "service/api/policy.h"
#include "service/codes/binding.h"
#include "service/codes/compare.h"
#include "service/queue/verification_record.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using Result = v1::CheckVerificationCodeResponse;
using queue::VerificationRecord;

// A state with all that is needed to go on from it.
struct Visited {
  Model model;
  std::vector<std::string> ids;  // Of the model's verifications.
  std::array<queue::Known, kModelClients> seen;
  std::vector<std::pair<std::string, std::string>> keys;  // Redis', with their DUMP.
  std::string path;
};

class StateMachineTest : public StoreTest {
 protected:
  StateMachineTest()
      : StoreTest([](config::v1::Config& config) {
          config::v1::Codes& codes = *config.mutable_codes();
          codes.set_length(10);  // No two codes are the same by chance.
          codes.set_guesses(kModelGuesses);
          codes.set_sends(kModelSends);
          codes.set_wrong_guesses_per_day(kModelBudget);
          codes.mutable_ttl()->set_seconds(1800);
          codes.clear_cooldowns();
          codes.add_cooldowns();
        }) {
    order_.tenant = &world_.tenant();
    order_.recipient = *ParseMailbox("ana@example.com");
    order_.code.emplace();
    order_.code->purpose = "password_reset";
    person_ = PersonOf(order_.recipient, "acme", kHashKey, store_->keys().shards());
  }

  redis::Pending Start(std::initializer_list<std::string> words) {
    redis::Command command(*words.begin());
    for (const std::string* word = words.begin() + 1; word != words.end(); ++word)
      command.Add(*word);
    return store_->client().Start(std::move(command));
  }
  redis::Reply Ask(std::initializer_list<std::string> words) {
    return Run(Start(words).Wait()).value();
  }

  void Restore(const Visited& visited) {
    std::vector<redis::Pending> asked;
    asked.push_back(Start({"FLUSHDB"}));
    for (const auto& [name, bytes] : visited.keys)
      asked.push_back(Start({"RESTORE", name, "0", bytes}));
    for (redis::Pending& pending : asked) ASSERT_TRUE(Run(pending.Wait()).ok());
    UseEpoch(visited.model.epoch);
  }
  void Keep(Visited& visited) {
    const redis::Reply names = Ask({"KEYS", "*"});
    visited.keys.clear();
    for (const redis::Reply& name : **names.Array())
      visited.keys.emplace_back(name.raw_text(), Ask({"DUMP", name.raw_text()}).raw_text());
  }
  void UseEpoch(int epoch) {
    std::map<uint32_t, Secret> keys;
    keys.emplace(1, Secret(std::string(32, 'c')));
    keys.emplace(2, Secret(std::string(32, 'd')));
    world_.shared.code_keys = std::make_shared<const codes::KeyRing>(
        codes::KeyRing::Create(std::move(keys), static_cast<uint32_t>(epoch)).value());
  }

  queue::Known ReadNow() {
    queue::ReadRequest read;
    read.shard = person_.shard;
    read.tenant = "acme";
    read.mailbox_hash = person_.mailbox_hash;
    read.group = GroupOf(person_, "acme", "password_reset", kHashKey);
    read.failure_key = FailureKeyOf(person_, "acme", "password_reset", kHashKey);
    return Run(store_->admission().Read(read)).value();
  }

  // As send.cc does, less what it mails.
  std::string Send(const queue::Known& known, Act act, Visited& visited) {
    order_.code->force_new = act == Act::kForce;
    order_.code->resend_policy =
        act == Act::kSendNew ? v1::NEW_CODE_SUPERSEDE : v1::RESEND_POLICY_UNSPECIFIED;
    const absl::Time now = store_->clock().Now();
    queue::AdmitRequest request;
    request.id = queue::NewId('m', person_.shard, now, world_.random);
    const absl::StatusOr<CodePlan> plan =
        PlanCode({&order_, &person_, &known, request.id, now}, world_.shared);
    if (!plan.ok()) return "refused";
    request.tenant = "acme";
    request.mailbox_hash = person_.mailbox_hash;
    request.visible = now;
    request.record.head.create_ms = request.record.head.change_ms = absl::ToUnixMillis(now);
    request.record.head.deadline_ms = absl::ToUnixMillis(plan->deadline);
    store::v1::Facts& facts = request.record.facts;
    facts.set_tenant("acme");
    facts.set_mailbox_hash(person_.mailbox_hash);
    facts.set_purpose("password_reset");
    facts.set_verification_id(plan->change.next.id);
    request.record.sealed = "sealed";
    request.verification = plan->change;
    const auto answer = Run(store_->admission().Admit(request)).value();
    if (answer.kind == queue::AdmitAnswer::Kind::kMoved) return "moved";
    EXPECT_EQ(answer.kind, queue::AdmitAnswer::Kind::kAdmitted);
    if (plan->created) visited.ids.push_back(plan->change.next.id);
    return "admitted";
  }

  // What somebody types who has the mail of that generation.
  std::string CodeOf(const VerificationRecord& record, size_t generation) const {
    const codes::CodeSubject subject{record.tenant, record.purpose, record.mailbox_hash, record.id,
                                     record.binding_hash};
    const Secret* key = world_.shared.code_keys->Find(
        static_cast<uint32_t>(record.generations[generation - 1].epoch));
    return std::string(
        codes::DeriveCode(*key, subject, static_cast<uint32_t>(generation), record.code_length)
            .Reveal());
  }

  // As check.cc does.
  std::string Check(const queue::Known& known, Act act) {
    const VerificationRecord& record = *known.verification;
    std::string typed = "no code";
    if (act == Act::kCheckRight) typed = CodeOf(record, record.generations.size());
    if (act == Act::kCheckOld) typed = CodeOf(record, 1);
    const codes::CodeSubject subject{record.tenant, record.purpose, record.mailbox_hash, record.id,
                                     record.binding_hash};
    const codes::CodeVerdict verdict =
        codes::JudgeCode(*world_.shared.code_keys, subject, ToState(record), typed,
                         store_->clock().Now())
            .value();
    using Kind = codes::CodeVerdict::Kind;
    using Verdict = queue::CheckRequest::Verdict;
    queue::CheckRequest request;
    request.verification_id = record.id;
    request.tenant = "acme";
    request.revision = record.revision;
    request.verdict = verdict.kind == Kind::kMatched ? Verdict::kRight
                      : verdict.kind == Kind::kStale ? Verdict::kStale
                                                     : Verdict::kWrong;
    request.failure_key = FailureKeyOf(person_, "acme", "password_reset", kHashKey);
    request.failures_max = record.guesses_max <= codes::kStepUpGuesses
                               ? std::numeric_limits<int32_t>::max()
                               : kModelBudget;
    request.message_id = record.message_id;
    const queue::CheckAnswer answer = Run(store_->admission().Check(request)).value();
    if (answer.kind == queue::CheckAnswer::Kind::kRetry) return "retry";
    EXPECT_EQ(answer.kind, queue::CheckAnswer::Kind::kDone);
    return Result::Result_Name(static_cast<Result::Result>(answer.result));
  }

  std::string Cancel(const queue::Known& known) {
    queue::CancelVerificationCall call;
    call.verification_id = known.verification->id;
    call.tenant = "acme";
    call.message_id = known.verification->message_id;
    call.revision = known.verification->revision;
    const queue::CheckAnswer answer = Run(store_->admission().CancelVerification(call)).value();
    return answer.kind == queue::CheckAnswer::Kind::kRetry ? "retry" : "done";
  }

  // Time that passes for one verification only, so that what was kept stays good.
  void Expire(const std::string& id, Visited& visited) {
    const std::string mail = queue::FirstMailOf(id);
    queue::Record record = Stored(mail);
    VerificationRecord verification = queue::VerificationOf(record, mail).value();
    verification.expire_ms = absl::ToUnixMillis(store_->clock().Now()) - 1000;
    for (queue::GenerationRecord& generation : verification.generations)
      generation.expire_ms = verification.expire_ms;
    for (queue::Known& seen : visited.seen) {
      if (!seen.verification || seen.verification->id != id) continue;
      seen.verification->expire_ms = verification.expire_ms;
      for (queue::GenerationRecord& generation : seen.verification->generations)
        generation.expire_ms = verification.expire_ms;
    }
    record.verification = queue::EncodeVerification(verification);
    Ask({"SET", store_->keys().Message(person_.shard, mail), queue::Encode(record, mail)});
  }

  void Bounce(const std::string& id) {
    const std::string mail = ReadNow().verification->message_id;
    auto claimed =
        Run(store_->leases().Claim(person_.shard, queue::MailClass::kCode, 32, false)).value();
    std::vector<queue::Settlement> settlements;
    for (const queue::LeasedJob& job : claimed.jobs) {
      queue::Settlement& settlement = settlements.emplace_back();
      settlement.lease = job.lease;
      settlement.kind = queue::Settlement::Kind::kRelease;
      settlement.state = v1::Message::QUEUED;
      settlement.visible = store_->clock().Now();
      if (job.lease.id != mail) continue;
      settlement.kind = queue::Settlement::Kind::kEnd;
      settlement.state = v1::Message::BOUNCED;
      settlement.verification_id = id;
    }
    ASSERT_TRUE(Run(store_->leases().Settle(std::move(settlements))).ok());
  }

  std::string Act1(Act act, int client, Visited& visited) {
    queue::Known& seen = visited.seen[static_cast<size_t>(client)];
    const size_t current = static_cast<size_t>(std::max(visited.model.current, 0));
    switch (act) {
      case Act::kRead:
        seen = ReadNow();
        return "";
      case Act::kSend:
      case Act::kSendNew:
      case Act::kForce:
        return Send(seen, act, visited);
      case Act::kCheckRight:
      case Act::kCheckOld:
      case Act::kCheckWrong:
        return Check(seen, act);
      case Act::kCancel:
        return Cancel(seen);
      case Act::kExpire:
        Expire(visited.ids[current], visited);
        return "";
      case Act::kBounce:
        Bounce(visited.ids[current]);
        return "";
      case Act::kRestart:
        Ask({"SCRIPT", "FLUSH"});
        return "";
      case Act::kRotate:
        UseEpoch(2);
        return "";
    }
    return "";
  }

  // What Redis holds, in the model's words.
  std::string Told(const Visited& visited) {
    const queue::Known known = ReadNow();
    std::string told = std::to_string(known.wrong_guesses) + " wrong;";
    for (const std::string& id : visited.ids) {
      const auto found = Run(store_->admission().GetVerification(id)).value();
      if (!found) return told + " gone";
      told += (known.current == id ? " *" : " ");
      for (const int64_t number :
           {int64_t{found->state}, int64_t{found->guesses_left}, int64_t{found->sends},
            found->revision, int64_t{found->oldest_generation}, int64_t{found->stale_refunded}})
        told += std::to_string(number) + ",";
      for (const queue::GenerationRecord& one : found->generations)
        told += std::to_string(one.epoch);
    }
    return told;
  }
  static std::string Meant(const Model& model) {
    std::string told = std::to_string(model.failures) + " wrong;";
    for (size_t i = 0; i < model.verifications.size(); ++i) {
      const ModelVerification& one = model.verifications[i];
      told += (model.current == static_cast<int>(i) ? " *" : " ");
      for (const int number :
           {one.state, one.guesses, one.sends, one.revision, one.oldest, int{one.refunded}})
        told += std::to_string(number) + ",";
      for (const int epoch : one.epochs) told += std::to_string(epoch);
    }
    return told;
  }

  // Tries one step; a state that is new is put behind `next`. False when the two differ.
  bool Try(const Visited& from, Act act, int client, std::vector<Visited>& next) {
    const std::optional<Step> step = Apply(from.model, act, client);
    if (!step) return true;
    ++steps_;
    Restore(from);
    Visited visited = from;
    visited.path += std::string(" | ") + std::to_string(client) + " " + ActName(act);
    const std::string answer = Act1(act, client, visited);
    visited.model = step->after;
    EXPECT_EQ(answer, step->answer) << visited.path;
    EXPECT_EQ(Told(visited), Meant(step->after)) << visited.path;
    EXPECT_EQ(Forbidden(step->after), "") << visited.path;
    if (HasFailure()) return false;
    if (!known_.insert(step->after.Key()).second) return true;
    Keep(visited);
    next.push_back(std::move(visited));
    return true;
  }

  bool TryAll(const Visited& from, std::vector<Visited>& next) {
    for (int client = 0; client < kModelClients; ++client) {
      for (const Act act : kClientActs) {
        if (!Try(from, act, client, next)) return false;
      }
    }
    for (const Act act : kWorldActs) {
      if (!Try(from, act, 0, next)) return false;
    }
    return true;
  }

  SendOrder order_;
  Person person_;
  std::set<std::string> known_;
  int64_t steps_ = 0;
};

TEST_F(StateMachineTest, DoesWhatTheModelDoesInEveryInterleaving) {
  const char* wish = std::getenv("STATE_DEPTH");
  const int depth = wish == nullptr ? 8 : std::atoi(wish);
  std::vector<Visited> front(1), next;
  known_.insert(front.front().model.Key());
  for (int i = 0; i < depth; ++i) {
    for (const Visited& from : front) {
      if (!TryAll(from, next)) return;
    }
    front = std::move(next);
    next.clear();
  }
  std::printf("%lld steps to %zu states, depth %d\n", static_cast<long long>(steps_), known_.size(),
              depth);
  EXPECT_GT(known_.size(), depth < 8 ? 1u : 3000u) << "the model has lost most of its states";
}

}  // namespace
}  // namespace posthaste::api
