// Any fragmentation of a relay's bytes gives the same replies, the same error and the same
// leftover; nothing breaks the limits.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "smtp/reply.h"

namespace {

using posthaste::smtp::Reply;
using posthaste::smtp::ReplyParser;

struct Result {
  std::vector<Reply> replies;
  bool broken = false, leftover = false;
};

Result Feed(std::string_view bytes, size_t piece) {
  ReplyParser parser;
  Result result;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    result.broken = !parser.Feed(bytes.substr(at, piece)).ok();
    while (auto reply = parser.Next()) result.replies.push_back(*std::move(reply));
  }
  result.leftover = parser.HasLeftover();
  return result;
}

void Require(bool holds) {
  if (!holds) std::abort();
}

bool Same(const Result& a, const Result& b) {
  if (a.broken != b.broken || a.leftover != b.leftover) return false;
  if (a.replies.size() != b.replies.size()) return false;
  for (size_t i = 0; i < a.replies.size(); ++i) {
    const Reply &x = a.replies[i], &y = b.replies[i];
    if (x.code != y.code || x.lines != y.lines || x.enhanced != y.enhanced) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result whole = Feed(bytes, size + 1);
  for (const size_t piece : {1, 2, 3, 7, 64}) Require(Same(whole, Feed(bytes, piece)));
  for (const Reply& reply : whole.replies) {
    Require(reply.code >= 200 && reply.code <= 599);
    Require(!reply.lines.empty() && reply.lines.size() <= 128);
    Require(!reply.enhanced || reply.enhanced->klass == reply.code / 100);
    for (const char c : reply.Printable()) Require(c >= 0x20 && c < 0x7f);
    Require(reply.Printable(60).size() <= 60);
    (void)reply.Text();
  }
  return 0;
}
