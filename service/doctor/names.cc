#include "service/doctor/names.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/encoding.h"

namespace posthaste::doctor {
namespace {

using smtp::DnsAnswer;

constexpr char kSpf[] = "v=spf1", kDmarc[] = "v=DMARC1";

// Nobody could say: no fault of the domain's.
std::optional<Finding> Unanswered(const char* check, const std::string& name,
                                  const DnsAnswer& answer) {
  if (answer.code != DnsAnswer::Code::kFailed) return std::nullopt;
  return Finding{
      Level::kUnknown, check, absl::StrCat(name, ": the DNS gives no answer: ", answer.why),
      "Try again; if it stays so, look at the resolver (dns.servers or /etc/resolv.conf)."};
}

// The texts that are `version`, or begin with it and a blank or semicolon.
std::vector<std::string> TextsOf(const DnsAnswer& answer, const std::string& version) {
  std::vector<std::string> texts;
  for (const std::string& record : answer.records) {
    std::string text = TextOf(record);
    const std::string lower = absl::AsciiStrToLower(text);
    const std::string want = absl::AsciiStrToLower(version);
    const bool ends = lower.size() == want.size();
    if (!absl::StartsWith(lower, want)) continue;
    if (ends || lower[want.size()] == ' ' || lower[want.size()] == ';') texts.push_back(text);
  }
  return texts;
}

// Whether the record's "all" passes everybody: a mechanism without a qualifier passes (RFC 7208
// 4.6.2). What stands behind it is never looked at (5.1).
bool LetsEverybodySend(const std::string& text) {
  const std::vector<std::string> terms =
      absl::StrSplit(absl::AsciiStrToLower(text), ' ', absl::SkipEmpty());
  const auto all = std::find_if(terms.begin(), terms.end(), [](std::string_view term) {
    const size_t qualified = std::string_view("+-~?").find(term.front()) == term.npos ? 0 : 1;
    return term.substr(qualified) == "all";
  });
  return all != terms.end() && (*all == "all" || *all == "+all");
}

// Preference 0 or any, and the root as the exchanger: "takes no mail" (RFC 7505).
bool IsNullExchanger(std::string_view wire) { return wire.size() == 3 && wire[2] == '\0'; }

// The value of p=, without the blanks that may stand in it; nullopt = there is none.
std::optional<std::string> PublicKeyOf(const std::string& text) {
  const std::vector<std::string> tags = absl::StrSplit(text, ';');
  for (const std::string& tag : tags) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(tag, absl::MaxSplits('=', 1));
    if (absl::StripAsciiWhitespace(pair.first) != "p") continue;
    std::string value;
    for (const char c : pair.second) {
      if (!absl::ascii_isspace(static_cast<unsigned char>(c))) value += c;
    }
    return value;
  }
  return std::nullopt;
}

}  // namespace

std::string TextOf(std::string_view wire) {
  std::string text;
  while (!wire.empty()) {
    const size_t size = static_cast<unsigned char>(wire.front());
    if (size >= wire.size()) break;
    text.append(wire.substr(1, size));
    wire.remove_prefix(size + 1);
  }
  return text;
}

Finding JudgeSpf(const std::string& domain, const DnsAnswer& answer) {
  if (const std::optional<Finding> none = Unanswered("spf", domain, answer); none) return *none;
  const std::vector<std::string> texts = TextsOf(answer, kSpf);
  if (texts.empty()) {
    return {
        Level::kFault, "spf", absl::StrCat(domain, ": has no SPF record"),
        "Publish a TXT record there: \"v=spf1 include:<your relay's domain> -all\"; the relay's "
        "provider tells what to include."};
  }
  if (texts.size() > 1) {
    return {Level::kFault, "spf", absl::StrCat(domain, ": has ", texts.size(), " SPF records"),
            "Make one of them: with several, receivers take none (RFC 7208 4.5)."};
  }
  if (LetsEverybodySend(texts[0])) {
    return {Level::kWarning, "spf", absl::StrCat(domain, ": its SPF record lets everybody send"),
            "End it with -all or ~all."};
  }
  return {Level::kGood, "spf", absl::StrCat(domain, ": ", texts[0]), ""};
}

std::string DkimName(const config::DkimEntry& key) {
  return absl::StrCat(key.selector, "._domainkey.", key.domain);
}

Finding JudgeDkim(const config::DkimEntry& key, const DnsAnswer& answer) {
  const std::string name = DkimName(key);
  if (const std::optional<Finding> none = Unanswered("dkim", name, answer); none) return *none;
  const bool rsa = key.key.kind() == crypto::SigningKey::Kind::kRsa;
  const std::string ours = Base64(key.key.PublicKey());
  const std::string publish = absl::StrCat(
      "Publish a TXT record there: \"v=DKIM1; k=", rsa ? "rsa" : "ed25519", "; p=", ours, "\".");
  std::optional<std::string> theirs;
  for (const std::string& record : answer.records) {
    if (const std::optional<std::string> found = PublicKeyOf(TextOf(record)); found) theirs = found;
    if (theirs == ours) return {Level::kGood, "dkim", name + ": holds our key", ""};
  }
  if (!theirs) return {Level::kFault, "dkim", name + ": has no DKIM key", publish};
  if (theirs->empty()) return {Level::kFault, "dkim", name + ": the key is revoked", publish};
  return {Level::kFault, "dkim",
          name + ": holds another key than ours, so that our signatures fail", publish};
}

std::vector<std::string> DmarcNames(const std::string& domain) {
  std::vector<std::string> names;
  std::string_view at = domain;
  do {
    names.push_back(absl::StrCat("_dmarc.", std::string(at)));
    at.remove_prefix(std::min(at.size(), at.find('.') + 1));
  } while (at.find('.') != std::string_view::npos);
  return names;
}

bool EndsDmarcWalk(const DnsAnswer& answer) {
  return answer.code == DnsAnswer::Code::kFailed || !TextsOf(answer, kDmarc).empty();
}

Finding JudgeDmarc(const std::string& domain, const DnsAnswer& answer) {
  if (const std::optional<Finding> none = Unanswered("dmarc", domain, answer); none) return *none;
  const std::vector<std::string> texts = TextsOf(answer, kDmarc);
  if (texts.size() == 1) return {Level::kGood, "dmarc", absl::StrCat(domain, ": ", texts[0]), ""};
  if (texts.size() > 1) {
    return {Level::kWarning, "dmarc", absl::StrCat(domain, ": has several DMARC records"),
            "Make one of them: with several, receivers take none (RFC 7489 6.6.3)."};
  }
  return {Level::kWarning, "dmarc", absl::StrCat(domain, ": has no DMARC record"),
          absl::StrCat("Publish a TXT record at _dmarc.", domain,
                       ": \"v=DMARC1; p=none; rua=mailto:…\"; large providers ask for one.")};
}

Finding JudgeReturnPath(const std::string& domain, const DnsAnswer& answer) {
  if (const std::optional<Finding> none = Unanswered("return_path", domain, answer); none) {
    return *none;
  }
  if (answer.code == DnsAnswer::Code::kNoName) {
    return {Level::kFault, "return_path", absl::StrCat(domain, ": there is no such domain"),
            "Mend senders[].return_path_domain or the sender's mailbox: receivers refuse mail from "
            "a domain that is not there."};
  }
  if (answer.records.empty()) {
    return {Level::kWarning, "return_path", absl::StrCat(domain, ": has no mail exchanger"),
            "Publish an MX record, or bounces are lost."};
  }
  if (std::any_of(answer.records.begin(), answer.records.end(), IsNullExchanger)) {
    return {Level::kFault, "return_path",
            absl::StrCat(domain, ": says that it takes no mail (a null MX, RFC 7505)"),
            "Publish a real MX record, or set senders[].return_path_domain: bounces are lost, and "
            "receivers may refuse mail from there."};
  }
  return {Level::kGood, "return_path", absl::StrCat(domain, ": has a mail exchanger"), ""};
}

}  // namespace posthaste::doctor
