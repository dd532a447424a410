#include "smtp/offer.h"

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "smtp/body.h"
#include "smtp/command.h"

namespace posthaste::smtp {

std::optional<Offer::Hindrance> Offer::Write(const Envelope& envelope, std::string_view message,
                                             const Capabilities& offered, bool may_chunk) {
  commands_.clear();
  body_.clear();
  chunked_ = may_chunk && offered.chunking && !message.empty() && message.size() <= kChunkBytesMax;
  const std::optional<Hindrance> hindrance = WriteCommands(envelope, message, offered);
  if (hindrance) return hindrance;
  const size_t begin = commands_.size();
  absl::Status written;
  if (chunked_) {
    absl::StrAppend(&commands_, "BDAT ", MessageBytes(message), "\r\n");
    Mark(Step::kChunk, begin);
    written = AppendChunk(commands_, message);
    spans_[static_cast<size_t>(Step::kChunk)].end = commands_.size();
  } else {
    commands_ += "DATA\r\n";
    Mark(Step::kData, begin);
    written = AppendBody(body_, message);
  }
  if (written.ok()) return std::nullopt;
  return Hindrance{Phase::kBody, FailureClass::kProtocolError, Scope::kMessage,
                   "(bare CR or LF in the message)"};
}

std::optional<Offer::Hindrance> Offer::WriteCommands(const Envelope& envelope,
                                                     std::string_view message,
                                                     const Capabilities& offered) {
  if (envelope.needs_smtputf8 && !offered.smtputf8) {
    return Hindrance{Phase::kMail, FailureClass::kUtf8Unsupported, Scope::kRecipient,
                     "(SMTPUTF8 is not offered)"};
  }
  MailParameters mail;
  mail.size = offered.size;
  mail.size_bytes = MessageBytes(message);
  mail.smtputf8 = envelope.needs_smtputf8;
  // RFC 1870 6.1: a message that is too large is not even offered.
  if (offered.size_max > 0 && mail.size_bytes > offered.size_max) {
    return Hindrance{Phase::kMail, FailureClass::kTooLarge, Scope::kMessage,
                     "(larger than the relay's SIZE)"};
  }
  // RFC 6531 3.1: SMTPUTF8 is never offered without 8BITMIME, so a relay that forgot to say so is
  // believed.
  const bool eight_bit = HasEightBit(message);
  if (eight_bit && !offered.eight_bit_mime && !mail.smtputf8) {
    return Hindrance{Phase::kMail, FailureClass::kOther, Scope::kMessage,
                     "(8BITMIME is not offered)"};
  }
  mail.eight_bit = eight_bit && offered.eight_bit_mime;
  // Nobody is told of what happens to mail without a return path.
  mail.dsn = offered.dsn && !envelope.mail_from.empty();
  mail.envelope_id = envelope.id;
  const RcptParameters rcpt{mail.smtputf8, mail.dsn};

  commands_ = "RSET\r\n";
  Mark(Step::kRset, 0);
  size_t begin = commands_.size();
  if (!AppendMail(commands_, envelope.mail_from, mail).ok()) {
    return Hindrance{Phase::kMail, FailureClass::kSenderRejected, Scope::kMessage,
                     "(unusable return path)"};
  }
  Mark(Step::kMail, begin);
  begin = commands_.size();
  if (!AppendRcpt(commands_, envelope.rcpt_to, rcpt).ok()) {
    return Hindrance{Phase::kRcpt, FailureClass::kInvalidRecipient, Scope::kRecipient,
                     "(unusable recipient)"};
  }
  Mark(Step::kRcpt, begin);
  return std::nullopt;
}

void Offer::Mark(Step step, size_t begin) {
  spans_[static_cast<size_t>(step)] = Span{begin, commands_.size() - 2, commands_.size()};
}

std::string_view Offer::Command(Step step) const {
  const Span& span = spans_[static_cast<size_t>(step)];
  return std::string_view(commands_).substr(span.begin, span.line_end - span.begin);
}

std::string_view Offer::Bytes(Step first, Step last) const {
  const size_t begin = spans_[static_cast<size_t>(first)].begin;
  return std::string_view(commands_).substr(begin, spans_[static_cast<size_t>(last)].end - begin);
}

void Offer::Wipe() {
  crypto::Wipe(commands_);
  crypto::Wipe(body_);
}

}  // namespace posthaste::smtp
