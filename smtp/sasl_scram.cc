#include "smtp/sasl_scram.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "smtp/saslprep.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kSaltBytesMax = 1024;

// Takes "k=value" up to the next comma off the front of `text`; nothing if another key comes.
std::optional<std::string_view> Take(std::string_view& text, char key) {
  if (text.size() < 2 || text[0] != key || text[1] != '=') return std::nullopt;
  const size_t end = std::min(text.find(','), text.size());
  const std::string_view value = text.substr(2, end - 2);
  text.remove_prefix(std::min(end + 1, text.size()));
  return value;
}

std::string Xor(std::string a, std::string_view b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

}  // namespace

bool CanPrepare(std::string_view text) { return SaslPrep(text).ok(); }

std::string SaslName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '=') {
      out += "=3D";
    } else if (c == ',') {
      out += "=2C";
    } else {
      out += c;
    }
  }
  return out;
}

ScramExchange::ScramExchange(std::string username, Secret password, std::string nonce,
                             ScramBinding binding)
    : username_(SaslPrep(username).value_or("")),
      password_(SaslPrep(password.Reveal()).value_or("")),
      nonce_(std::move(nonce)),
      binding_(std::move(binding)) {}

absl::StatusOr<std::optional<Secret>> ScramExchange::First() {
  if (username_.empty() || password_.Reveal().empty()) {
    return absl::InvalidArgumentError("credentials that SASLprep does not allow");
  }
  if (!binding_.channel.type.empty()) {
    header_ = absl::StrCat("p=", binding_.channel.type, ",,");
  } else {
    header_ = binding_.could_have_bound ? "y,," : "n,,";
  }
  client_first_bare_ = absl::StrCat("n=", SaslName(username_), ",r=", nonce_);
  return std::optional<Secret>(std::in_place, absl::StrCat(header_, client_first_bare_));
}

absl::StatusOr<std::optional<Secret>> ScramExchange::Next(std::string_view challenge) {
  switch (step_) {
    case Step::kFirst: {
      absl::StatusOr<Secret> proof = Prove(challenge);
      if (!proof.ok()) return proof.status();
      step_ = Step::kProof;
      return std::optional<Secret>(*std::move(proof));
    }
    case Step::kProof: {
      // An error is the relay's to say in its own words: it does after our empty answer.
      const bool refused = challenge.substr(0, 2) == "e=";
      if (const absl::Status verified = Verify(challenge); !refused && !verified.ok()) {
        return verified;
      }
      step_ = refused ? Step::kFailed : Step::kVerified;
      return std::optional<Secret>(std::in_place, std::string());
    }
    default:
      return std::optional<Secret>();
  }
}

absl::StatusOr<Secret> ScramExchange::Prove(std::string_view server_first) {
  std::string_view rest = server_first;
  // "m=" in front is an extension that we must understand, and do not; ones behind are for those
  // who do.
  const std::optional<std::string_view> nonce = Take(rest, 'r');
  const std::optional<std::string_view> salt64 = Take(rest, 's');
  const std::optional<std::string_view> count = Take(rest, 'i');
  if (!nonce || !salt64 || !count) return absl::InvalidArgumentError("not SCRAM's first message");
  if (nonce->size() <= nonce_.size() || nonce->substr(0, nonce_.size()) != nonce_) {
    return absl::InvalidArgumentError("a nonce that does not continue ours");
  }
  const std::optional<std::string> salt = FromBase64(*salt64);
  if (!salt || salt->empty() || salt->size() > kSaltBytesMax) {
    return absl::InvalidArgumentError("no usable salt");
  }
  int iterations = 0;
  const bool good = absl::SimpleAtoi(std::string(*count), &iterations) &&
                    iterations >= kIterationsMin && iterations <= kIterationsMax;
  if (!good) return absl::InvalidArgumentError("iterations not from 4096 to 100000");

  const std::string bound = Base64(absl::StrCat(header_, binding_.channel.bytes));
  const std::string unproven = absl::StrCat("c=", bound, ",r=", std::string(*nonce));
  const std::string message =
      absl::StrCat(client_first_bare_, ",", std::string(server_first), ",", unproven);
  std::string salted = crypto::Pbkdf2Sha256(password_.Reveal(), *salt, iterations);
  std::string client_key = crypto::HmacSha256(salted, "Client Key");
  const std::string stored_key = crypto::Sha256(client_key);
  const std::string proof = Xor(client_key, crypto::HmacSha256(stored_key, message));
  server_signature_ = crypto::HmacSha256(crypto::HmacSha256(salted, "Server Key"), message);
  crypto::Wipe(salted);
  crypto::Wipe(client_key);
  return Secret(absl::StrCat(unproven, ",p=", Base64(proof)));
}

absl::Status ScramExchange::Verify(std::string_view server_final) {
  const std::optional<std::string_view> shown = Take(server_final, 'v');
  const std::optional<std::string> signature = FromBase64(shown.value_or(""));
  if (!signature || !crypto::EqualConstantTime(*signature, server_signature_)) {
    return absl::UnauthenticatedError("the relay did not prove that it knows the password");
  }
  return absl::OkStatus();
}

absl::Status ScramExchange::Finish() const {
  if (step_ == Step::kVerified) return absl::OkStatus();
  return absl::UnauthenticatedError("the relay did not prove that it knows the password");
}

}  // namespace posthaste::smtp
