#include "smtp/dkim.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "smtp/dkim_canonical.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kLineMax = 76;

// What a reader is shown, or what tells how the rest is read: one more of each is signed than there
// are, so that none can be added (RFC 6376 8.15).
constexpr std::array<std::string_view, 10> kOversigned = {
    "From", "To",         "Cc",           "Reply-To",     "Subject",
    "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};
// Signed where they are. RFC 8058 4 asks for the two of List-Unsubscribe, Gmail for Feedback-ID.
constexpr std::array<std::string_view, 6> kSigned = {"Auto-Submitted",   "Content-Language",
                                                     "List-Unsubscribe", "List-Unsubscribe-Post",
                                                     "Feedback-ID",      "X-Entity-Ref-ID"};

struct Parts {
  std::vector<std::string_view> fields;  // Each whole, with its folds and its last line end.
  std::string_view body;
};

absl::StatusOr<Parts> Split(std::string_view message) {
  Parts parts;
  while (!message.starts_with("\r\n")) {
    size_t end = 0;
    do {
      end = message.find("\r\n", end);
      if (end == std::string_view::npos) {
        return absl::InvalidArgumentError("message without an empty line after its header");
      }
      end += 2;
    } while (end < message.size() && (message[end] == ' ' || message[end] == '\t'));
    const std::string_view field = message.substr(0, end);
    if (field.find(':') == std::string_view::npos) {
      return absl::InvalidArgumentError("message with a header line that is no field");
    }
    parts.fields.push_back(field);
    message.remove_prefix(end);
  }
  parts.body = message.substr(2);
  return parts;
}

bool IsNamed(std::string_view field, std::string_view name) {
  std::string_view own = field.substr(0, field.find(':'));
  while (own.ends_with(' ') || own.ends_with('\t')) own.remove_suffix(1);
  return absl::EqualsIgnoreCase(absl::string_view(own.data(), own.size()),
                                absl::string_view(name.data(), name.size()));
}

// The names of h=, and the fields that they stand for in the form that is signed.
struct Covered {
  std::vector<std::string_view> names;
  std::string fields;
};

// A name stands for the lowest field of that name that no earlier one stands for (RFC 6376 5.4.2).
size_t Cover(const Parts& parts, std::string_view name, Covered& covered) {
  size_t found = 0;
  for (auto field = parts.fields.rbegin(); field != parts.fields.rend(); ++field) {
    if (!IsNamed(*field, name)) continue;
    covered.names.push_back(name);
    AppendRelaxedField(covered.fields, *field);
    ++found;
  }
  return found;
}

absl::StatusOr<Covered> CoverAll(const Parts& parts) {
  Covered covered;
  for (const std::string_view name : kOversigned) {
    const size_t found = Cover(parts, name, covered);
    if (name == "From" && found != 1) {
      return absl::InvalidArgumentError("message without exactly one From");
    }
    covered.names.push_back(name);
  }
  for (const std::string_view name : kSigned) Cover(parts, name, covered);
  return covered;
}

// A field that is folded where the next word does not fit.
class Folder {
 public:
  explicit Folder(std::string start) : text_(std::move(start)), column_(text_.size()) {}

  void Word(std::string_view word, bool spaced) {
    if (column_ + (spaced ? 1 : 0) + word.size() > kLineMax) {
      text_ += "\r\n ";
      column_ = 1;
    } else if (spaced) {
      text_ += ' ';
      ++column_;
    }
    text_ += word;
    column_ += word.size();
  }
  void Tag(std::string_view name, std::string_view value) {
    Word(absl::StrCat(std::string(name), "=", std::string(value), ";"), true);
  }
  // Base64, which may be broken anywhere.
  void Wrapped(std::string_view text) {
    while (!text.empty()) {
      const size_t room = column_ < kLineMax ? kLineMax - column_ : 0;
      const std::string_view part = text.substr(0, room > 0 ? room : kLineMax - 1);
      Word(part, false);
      text.remove_prefix(part.size());
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  size_t column_;
};

bool IsRsa(const DkimKey& key) { return key.key.kind() == crypto::SigningKey::Kind::kRsa; }

// The field up to "b=".
Folder Unsigned(const DkimKey& key, const Covered& covered, std::string_view body_hash,
                absl::Time date) {
  Folder field("DKIM-Signature:");
  field.Tag("v", "1");
  field.Tag("a", IsRsa(key) ? "rsa-sha256" : "ed25519-sha256");
  field.Tag("c", "relaxed/relaxed");
  field.Tag("d", key.domain);
  field.Tag("s", key.selector);
  field.Tag("t", absl::StrCat(absl::ToUnixSeconds(date)));
  field.Tag("x", absl::StrCat(absl::ToUnixSeconds(date + kDkimLife)));
  for (size_t i = 0; i < covered.names.size(); ++i) {
    const bool last = i + 1 == covered.names.size();
    field.Word(absl::StrCat(i == 0 ? "h=" : "", std::string(covered.names[i]), last ? ";" : ":"),
               i == 0);
  }
  field.Tag("bh", body_hash);
  field.Word("b=", true);
  return field;
}

std::string SignatureField(const DkimKey& key, const Covered& covered, std::string_view body_hash,
                           absl::Time date) {
  Folder field = Unsigned(key, covered, body_hash, date);
  std::string input = covered.fields;
  AppendRelaxedField(input, field.text());
  input.resize(input.size() - 2);  // The last field is signed without its line end.
  // RFC 8463 3: Ed25519 signs the hash.
  field.Wrapped(Base64(key.key.Sign(IsRsa(key) ? input : crypto::Sha256(input))));
  return field.text() + "\r\n";
}

}  // namespace

absl::StatusOr<std::string> SignDkim(std::string_view message, const std::vector<DkimKey>& keys,
                                     absl::Time date) {
  const absl::StatusOr<Parts> parts = Split(message);
  if (!parts.ok()) return parts.status();
  const absl::StatusOr<Covered> covered = CoverAll(*parts);
  if (!covered.ok()) return covered.status();
  const std::string body_hash = Base64(crypto::Sha256(RelaxedBody(parts->body)));
  std::string fields;
  for (const DkimKey& key : keys) fields += SignatureField(key, *covered, body_hash, date);
  return fields;
}

DkimKeys::DkimKeys(std::vector<DkimKey> keys) {
  std::stable_partition(keys.begin(), keys.end(), IsRsa);
  for (DkimKey& key : keys) {
    std::vector<DkimKey>& of_domain = by_domain_[key.domain];
    of_domain.push_back(std::move(key));
  }
}

const std::vector<DkimKey>& DkimKeys::For(std::string_view from_domain) const {
  static const auto* const none = new std::vector<DkimKey>;
  while (true) {
    const auto found = by_domain_.find(from_domain);
    if (found != by_domain_.end()) return found->second;
    const size_t dot = from_domain.find('.');
    if (dot == std::string_view::npos) return *none;
    from_domain.remove_prefix(dot + 1);
  }
}

}  // namespace posthaste::smtp
