#include "service/sandbox/inbox_console.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "service/ops/console/form.h"
#include "service/ops/console/frame.h"
#include "service/sandbox/inbox.h"
#include "service/sandbox/inbox_json.h"
#include "service/sandbox/mail.h"

namespace posthaste::sandbox {
namespace {

constexpr size_t kListed = 100;

std::string FieldOf(const std::string& json, const std::string& name) {
  google::protobuf::Struct fields;
  if (!google::protobuf::util::JsonStringToMessage(json, &fields).ok()) return "";
  const auto found = fields.fields().find(name);
  return found == fields.fields().end() ? "" : found->second.string_value();
}

bool IsPicture(const MailPart& part) {
  constexpr std::string_view kTypes[] = {"image/gif", "image/jpeg", "image/png"};
  return !part.content_id.empty() &&
         std::find(std::begin(kTypes), std::end(kTypes), part.type) != std::end(kTypes);
}

Task<absl::StatusOr<std::string>> ListMail(std::string folder, ops::Order order) {
  std::vector<std::string> mails;
  for (const Captured& captured : Inbox(folder).List(FieldOf(order.request, "to"), kListed))
    mails.push_back(SummaryOf(captured));
  co_return JsonObject().Raw("mails", JsonArray(mails)).Done();
}

Task<absl::StatusOr<std::string>> GetMail(std::string folder, ops::Order order) {
  const absl::StatusOr<Captured> captured = Inbox(folder).Find(FieldOf(order.request, "id"));
  if (!captured.ok()) co_return captured.status();
  co_return WholeOf(*captured);
}

// Its HTML with the pictures that came with it.
std::string PageOf(const Mail& mail) {
  std::string html = mail.html;
  for (const MailPart& part : mail.parts) {
    if (IsPicture(part)) html = ops::WithPicture(html, part.content_id, part.type, part.content);
  }
  return html;
}

}  // namespace

ops::ConsoleParts ConsoleWithInbox(const std::string& folder) {
  ops::ConsoleParts parts;
  parts.sandbox = true;
  parts.calls["ListMail"].run = [folder](ops::Order order) {
    return ListMail(folder, std::move(order));
  };
  parts.calls["GetMail"].run = [folder](ops::Order order) {
    return GetMail(folder, std::move(order));
  };
  parts.previews["mail"] = [folder](std::string_view query) -> absl::StatusOr<std::string> {
    const absl::StatusOr<Captured> captured =
        Inbox(folder).Find(ops::FormField(query, "id").value_or(""));
    if (!captured.ok()) return captured.status();
    return PageOf(ParseMail(captured->message));
  };
  parts.beats["inbox"] = [folder] {
    const std::vector<Captured> newest = Inbox(folder).List("", 1);
    std::string json;
    AppendJsonString(newest.empty() ? "" : newest.front().id, json);
    return json;
  };
  return parts;
}

}  // namespace posthaste::sandbox
