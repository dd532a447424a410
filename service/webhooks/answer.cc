#include "service/webhooks/answer.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"

namespace posthaste::webhooks {
namespace {

namespace http = boost::beast::http;
using Response = http::response_parser<http::string_body>;

constexpr int kInterimMax = 4;
// "0\r\n\r\n": at least as many follow until a chunked answer is whole (RFC 9112 7.1). Beast takes
// it for granted that it is given them together.
constexpr size_t kLastChunkBytes = 5;

}  // namespace

struct AnswerReader::Parser {
  Parser() { Reset(); }

  void Reset() {
    response.emplace();
    response->header_limit(kAnswerHeaderMax);
    response->body_limit(kAnswerBodyMax);
    response->eager(true);
  }
  // Whether what waits says nothing yet.
  bool TooShort() const {
    return response->is_header_done() && response->chunked() && waiting.size() < kLastChunkBytes;
  }
  bool Interim() const { return response->is_header_done() && response->get().result_int() < 200; }

  std::optional<Response> response;
  std::string waiting;  // What was not parsed yet.
  size_t bytes = 0;     // All that came.
  int interim = 0;      // 1xx, which an answer follows.
};

AnswerReader::AnswerReader() : parser_(std::make_unique<Parser>()) {}
AnswerReader::~AnswerReader() = default;

absl::StatusOr<bool> AnswerReader::Put(std::string_view bytes) {
  Parser& parser = *parser_;
  parser.bytes += bytes.size();
  parser.waiting.append(bytes);
  while (!parser.waiting.empty() && !parser.TooShort()) {
    boost::beast::error_code error;
    const size_t parsed = parser.response->put(boost::asio::buffer(parser.waiting), error);
    parser.waiting.erase(0, parsed);
    if (error && error != http::error::need_more)
      return absl::InvalidArgumentError("answer: " + error.message());
    if (parser.response->is_done()) {
      if (!parser.Interim()) return true;
      if (++parser.interim > kInterimMax)
        return absl::InvalidArgumentError("answer: nothing but interim ones");
      parser.Reset();
    } else if (parsed == 0) {
      break;
    }
  }
  if (parser.bytes > kAnswerMax) return absl::InvalidArgumentError("answer: too long");
  return false;
}

bool AnswerReader::PutEnd() {
  boost::beast::error_code error;
  if (parser_->response->is_header_done()) parser_->response->put_eof(error);
  return status() != 0 && !error && parser_->response->is_done();
}

int AnswerReader::status() const {
  const Response& response = *parser_->response;
  if (!response.is_header_done() || parser_->Interim()) return 0;
  return static_cast<int>(response.get().result_int());
}

std::optional<absl::Duration> AnswerReader::retry_after() const {
  if (status() == 0) return std::nullopt;
  const auto field = parser_->response->get()[http::field::retry_after];
  int seconds = 0;
  if (!absl::SimpleAtoi(std::string(field.data(), field.size()), &seconds) || seconds < 0)
    return std::nullopt;
  return absl::Seconds(seconds);
}

bool AnswerReader::keep_alive() const {
  return parser_->waiting.empty() && parser_->response->keep_alive();
}

}  // namespace posthaste::webhooks
