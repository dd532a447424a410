#include "service/ops/console/console.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/json.h"
#include "service/config/load.h"
#include "service/ops/console/assets.h"
#include "service/ops/console/events.h"
#include "service/ops/console/form.h"
#include "service/ops/console/shell.h"

namespace posthaste::ops {
namespace {

constexpr std::string_view kRoot = "/console/";
constexpr char kCookie[] = "ph_console";

Page Plain(int status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text)};
}

Page Redirect(std::string where) {
  Page page = Plain(303, "");
  page.headers = {{"Location", std::move(where)}};
  return page;
}

bool Consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

int HttpStatus(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 503;
    default:
      return 500;
  }
}

Page Refused(const absl::Status& status) {
  std::string json = "{\"error\":";
  AppendJsonString(std::string_view(status.message().data(), status.message().size()), json);
  json += "}";
  return {HttpStatus(status), "application/json", std::move(json)};
}

// What a call is posted with: {"request": {…}, "reason": "…"}.
struct Posted {
  std::string request, reason;
};
absl::StatusOr<Posted> ReadPosted(const std::string& body) {
  google::protobuf::Struct read;
  if (!google::protobuf::util::JsonStringToMessage(body, &read).ok())
    return absl::InvalidArgumentError("the body is not a JSON object");
  Posted posted;
  const auto request = read.fields().find("request");
  const bool given = request != read.fields().end() && request->second.has_struct_value();
  if (!given) {
    posted.request = "{}";
  } else if (!google::protobuf::util::MessageToJsonString(request->second.struct_value(),
                                                          &posted.request)
                  .ok()) {
    return absl::InvalidArgumentError("request: cannot be read");
  }
  const auto reason = read.fields().find("reason");
  if (reason != read.fields().end()) posted.reason = reason->second.string_value();
  if (posted.reason.size() > 500 || HasControl(posted.reason))
    return absl::InvalidArgumentError("reason: one line of at most 500 characters");
  return posted;
}

}  // namespace

bool MayBeShown(const Request& request) {
  return request.encrypted || config::IsLoopbackHost(request.source);
}

bool IsThisMachine(std::string_view host) {
  if (host.starts_with("[")) return host.substr(0, host.find(']') + 1) == "[::1]";
  const std::string_view name = host.substr(0, host.find(':'));
  return name == "localhost" || name == "127.0.0.1";
}

Console::Console(Loop& loop, ConsoleParts parts, const Clock& clock, Random& random)
    : parts_(std::move(parts)),
      sessions_(clock, random),
      everybody_{{"sandbox", true}, Base64Url(random.Bytes(32)), SteadyTime::max()},
      feed_(loop, [this] { return Tell(); }) {}

bool Console::Owns(std::string_view path) {
  return path == "/" || path == "/console" || path.substr(0, kRoot.size()) == kRoot;
}

Task<Page> Console::Answer(Request request) {
  if (!MayBeShown(request)) {
    co_return Plain(403, "the console is shown in TLS (ops.tls) or on its own machine only\n");
  }
  if (request.path == "/" || request.path == "/console") co_return Redirect(std::string(kRoot));
  const std::string_view rest = std::string_view(request.path).substr(kRoot.size());
  if (rest.starts_with("assets/")) co_return Asset(rest.substr(7), request.Header("if-none-match"));
  if (parts_.sandbox) {
    if (!IsThisMachine(request.Header("host")))
      co_return Plain(403, "the sandbox's console is for this machine: open it as localhost\n");
    co_return co_await Inside(request, everybody_);
  }
  if (rest == "login") co_return Login(request);
  const Session* session = sessions_.Find(CookieNamed(request.Header("cookie"), kCookie));
  if (session != nullptr) {
    const Session copy = *session;  // Others may log in while this is answered.
    co_return co_await Inside(request, copy);
  }
  const bool page = request.method != "POST" && HasPage(rest.empty() ? "now" : rest, false);
  co_return page ? Redirect("/console/login") : Plain(401, "log in\n");
}

Task<Page> Console::Inside(const Request& request, const Session& session) {
  std::string_view rest = std::string_view(request.path).substr(kRoot.size());
  if (request.method == "POST") {
    if (rest == "logout") co_return Logout(request, session);
    if (!Consume(rest, "api/")) co_return Plain(404, "no such call\n");
    if (!crypto::EqualConstantTime(request.Header("x-csrf-token"), session.csrf))
      co_return Refused(absl::PermissionDeniedError("the page is too old: load it again"));
    co_return co_await Call(rest, request, session);
  }
  if (rest == "events") co_return Events();
  if (Consume(rest, "preview/")) co_return ShowPreview(rest, request);
  if (rest.empty()) rest = "now";
  if (!HasPage(rest, parts_.sandbox)) co_return Plain(404, "no such page\n");
  const ShellView view{session, parts_.sandbox, parts_.version};
  co_return Shell(rest, view);
}

Task<Page> Console::Call(std::string_view name, const Request& request, const Session& session) {
  const auto call = parts_.calls.find(name);
  if (call == parts_.calls.end()) co_return Refused(absl::NotFoundError("no such call"));
  absl::StatusOr<Posted> posted = ReadPosted(request.body);
  if (!posted.ok()) co_return Refused(posted.status());
  const bool acts = call->second.acts;
  if (acts && !session.who.write)
    co_return Refused(absl::PermissionDeniedError("this key may only look: it lacks ops.write"));
  if (acts && posted->reason.empty())
    co_return Refused(absl::InvalidArgumentError("reason: is required"));
  Order order{session.who, posted->reason, posted->request};
  const absl::StatusOr<std::string> answer = co_await call->second.run(std::move(order));
  if (acts) Acted(name, session.who.key, posted->reason, posted->request, answer.status());
  if (!answer.ok()) co_return Refused(answer.status());
  Page page{200, "application/json", *answer};
  co_return page;
}

Page Console::Login(const Request& request) {
  if (request.method != "POST") return LoginForm("");
  const auto refuse = [](int status, std::string_view why) {
    Page page = LoginForm(why);
    page.status = status;
    return page;
  };
  if (!sessions_.MayTry()) return refuse(429, "Too many wrong keys. Wait a minute.");
  const std::string_view site = request.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin")
    return refuse(403, "Another site sent this. Log in here.");
  const std::optional<std::string> key = FormField(request.body, "key");
  absl::StatusOr<Operator> who = parts_.authenticate(key.value_or(""), request.source);
  LoggedIn(who.ok() ? who->key : "", request.source, who.ok());
  if (!who.ok()) {
    sessions_.Failed();
    return refuse(HttpStatus(who.status()),
                  absl::IsPermissionDenied(who.status())
                      ? "This key may not see the console: it lacks ops.read."
                      : "No such key, a wrong secret, or one that has expired.");
  }
  Page page = Redirect(std::string(kRoot));
  const bool tls = request.encrypted || request.Header("x-forwarded-proto") == "https";
  page.headers.emplace_back(
      "Set-Cookie",
      absl::StrCat(kCookie, "=", sessions_.Begin(*std::move(who)),
                   "; HttpOnly; SameSite=Strict; Path=/console; Max-Age=",
                   std::chrono::seconds(Sessions::kLife).count(), tls ? "; Secure" : ""));
  return page;
}

Page Console::Logout(const Request& request, const Session& session) {
  if (!crypto::EqualConstantTime(FormField(request.body, "csrf").value_or(""), session.csrf))
    return Plain(403, "the page is too old: load it again\n");
  sessions_.End(CookieNamed(request.Header("cookie"), kCookie));
  Page page = Redirect("/console/login");
  page.headers.emplace_back(
      "Set-Cookie",
      absl::StrCat(kCookie, "=; HttpOnly; SameSite=Strict; Path=/console; Max-Age=0"));
  return page;
}

Page Console::ShowPreview(std::string_view kind, const Request& request) const {
  const auto preview = parts_.previews.find(kind);
  if (preview == parts_.previews.end()) return Plain(404, "no such preview\n");
  absl::StatusOr<std::string> html = preview->second(request.query);
  if (!html.ok())
    return Plain(HttpStatus(html.status()), std::string(html.status().message()) + "\n");
  return Framed(*std::move(html));
}

// {"now": …, and the beats}.
Task<std::string> Console::Tell() {
  const std::string now = co_await parts_.now();
  JsonObject json;
  json.Raw("now", now);
  for (const auto& [name, beat] : parts_.beats) json.Raw(name, beat());
  co_return json.Done();
}

Page Console::Events() {
  std::optional<Feed::Stream> stream = feed_.Listen();
  if (!stream) return Plain(503, "too many are watching\n");
  Page page{200, "text/event-stream", "retry: 2000\n\n"};
  page.more = *std::move(stream);
  return page;
}

}  // namespace posthaste::ops
