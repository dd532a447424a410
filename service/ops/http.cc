#include "service/ops/http.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <type_traits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace posthaste::ops {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using Response = http::response<http::string_body>;
using Parser = http::request_parser<http::string_body>;
using Clear = beast::tcp_stream;

constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr std::chrono::seconds kGoodbyeTime{
    1};  // For the end of TLS, which tells a whole answer from one cut short.

Response Refusal(int status, std::string why) {
  Response response(static_cast<http::status>(status), 11);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (status == 405) response.set(http::field::allow, "GET, HEAD, POST");
  response.keep_alive(false);
  response.body() = std::move(why);
  response.prepare_payload();
  return response;
}

bool Serves(http::verb method) {
  return method == http::verb::get || method == http::verb::head || method == http::verb::post;
}

Request ToRequest(const Parser& parser) {
  const auto& message = parser.get();
  const std::string target(message.target().data(), message.target().size());
  const size_t mark = target.find('?');
  Request request;
  request.method = std::string(message.method_string());
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  request.body = message.body();
  for (const auto& field : message) {
    request.headers[absl::AsciiStrToLower(std::string(field.name_string()))] =
        std::string(field.value());
  }
  return request;
}

std::string SourceOf(const Clear& stream) {
  boost::system::error_code error;
  const Tcp::endpoint from = stream.socket().remote_endpoint(error);
  if (error) return "";
  const asio::ip::address address = from.address();
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  return mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
                : address.to_string();
}

Response ToResponse(Page& page, const Parser& parser) {
  const auto& request = parser.get();
  Response response(static_cast<http::status>(page.status), request.version());
  response.set(http::field::content_type, page.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : page.headers) {
    if (name == "Set-Cookie") {
      response.insert(name, value);
    } else {
      response.set(name, value);
    }
  }
  response.body() = std::move(page.body);
  if (page.more != nullptr) {
    response.keep_alive(false);
    return response;
  }
  // A body that was not read would be taken for the next request.
  const bool unread = request.method() != http::verb::post &&
                      (parser.chunked() || parser.content_length().value_or(0) > 0);
  response.keep_alive(request.keep_alive() && !unread);
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

// The answer to what could not be read; status 0: none, the client has gone.
int StatusOf(const beast::error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  const bool ours = error.category() == http::make_error_code(http::error::bad_method).category();
  if (error == http::error::end_of_stream || error == http::error::partial_message || !ours)
    return 0;
  return 400;
}

absl::StatusOr<Tcp::endpoint> Parse(Loop& loop, const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("ops.address: \"", address, "\" is not host:port"));
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  Tcp::resolver resolver(loop);
  const auto found = resolver.resolve(host, std::to_string(port), Tcp::resolver::passive, error);
  if (error || found.empty())
    return absl::InvalidArgumentError(absl::StrCat("ops.address: no host ", host));
  return found.begin()->endpoint();
}

}  // namespace

struct Http::Impl {
  Impl(Loop& loop, Pages given, std::shared_ptr<const Tls> shown, const HttpLimits& wanted)
      : acceptor(loop), pages(std::move(given)), tls(std::move(shown)), limits(wanted) {}

  Tcp::acceptor acceptor;
  Pages pages;
  const std::shared_ptr<const Tls> tls;
  const HttpLimits limits;
  std::string address;
  int connections = 0;

  static Task<void> Accept(std::shared_ptr<Impl> self);
  static Task<void> Serve(std::shared_ptr<Impl> self, Tcp::socket socket);
  static Task<void> ServeEncrypted(Impl& self, Clear& stream);
  template <typename Way>
  static Task<void> ServeAll(Impl& self, Way& way);
  template <typename Way>
  static Task<bool> ServeOne(Impl& self, Way& way, beast::flat_buffer& buffer);
  template <typename Way>
  static Task<void> Stream(Impl& self, Way& way, Page page);
};

// What has no length, until it ends or nobody listens.
template <typename Way>
Task<void> Http::Impl::Stream(Impl& self, Way& way, Page page) {
  while (self.acceptor.is_open()) {
    const std::string bytes = co_await page.more();
    if (bytes.empty()) co_return;
    beast::get_lowest_layer(way).expires_after(absl::ToChronoNanoseconds(self.limits.time));
    const auto [error, written] = co_await asio::async_write(way, asio::buffer(bytes), kAsTuple);
    if (error) co_return;
  }
}

// One request and its answer; false when the connection is over.
template <typename Way>
Task<bool> Http::Impl::ServeOne(Impl& self, Way& way, beast::flat_buffer& buffer) {
  const auto time = absl::ToChronoNanoseconds(self.limits.time);
  Clear& stream = beast::get_lowest_layer(way);
  Parser parser;
  parser.header_limit(self.limits.header_bytes);
  parser.body_limit(self.limits.body_bytes);
  stream.expires_after(time);
  auto [error, read] = co_await http::async_read_header(way, buffer, parser, kAsTuple);
  if (!error && parser.get().method() == http::verb::post) {
    const auto [body_error, more] = co_await http::async_read(way, buffer, parser, kAsTuple);
    error = body_error;
  }
  if (!self.acceptor.is_open()) co_return false;
  Response response;
  Page page;
  if (error) {
    const int status = StatusOf(error);
    if (status == 0) co_return false;
    response = Refusal(status, status == 400 ? "not a request\n" : "too large\n");
  } else if (!Serves(parser.get().method())) {
    response = Refusal(405, "only GET, HEAD and POST\n");
  } else {
    stream.expires_never();
    Request request = ToRequest(parser);
    request.source = SourceOf(stream);
    request.encrypted = !std::is_same_v<Way, Clear>;
    page = co_await self.pages(std::move(request));
    if (parser.get().method() == http::verb::head) page.more = nullptr;
    if (!self.acceptor.is_open()) co_return false;
    response = ToResponse(page, parser);
  }
  stream.expires_after(time);
  const auto [write_error, written] = co_await http::async_write(way, response, kAsTuple);
  if (!write_error && page.more != nullptr) co_await Stream(self, way, std::move(page));
  co_return !write_error && response.keep_alive();
}

template <typename Way>
Task<void> Http::Impl::ServeAll(Impl& self, Way& way) {
  beast::flat_buffer buffer(self.limits.header_bytes + 1);
  bool keep = true;
  while (keep) keep = co_await ServeOne(self, way, buffer);
}

Task<void> Http::Impl::ServeEncrypted(Impl& self, Clear& stream) {
  const Tls::Context context = self.tls->context();
  beast::ssl_stream<Clear&> way(stream, *context);
  stream.expires_after(absl::ToChronoNanoseconds(self.limits.time));
  const auto [error] = co_await way.async_handshake(asio::ssl::stream_base::server, kAsTuple);
  if (error) co_return;
  co_await ServeAll(self, way);
  stream.expires_after(kGoodbyeTime);
  co_await way.async_shutdown(kAsTuple);
}

Task<void> Http::Impl::Serve(std::shared_ptr<Impl> self, Tcp::socket socket) {
  Clear stream(std::move(socket));
  if (self->tls == nullptr) {
    co_await ServeAll(*self, stream);
  } else {
    co_await ServeEncrypted(*self, stream);
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(Tcp::socket::shutdown_both, ignored);
  --self->connections;
}

Task<void> Http::Impl::Accept(std::shared_ptr<Impl> self) {
  while (self->acceptor.is_open()) {
    auto [error, socket] = co_await self->acceptor.async_accept(kAsTuple);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {  // Out of file descriptors, or the client has gone.
      asio::steady_timer pause(self->acceptor.get_executor(), kAcceptPause);
      co_await pause.async_wait(kAsTuple);
      continue;
    }
    if (self->connections >= self->limits.connections) continue;
    ++self->connections;
    asio::co_spawn(self->acceptor.get_executor(), Serve(self, std::move(socket)), asio::detached);
  }
}

std::string_view Request::Header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

absl::StatusOr<std::unique_ptr<Http>> Http::Start(Loop& loop, const std::string& address,
                                                  Pages pages, std::shared_ptr<const Tls> tls,
                                                  const HttpLimits& limits) {
  const absl::StatusOr<Tcp::endpoint> endpoint = Parse(loop, address);
  if (!endpoint.ok()) return endpoint.status();
  auto impl = std::make_shared<Impl>(loop, std::move(pages), std::move(tls), limits);
  boost::system::error_code error;
  impl->acceptor.open(endpoint->protocol(), error);
  if (!error) impl->acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) impl->acceptor.bind(*endpoint, error);
  if (!error) impl->acceptor.listen(limits.connections, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("ops.address: cannot listen on ", address, ": ", error.message()));
  }
  impl->address = absl::StrCat(address.substr(0, address.rfind(':')), ":",
                               impl->acceptor.local_endpoint().port());
  asio::co_spawn(loop, Impl::Accept(impl), asio::detached);
  return std::unique_ptr<Http>(new Http(std::move(impl)));
}

Http::Http(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Http::~Http() {
  asio::post(impl_->acceptor.get_executor(), [impl = impl_] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
  });
}

const std::string& Http::address() const { return impl_->address; }

}  // namespace posthaste::ops
