#include "service/worker/dispatch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "base/mailbox.h"
#include "service/queue/seal.h"
#include "service/worker/fence.h"
#include "smtp/message.h"
#include "smtp/verp.h"
#include "templates/engine/marks.h"

namespace posthaste::worker {
namespace {

// A code's mail may wait this much longer than its code lives for the reply to its dot: the answer
// is then of use to the books only.
constexpr absl::Duration kDotGrace = absl::Seconds(30);
constexpr absl::Duration kDotLimit = absl::Seconds(600);
// No attempt takes this long; keeps a deadline far away from overflowing steady time.
constexpr absl::Duration kLifeMax = absl::Hours(24 * 30);

// "" = no key of its epoch is left.
std::string CodeOf(const store::v1::CodeTerms& terms, const store::v1::Facts& facts,
                   const codes::KeyRing& keys) {
  if (!terms.custom_code().empty()) return terms.custom_code();
  const Secret* key = keys.Find(static_cast<uint32_t>(terms.epoch()));
  const bool good =
      terms.length() >= codes::kCodeLengthMin && terms.length() <= codes::kCodeLengthMax;
  if (key == nullptr || !good) return "";
  const codes::CodeSubject subject{facts.tenant(), facts.purpose(), facts.mailbox_hash(),
                                   facts.verification_id(), terms.binding_hash()};
  return std::string(
      codes::DeriveCode(*key, subject, static_cast<uint32_t>(terms.generation()), terms.length())
          .Reveal());
}

smtp::Attachment ToAttachment(store::v1::Attachments::File& file) {
  return {std::move(*file.mutable_file_name()), std::move(*file.mutable_media_type()),
          std::move(*file.mutable_content()), std::move(*file.mutable_content_id())};
}

smtp::Message ToMessage(const store::v1::Mail& mail, const std::string& id,
                        const std::string& tenant, const std::string& code,
                        store::v1::Attachments attachments) {
  const std::string domain = mail.from_mailbox().substr(mail.from_mailbox().rfind('@') + 1);
  smtp::Message message;
  message.from = {mail.from_name(), mail.from_mailbox()};
  message.to = {mail.to_name(), mail.to_mailbox()};
  message.reply_to = {"", mail.reply_to()};
  message.date = absl::FromUnixMillis(mail.date_ms());
  message.message_id = absl::StrCat(id, "@", domain);
  message.subject = templates::FillCode(mail.subject(), code);
  message.text = templates::FillCode(mail.text(), code);
  message.html = templates::FillCode(mail.html(), code);
  message.content_language = mail.locale();
  message.entity_ref_id = id;
  message.feedback_id = absl::StrCat(tenant, ":posthaste");
  message.list_unsubscribe = mail.list_unsubscribe();
  for (const store::v1::HeaderField& field : mail.extra())
    message.extra.push_back({field.name(), field.value()});
  if (mail.has_logo()) {
    store::v1::Attachments::File logo = mail.logo();
    message.attachments.push_back(ToAttachment(logo));
  }
  for (store::v1::Attachments::File& file : *attachments.mutable_files())
    message.attachments.push_back(ToAttachment(file));
  return message;
}

absl::Duration DotLimit(const queue::LeasedJob& job, absl::Time now) {
  if (job.lease.mail_class != queue::MailClass::kCode) return kDotLimit;
  const absl::Duration life = absl::FromUnixMillis(job.record.head.deadline_ms) - now;
  return std::clamp(life + kDotGrace, kDotGrace, kDotLimit);
}

// Replies like to repeat whom they refuse.
void Redact(std::string_view local_part, smtp::Reply& reply) {
  for (std::string& line : reply.lines) line = smtp::RedactAddresses(line, local_part);
}

// The hold that keeps `job` from this route, if there is one.
const queue::Hold* HoldOf(const queue::LeasedJob& job, const smtp::Route& route,
                          const queue::HoldBook& holds) {
  if (holds.holds().empty()) return nullptr;
  queue::HoldSubject subject{
      job.lease.tenant, job.lease.mail_class, job.record.facts.provider(), {}};
  for (const smtp::RouteStep& step : route) subject.relays.push_back(step.relay->options().id);
  return holds.Find(subject);
}

// A greylisted message is only known again where it was refused.
void GoWhereGreylisted(const queue::LeasedJob& job, smtp::Envelope& envelope) {
  if (job.record.head.failure_class != v1::GREYLISTED) return;
  envelope.again_relay = job.record.result.relay();
  envelope.again_address = job.record.result.address();
}

Report Only(Held held, absl::Time not_before = absl::InfinitePast()) {
  Report report;
  report.held = held;
  report.not_before = not_before;
  return report;
}

}  // namespace

absl::StatusOr<Parcel> Pack(const queue::LeasedJob& job, const queue::Skeleton& skeleton,
                            const Shared& shared, std::string_view attachments) {
  const store::v1::Facts& facts = job.record.facts;
  const queue::SealBinding binding =
      queue::BindingOf(facts, job.lease.id, job.lease.mail_class, job.record.head.deadline_ms);
  absl::StatusOr<store::v1::Mail> mail =
      queue::Open(job.record.sealed, skeleton, binding, shared.seal_keys);
  if (!mail.ok()) return mail.status();
  absl::StatusOr<store::v1::Attachments> files =
      queue::OpenAttachments(attachments, binding, shared.seal_keys, *mail);
  if (!files.ok()) return files.status();
  std::string code;
  if (mail->has_code()) {
    code = CodeOf(mail->code(), facts, *shared.code_keys);
    if (code.empty()) return absl::FailedPreconditionError("no key of this code's epoch");
  }
  const smtp::Message message =
      ToMessage(*mail, job.lease.id, facts.tenant(), code, *std::move(files));
  absl::StatusOr<std::string> bytes = smtp::Compose(message);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<std::string> return_path =
      smtp::MakeReturnPath(shared.return_path_key, job.lease.id, mail->return_path_domain());
  if (!return_path.ok()) return return_path.status();
  Parcel parcel;
  parcel.envelope.mail_from = *std::move(return_path);
  parcel.envelope.rcpt_to = mail->to_mailbox();
  parcel.envelope.id = job.lease.id;
  parcel.envelope.needs_smtputf8 = mail->needs_smtputf8();
  parcel.bytes = *std::move(bytes);
  parcel.date = message.date;
  // Compose has just written this address.
  parcel.from_domain = ParseMailbox(mail->from_mailbox()).value().ascii_domain;
  return parcel;
}

// With its attachments, which are read only where its head tells of some.
static Task<absl::StatusOr<Parcel>> PackWhole(const queue::LeasedJob& job,
                                              const queue::Skeleton& skeleton, queue::Store& store,
                                              const Shared& shared) {
  absl::StatusOr<std::string> attachments = std::string();
  if (queue::HasAttachments(job.record.head))
    attachments = co_await store.Attachments(job.lease.shard, job.lease.id);
  if (!attachments.ok()) co_return attachments.status();
  co_return Pack(job, skeleton, shared, *attachments);
}

Task<Report> Dispatch(Loop& loop, const queue::LeasedJob& job, queue::Store& store,
                      smtp::Sender& sender, const Shared& shared, const Clock& clock,
                      std::shared_ptr<smtp::Progress> progress) {
  const absl::Time now = store.clock().Now();
  const absl::Time deadline = absl::FromUnixMillis(job.record.head.deadline_ms);
  if (job.dot) co_return Only(Held::kDot);
  if (now >= deadline) co_return Only(Held::kExpired);
  if (job.lost_leases >= queue::kLostLeasesMax || job.lease.claims >= queue::kClaimsMax)
    co_return Only(Held::kPoison);
  if ((job.record.head.flags & queue::kFlagDecoy) != 0) co_return Only(Held::kDecoy);
  if (job.suppressed) co_return Only(Held::kSuppressed);
  const auto route = shared.routes.find(job.lease.tenant);
  if (route == shared.routes.end()) co_return Only(Held::kNoRelay, now + absl::Minutes(1));
  if (const queue::Hold* hold = HoldOf(job, route->second, store.holds())) {
    Report report = Only(Held::kHeld, hold->expire_time);
    report.hold = hold->number;
    co_return report;
  }
  const absl::StatusOr<queue::Skeletons::Handle> skeleton =
      co_await store.skeletons().Get(job.record.live.skeleton());
  const bool gone = absl::IsNotFound(skeleton.status()) || absl::IsDataLoss(skeleton.status());
  if (gone) co_return Only(Held::kUnreadable);
  if (!skeleton.ok())
    co_return Only(Held::kNoRelay, now + absl::Seconds(1));  // Redis is away, busy or full.
  absl::StatusOr<Parcel> parcel = co_await PackWhole(job, **skeleton, store, shared);
  if (absl::IsFailedPrecondition(parcel.status())) co_return Only(Held::kNoKey);
  if (absl::IsDataLoss(parcel.status()) || absl::IsInvalidArgument(parcel.status()))
    co_return Only(Held::kUnreadable);
  if (!parcel.ok()) co_return Only(Held::kNoRelay, now + absl::Seconds(1));
  const absl::Status is_signed =
      co_await Sign(loop, shared.signing, parcel->from_domain, parcel->date, parcel->bytes);
  if (absl::IsInvalidArgument(is_signed)) co_return Only(Held::kUnreadable);
  if (!is_signed.ok()) co_return Only(Held::kNoRelay, store.clock().Now() + absl::Seconds(1));
  // The job's deadline is on Redis' clock, a session's on ours: the steady one, so that setting the
  // wall clock meanwhile neither ends a code early nor sends one late.
  const absl::Duration life = std::min(deadline - store.clock().Now(), kLifeMax);
  const absl::Time local_deadline = clock.Now() + life;
  parcel->envelope.dot_limit = DotLimit(job, store.clock().Now());
  parcel->envelope.deadline = clock.Steady() + absl::ToChronoNanoseconds(life);
  parcel->envelope.progress = std::move(progress);
  GoWhereGreylisted(job, parcel->envelope);
  const std::vector<std::shared_ptr<smtp::Relay>> relays =
      smtp::InOrder(route->second, parcel->envelope.again_relay);
  smtp::FenceFactory fences = FencesFor(store.leases(), job.lease);
  const bool code = job.lease.mail_class == queue::MailClass::kCode;
  const smtp::Urgency urgency = code ? smtp::Urgency::kCode : smtp::Urgency::kOther;
  smtp::Sent sent = co_await sender.Send(relays, parcel->envelope, parcel->bytes, fences, urgency,
                                         local_deadline);
  const std::string_view local =
      std::string_view(parcel->envelope.rcpt_to).substr(0, parcel->envelope.rcpt_to.rfind('@'));
  for (smtp::Attempt& attempt : sent.attempts) Redact(local, attempt.outcome.reply);
  Report report = Only(sent.attempts.empty() ? Held::kNoRelay : Held::kTried, sent.not_before);
  report.attempts = std::move(sent.attempts);
  co_return report;
}

}  // namespace posthaste::worker
