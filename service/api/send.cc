#include "service/api/send.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/account.h"
#include "service/api/attachments.h"
#include "service/api/code_plan.h"
#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/holds.h"
#include "service/api/limits.h"
#include "service/api/narrowing.h"
#include "service/api/owner_notice.h"
#include "service/api/person.h"
#include "service/api/refusal.h"
#include "service/api/render.h"
#include "service/queue/ids.h"
#include "service/queue/seal.h"
#include "smtp/provider.h"

namespace posthaste::api {
namespace {

constexpr size_t kRevisionBytes = 6;  // Of its SHA-256: every message carries them.
constexpr int kTriesMax =
    4;  // The first and three more when the recipient's state moved in between.

queue::MailClass ClassOf(const SendOrder& order) {
  switch (order.mail->mail_class()) {
    case templates::MailClass::kCode:
      return queue::MailClass::kCode;
    case templates::MailClass::kNotice:
      return queue::MailClass::kNotice;
    case templates::MailClass::kGeneral:
      break;
  }
  return queue::MailClass::kGeneral;
}

// One send, from the order to the answer.
class Sending {
 public:
  Sending(Call& call, const SendOrder& order)
      : call_(call),
        order_(order),
        backend_(call.backend),
        shared_(*call.backend.shared),
        store_(*call.backend.store),
        caller_(call.caller),
        tenant_(call.caller.tenant),
        person_(PersonOf(call, order.recipient)) {
    id_ = order.request_id.empty()
              ? queue::NewId('m', person_.shard, store_.clock().Now(), *shared_.random)
              : queue::RequestedId('m', person_.shard, shared_.hash_key.Reveal(), tenant_,
                                   order.method, order.recipient.lookup, order.request_id);
  }

  Task<absl::StatusOr<Sent>> Run() {
    if (order_.code) {
      if (absl::Status wishes = CheckWishes(*order_.code, shared_); !wishes.ok()) co_return wishes;
    }
    for (int i = 0; i < kTriesMax; ++i) {
      absl::StatusOr<std::optional<Sent>> sent = co_await Try();
      if (!sent.ok()) co_return sent.status();
      if (sent->has_value()) co_return **std::move(sent);
    }
    co_return Unavailable("STORE_UNAVAILABLE", "this recipient's state keeps changing; ask again",
                          absl::Milliseconds(100));
  }

  // Of a mail of the service's own, held against `limit` alone; one that it refuses was sent
  // before. UNAVAILABLE and RESOURCE_EXHAUSTED as the store's; anything else that keeps it from
  // being taken is logged. REQUIRES: no code.
  Task<absl::Status> RunOwn(const queue::RateLimit& limit, bool decoy) {
    using Kind = queue::AdmitAnswer::Kind;
    Kind answered = Kind::kSkew;
    for (int i = 0; i < kTriesMax && answered == Kind::kSkew; ++i) {
      absl::StatusOr<queue::AdmitRequest> request = Prepare({});
      if (!request.ok()) {
        OwnerNotTold(tenant_, request.status());
        co_return absl::OkStatus();
      }
      request->limits.assign(1, limit);
      // As much is written for a decoy: who asks must not see it in the time that it takes.
      request->check_suppression = !decoy;
      if (decoy) request->record.head.flags |= queue::kFlagDecoy;
      const absl::Status kept = co_await store_.skeletons().Put(skeleton_);
      if (!kept.ok()) co_return FromStore(kept);
      const absl::StatusOr<queue::AdmitAnswer> answer = co_await store_.admission().Admit(*request);
      if (!answer.ok()) co_return FromStore(answer.status());
      answered = answer->kind;
      if (answered == Kind::kAdmitted) Taken(*request);
    }
    if (answered == Kind::kQueueFull || answered == Kind::kSkew)
      OwnerNotTold(tenant_, absl::ResourceExhaustedError("the queue did not take it"));
    co_return absl::OkStatus();
  }

 private:
  QueueBound Bound() const { return QueueBoundOf(order_, *shared_.config, store_.keys().shards()); }
  // The verification that a resend names: its purpose tells the group.
  Task<absl::Status> FindResent() {
    if (!order_.code) co_return absl::OkStatus();
    purpose_ = order_.code->purpose;
    if (order_.code->verification_id.empty()) co_return absl::OkStatus();
    absl::StatusOr<std::optional<queue::VerificationRecord>> found =
        co_await store_.admission().GetVerification(order_.code->verification_id);
    if (!found.ok()) co_return FromStore(found.status());
    resent_ = *std::move(found);
    // Of what a key is not for, it learns nothing.
    if (resent_ && !AllowsPurpose(caller_, resent_->purpose)) resent_.reset();
    if (resent_) purpose_ = resent_->purpose;
    co_return absl::OkStatus();
  }

  // One round of both flights; nothing if the recipient's state moved in between.
  Task<absl::StatusOr<std::optional<Sent>>> Try() {
    const absl::Status prepared = co_await FindResent();
    if (!prepared.ok()) co_return prepared;
    const queue::ReadRequest asked = WhatToRead();
    absl::StatusOr<queue::Known> known = co_await store_.admission().Read(asked);
    if (!known.ok()) co_return FromStore(known.status());
    counted_ = true;
    if (known->record) {
      absl::StatusOr<Sent> replay = co_await Replay(*known->record);
      if (!replay.ok()) co_return replay.status();
      co_return std::optional<Sent>(*std::move(replay));
    }
    if (known->limited) co_return Limited(*known->limited, known->wait);
    if (absl::Status quota = co_await CheckQuota(call_); !quota.ok()) co_return quota;
    const bool elsewhere =
        resent_ && (!known->verification || known->verification->id != resent_->id);
    if (elsewhere) known->verification = resent_;
    absl::StatusOr<queue::AdmitRequest> request = Prepare(*known);
    if (!request.ok()) co_return request.status();
    if (order_.validate_only) {
      if (known->suppressed && !order_.code) co_return Suppressed();
      co_return std::optional<Sent>(Sent());
    }
    const absl::Status kept = co_await store_.skeletons().Put(skeleton_);
    if (!kept.ok()) co_return FromStore(kept);
    const absl::Status told = co_await TellOwner(*request);
    if (!told.ok()) co_return told;
    const absl::StatusOr<queue::AdmitAnswer> answer = co_await store_.admission().Admit(*request);
    if (!answer.ok()) co_return FromStore(answer.status());
    co_return co_await Conclude(*request, *answer);
  }

  // Before the code is taken: what is lost in between is the code, for which its caller asks again,
  // and nobody gets a longer one without having been told.
  Task<absl::Status> TellOwner(const queue::AdmitRequest& code) {
    if (!steps_up_ || told_) co_return absl::OkStatus();
    const absl::StatusOr<SendOrder> order = OwnerNoticeOf(order_, store_.clock().Now());
    if (!order.ok()) {
      OwnerNotTold(tenant_, order.status());
      co_return absl::OkStatus();
    }
    const bool decoy = (code.record.head.flags & queue::kFlagDecoy) != 0;
    const queue::RateLimit limit = OwnerNoticeLimit(person_, purpose_);
    Sending notice(call_, *order);
    const absl::Status sent = co_await notice.RunOwn(limit, decoy);
    told_ = sent.ok();
    co_return sent;
  }

  queue::ReadRequest WhatToRead() const {
    queue::ReadRequest request;
    request.id = order_.request_id.empty() ? "" : id_;
    request.shard = person_.shard;
    request.tenant = tenant_;
    request.mailbox_hash = person_.mailbox_hash;
    if (order_.code && !purpose_.empty()) {
      request.group = GroupOf(person_, tenant_, purpose_, shared_.hash_key.Reveal());
      request.failure_key = FailureKeyOf(person_, tenant_, purpose_, shared_.hash_key.Reveal());
    }
    if (!order_.validate_only && !counted_) {
      request.client_limits =
          ClientLimits(order_, call_.caller, *shared_.config, shared_.hash_key.Reveal());
    }
    return request;
  }

  // Everything that flight 2 needs.
  absl::StatusOr<queue::AdmitRequest> Prepare(const queue::Known& known) {
    const absl::Time now = store_.clock().Now();
    queue::AdmitRequest request;
    request.visible = std::max(now, order_.send_time.value_or(now));
    absl::Time deadline = request.visible + order_.ttl;
    std::optional<CodeTimes> times;
    store::v1::CodeTerms terms;
    if (order_.code) {
      if (absl::Status held = CheckHolds(now); !held.ok()) return held;
      const absl::Duration wait = store_.code_waits().Of(person_.shard);
      PlanInput input{&order_, &person_, &known, id_, now, wait};
      absl::StatusOr<CodePlan> plan = PlanCode(input, shared_);
      if (!plan.ok()) {
        const std::string reason = ReasonOf(plan.status());
        if (reason == "RESEND_COOLDOWN") LimitRefused("cooldown", tenant_);
        if (reason == "DEADLINE_UNREACHABLE") LimitRefused("code_wait", tenant_);
        return plan.status();
      }
      deadline = plan->deadline;
      times = plan->times;
      terms = std::move(plan->terms);
      created_ = plan->created;
      steps_up_ = plan->stepped_up;
      request.verification = std::move(plan->change);
    }
    absl::StatusOr<RenderedMail> rendered = RenderMail(order_, times, now);
    if (!rendered.ok()) return rendered.status();
    if (order_.code) *rendered->mail.mutable_code() = std::move(terms);
    if (absl::Status found = FindSkeleton(rendered->locale); !found.ok()) return found;
    Fill(*rendered, now, deadline, request);
    // Told to the settlement: accepted, it ends the suppression.
    if (order_.code && known.suppressed_softly) request.record.head.flags |= queue::kFlagOverride;
    const bool refused = known.suppressed && !known.suppressed_softly;
    if (order_.code && (refused || request.verification->next.decoy))
      request.record.head.flags |= queue::kFlagDecoy;
    return Sealed(*rendered, std::move(request));
  }

  // A code that waited for a hold's end would come too late; a notice waits.
  absl::Status CheckHolds(absl::Time now) const {
    const queue::Hold* hold = HoldOf(backend_, tenant_, queue::MailClass::kCode,
                                     smtp::ProviderLabel(order_.recipient.ascii_domain));
    if (hold == nullptr) return absl::OkStatus();
    return Failed("SENDING_HELD", "sending", absl::StrCat("sending is held: ", hold->reason),
                  hold->expire_time - now);
  }

  absl::Status FindSkeleton(const std::string& locale) {
    const std::string kind = KindOf(order_, locale);
    skeleton_ = store_.skeletons().OfKind(kind);
    if (skeleton_ != nullptr) return absl::OkStatus();
    absl::StatusOr<std::string> bytes = RenderSkeleton(order_, locale);
    if (!bytes.ok()) return bytes.status();
    skeleton_ = store_.skeletons().Learn(kind, *std::move(bytes));
    return absl::OkStatus();
  }

  void Fill(const RenderedMail& rendered, absl::Time now, absl::Time deadline,
            queue::AdmitRequest& request) const {
    request.id = id_;
    request.tenant = tenant_;
    request.mailbox_hash = person_.mailbox_hash;
    request.check_suppression = !order_.code;  // Suppression withholds notices and general mail.
    request.limits = RecipientLimits(person_, ClassOf(order_), purpose_, *shared_.config);
    // Rounded up: a bound below the number of shards is still a bound.
    request.queued_max = Bound().messages;
    if (!order_.supersede_key.empty()) {
      request.supersede_group =
          SupersedeGroupOf(person_, tenant_, order_.supersede_key, shared_.hash_key.Reveal());
    }
    queue::Head& head = request.record.head;
    head.mail_class = ClassOf(order_);
    head.create_ms = head.change_ms = absl::ToUnixMillis(now);
    head.deadline_ms = absl::ToUnixMillis(deadline);
    head.fingerprint = order_.fingerprint;
    if (!order_.attachments.empty()) head.flags |= queue::kFlagAttachments;
    store::v1::Facts& facts = request.record.facts;
    facts.set_tenant(tenant_);
    facts.set_template_name(order_.mail->name());
    facts.set_template_revision(order_.mail->revision().substr(0, kRevisionBytes));
    facts.set_locale(rendered.locale);
    facts.set_masked_recipient(Masked(order_.recipient));
    facts.mutable_labels()->insert(order_.labels.begin(), order_.labels.end());
    facts.set_mailbox_hash(person_.mailbox_hash);
    store::v1::LiveFacts& live = request.record.live;
    live.set_skeleton(skeleton_->name());
    live.set_traceparent(order_.traceparent);
    live.set_supersede_group(request.supersede_group);
    if (order_.send_time) live.set_send_ms(absl::ToUnixMillis(*order_.send_time));
    if (const std::string_view provider = smtp::ProviderOf("", order_.recipient.ascii_domain);
        !provider.empty())
      facts.set_provider(std::string(provider));
    if (!request.verification) return;
    head.generation = static_cast<uint16_t>(request.verification->next.generations.size());
    facts.set_verification_id(request.verification->next.id);
    facts.set_purpose(purpose_);
  }

  absl::StatusOr<queue::AdmitRequest> Sealed(RenderedMail& rendered, queue::AdmitRequest request) {
    const queue::Head& head = request.record.head;
    const queue::SealBinding binding =
        queue::BindingOf(request.record.facts, id_, head.mail_class, head.deadline_ms);
    if (!order_.attachments.empty()) {
      absl::StatusOr<std::string> attachments = queue::SealAttachments(
          AttachmentsOf(order_), binding, shared_.seal_keys, *shared_.random, rendered.mail);
      if (!attachments.ok()) return attachments.status();
      request.attachments = *std::move(attachments);
    }
    absl::StatusOr<std::string> sealed =
        queue::Seal(rendered.mail, *skeleton_, binding, shared_.seal_keys, *shared_.random);
    if (!sealed.ok()) return sealed.status();
    request.record.sealed = *std::move(sealed);
    return request;
  }

  Task<absl::StatusOr<std::optional<Sent>>> Conclude(const queue::AdmitRequest& request,
                                                     const queue::AdmitAnswer& answer) {
    using Kind = queue::AdmitAnswer::Kind;
    switch (answer.kind) {
      case Kind::kMoved:
      case Kind::kSkew:
        co_return std::optional<Sent>();
      case Kind::kReplay: {
        absl::StatusOr<Sent> replay = co_await Replay(*answer.record);
        if (!replay.ok()) co_return replay.status();
        co_return std::optional<Sent>(*std::move(replay));
      }
      case Kind::kReused:
        co_return RequestIdReused(order_.request_id);
      case Kind::kLimited:
        co_return Limited(answer.limit, answer.wait);
      case Kind::kSuppressed:
        co_return Suppressed();
      case Kind::kQueueFull:
        co_return Exhausted("QUEUE_FULL", Bound().limit, "too many messages wait",
                            absl::Seconds(5));
      case Kind::kAdmitted:
        break;
    }
    SupersededUnsent(answer.superseded_unsent);
    co_return std::optional<Sent>(Taken(request));
  }

  Sent Taken(const queue::AdmitRequest& request) const {
    Sent sent;
    sent.message_id = id_;
    sent.record = request.record;
    sent.record->sealed.clear();
    sent.created = created_;
    if (request.verification) {
      sent.verification = request.verification->next;
      if (!sent.verification->decoy) {
        VerificationEvent(purpose_, created_ ? "created" : "resent");
        if (steps_up_) VerificationEvent(purpose_, "stepped_up");
      }
    }
    store_.usage().Count(tenant_, request.record.head.mail_class);
    Admitted(id_, tenant_, v1::MailClass_Name(ToMailClass(request.record.head.mail_class)),
             order_.mail->name(), order_.recipient.ascii_domain, order_.traceparent);
    return sent;
  }

  // What became of the same request before.
  Task<absl::StatusOr<Sent>> Replay(queue::Record record) {
    if (record.head.fingerprint != order_.fingerprint) co_return RequestIdReused(order_.request_id);
    Sent sent;
    sent.message_id = id_;
    sent.replay = true;
    const std::string verification = record.facts.verification_id();
    if (!verification.empty()) {
      absl::StatusOr<std::optional<queue::VerificationRecord>> found =
          co_await store_.admission().GetVerification(verification);
      if (!found.ok()) co_return FromStore(found.status());
      sent.verification = *std::move(found);
      sent.created = sent.verification && record.head.create_ms == sent.verification->create_ms;
    }
    sent.record = std::move(record);
    Replayed(id_);
    co_return sent;
  }

  static absl::Status Suppressed() {
    return Failed("RECIPIENT_SUPPRESSED", "recipient", "this recipient is on the suppression list");
  }

  absl::Status Limited(std::string_view limit, absl::Duration wait) const {
    LimitRefused(LimitWord(limit), tenant_);
    return Exhausted(LimitReason(limit), LimitWord(limit), "too many sends", wait);
  }

  Call& call_;
  const SendOrder& order_;
  const Backend& backend_;
  const Shared& shared_;
  queue::Store& store_;
  const Caller& caller_;
  const std::string& tenant_;
  const Person person_;
  std::string id_, purpose_;
  queue::Skeletons::Handle skeleton_;
  std::optional<queue::VerificationRecord> resent_;
  bool created_ = false;
  bool steps_up_ = false, told_ = false;  // The owner of a recipient whose guesses are used up.
  bool counted_ = false;  // Held against the client's limits: once, however often we try.
};

}  // namespace

Task<absl::StatusOr<Sent>> Send(Call& call, const SendOrder& order) {
  if (absl::Status allowed = CheckNarrowing(call.caller, order); !allowed.ok()) co_return allowed;
  Sending sending(call, order);
  co_return co_await sending.Run();
}

}  // namespace posthaste::api
