#include "service/ops/console/session.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/encoding.h"

namespace posthaste::ops {

bool Sessions::MayTry() {
  const SteadyTime now = clock_.Steady();
  if (now - window_ >= kFailureTime) {
    window_ = now;
    failures_ = 0;
  }
  return failures_ < kFailures;
}

void Sessions::Failed() { ++failures_; }

std::string Sessions::Begin(Operator who) {
  const SteadyTime now = clock_.Steady();
  std::erase_if(sessions_, [now](const auto& one) { return one.second.end <= now; });
  if (sessions_.size() >= kMax) {
    const auto first =
        std::min_element(sessions_.begin(), sessions_.end(),
                         [](const auto& a, const auto& b) { return a.second.end < b.second.end; });
    sessions_.erase(first);
  }
  const std::string token = Base64Url(random_.Bytes(32));
  Session session{std::move(who), Base64Url(random_.Bytes(32)), now + kLife};
  sessions_.insert_or_assign(crypto::Sha256(token), std::move(session));
  return token;
}

const Session* Sessions::Find(std::string_view token) {
  const auto found = sessions_.find(crypto::Sha256(token));
  if (found == sessions_.end() || found->second.end <= clock_.Steady()) return nullptr;
  return &found->second;
}

void Sessions::End(std::string_view token) { sessions_.erase(crypto::Sha256(token)); }

std::string_view CookieNamed(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return pair.substr(equals + 1);
  }
  return {};
}

}  // namespace posthaste::ops
