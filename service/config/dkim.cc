#include "service/config/dkim.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/mailbox.h"
#include "service/config/secrets.h"

namespace posthaste::config {
namespace {

constexpr size_t kLabelMax = 63;
constexpr size_t kNameMax = 253;

// Lower case with A-labels; "" if it is no domain.
std::string DomainOf(const std::string& text) {
  const absl::StatusOr<Mailbox> mailbox = ParseMailbox("x@" + text);
  return mailbox.ok() ? mailbox->ascii_domain : "";
}

// RFC 6376 3.1: labels of a domain name.
bool IsSelector(const std::string& text) {
  const std::vector<std::string> labels = absl::StrSplit(text, '.');
  return std::all_of(labels.begin(), labels.end(), [](const std::string& label) {
    const auto is_inner = [](char c) {
      return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
    };
    return !label.empty() && label.size() <= kLabelMax && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), is_inner);
  });
}

bool IsUsed(const v1::Config& config, const std::string& domain) {
  for (const v1::Tenant& tenant : config.tenants()) {
    for (const v1::Sender& sender : tenant.senders()) {
      const std::string& mailbox = sender.mailbox();
      const std::string own = "." + DomainOf(mailbox.substr(mailbox.rfind('@') + 1));
      const std::string wanted = "." + domain;
      const bool within = own.size() >= wanted.size() &&
                          own.compare(own.size() - wanted.size(), wanted.size(), wanted) == 0;
      if (within) return true;
    }
  }
  return false;
}

absl::Status Complaint(const std::string& setting, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(setting, ": ", what));
}

}  // namespace

absl::Status CheckDkim(const v1::Config& config) {
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < config.dkim_size(); ++i) {
    const v1::Dkim& dkim = config.dkim(i);
    const std::string at = absl::StrCat("dkim[", i, "]");
    const std::string domain = DomainOf(dkim.domain());
    if (domain.empty()) {
      return Complaint(at + ".domain", absl::StrCat("\"", dkim.domain(), "\" is not a domain"));
    }
    const bool fits = dkim.selector().size() + domain.size() + 12 <= kNameMax;  // "._domainkey.".
    if (!IsSelector(dkim.selector()) || !fits) {
      return Complaint(at + ".selector",
                       absl::StrCat("\"", dkim.selector(), "\" is not a selector"));
    }
    if (dkim.key_file().empty()) return Complaint(at + ".key_file", "missing");
    if (!seen.emplace(domain, absl::AsciiStrToLower(dkim.selector())).second) {
      return Complaint(at + ".selector",
                       absl::StrCat("\"", dkim.selector(), "\" is used twice for ", domain));
    }
    if (!IsUsed(config, domain)) {
      return Complaint(at + ".domain", absl::StrCat("no sender's mailbox is in ", domain,
                                                    " or below it: it would sign nothing"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<DkimEntry>> ReadDkimKeys(const v1::Config& config) {
  std::vector<DkimEntry> entries;
  std::set<std::pair<std::string, crypto::SigningKey::Kind>> seen;
  for (int i = 0; i < config.dkim_size(); ++i) {
    const v1::Dkim& dkim = config.dkim(i);
    const std::string setting = absl::StrCat("dkim[", i, "].key_file");
    const absl::StatusOr<Secret> pem = ReadSecretFile(dkim.key_file());
    if (!pem.ok()) return Complaint(setting, std::string(pem.status().message()));
    absl::StatusOr<crypto::SigningKey> key = crypto::SigningKey::FromPem(pem->Reveal());
    if (!key.ok()) {
      return Complaint(setting,
                       absl::StrCat(dkim.key_file(), ": ", std::string(key.status().message())));
    }
    std::string domain = DomainOf(dkim.domain());
    if (!seen.emplace(domain, key->kind()).second) {
      return Complaint(setting, absl::StrCat(dkim.key_file(), ": ", domain,
                                             " has a key of this kind already, and a message needs "
                                             "one signature of each"));
    }
    entries.push_back({std::move(domain), dkim.selector(), *std::move(key)});
  }
  return entries;
}

}  // namespace posthaste::config
