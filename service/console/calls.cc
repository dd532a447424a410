#include "service/console/calls.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "service/api/messages.h"
#include "service/api/notifications.h"
#include "service/api/templates.h"
#include "service/api/verifications.h"
#include "service/cli/fate.h"
#include "service/console/conversions.h"
#include "service/console/json.h"
#include "service/console/operations.h"
#include "service/ops/console/form.h"
#include "service/ops/console/frame.h"
#include "service/queue/ids.h"
#include "templates/engine/brand.h"
#include "templates/engine/marks.h"

namespace posthaste::console {
namespace {

using Answer = absl::StatusOr<std::string>;

constexpr int kListed = 50;  // Of each tenant.

absl::StatusOr<api::Call> CallFor(api::Backend& backend, const std::string& tenant,
                                  const ops::Operator& who) {
  const api::TenantView* view = backend.shared->tenants->Find(tenant);
  if (view == nullptr) return absl::NotFoundError(absl::StrCat("tenant: no ", tenant));
  api::Call call{backend};
  call.caller.tenant = tenant;
  call.caller.key = who.key;
  call.tenant = view;
  return call;
}

std::string RowOf(const std::string& tenant, const v1::Message& message) {
  return JsonObject()
      .Text("tenant", tenant)
      .Text("sentence", cli::Sentence(message))
      .Raw("message", ToJson(message))
      .Done();
}

// One tenant's messages that `order` asks for. What is none of this tenant's is no error.
Task<absl::Status> FindOf(api::Call call, std::string query, std::string state,
                          std::vector<std::string>& rows) {
  const std::string tenant = call.caller.tenant;
  if (queue::ParseId('m', query, call.backend.store->keys().shards())) {
    v1::GetMessageRequest request;
    request.set_id(query);
    const absl::StatusOr<v1::Message> message = co_await Ask(call, api::HandleGetMessage, request);
    if (message.ok()) rows.push_back(RowOf(tenant, *message));
    co_return absl::IsNotFound(message.status()) ? absl::OkStatus() : message.status();
  }
  v1::ListMessagesRequest request;
  request.set_page_size(kListed);
  request.set_recipient(query);
  v1::Message::State wanted = v1::Message::STATE_UNSPECIFIED;
  if (!state.empty() && !v1::Message::State_Parse(state, &wanted))
    co_return absl::InvalidArgumentError("state: no such state");
  request.set_state(wanted);
  const absl::StatusOr<v1::ListMessagesResponse> page =
      co_await Ask(call, api::HandleListMessages, request);
  if (!page.ok()) co_return page.status();
  for (const v1::Message& message : page->messages()) rows.push_back(RowOf(tenant, message));
  co_return absl::OkStatus();
}

Task<Answer> FindMessages(api::Backend& backend, ops::Order order) {
  const std::string query = TextField(order.request, "query");
  const std::string state = TextField(order.request, "state");
  std::vector<std::string> rows;
  for (const config::v1::Tenant& tenant : backend.shared->config->tenants()) {
    absl::StatusOr<api::Call> call = CallFor(backend, tenant.id(), order.who);
    if (!call.ok()) co_return call.status();
    const absl::Status found = co_await FindOf(*std::move(call), query, state, rows);
    if (!found.ok()) co_return found;
  }
  co_return JsonObject().Raw("messages", JsonArray(rows)).Done();
}

Task<Answer> GetMessage(api::Backend& backend, ops::Order order) {
  absl::StatusOr<api::Call> call = CallFor(backend, TextField(order.request, "tenant"), order.who);
  if (!call.ok()) co_return call.status();
  v1::GetMessageRequest get;
  get.set_id(TextField(order.request, "id"));
  const absl::StatusOr<v1::Message> message = co_await Ask(*call, api::HandleGetMessage, get);
  if (!message.ok()) co_return message.status();
  v1::ListAttemptsRequest list;
  list.set_id(get.id());
  const absl::StatusOr<v1::ListAttemptsResponse> attempts =
      co_await Ask(*call, api::HandleListAttempts, list);
  if (!attempts.ok()) co_return attempts.status();
  const std::string phase =
      attempts->attempts().empty() ? "" : attempts->attempts().rbegin()->phase();
  JsonObject json;
  json.Text("tenant", call->caller.tenant)
      .Text("sentence", cli::Sentence(*message))
      .Text("advice", cli::Advice(message->failure_class(), phase))
      .Raw("message", ToJson(*message))
      .Raw("attempts", ToJson(*attempts));
  co_return json.Done();
}

Task<Answer> CancelMessage(api::Backend& backend, ops::Order order) {
  absl::StatusOr<api::Call> call = CallFor(backend, TextField(order.request, "tenant"), order.who);
  if (!call.ok()) co_return call.status();
  v1::CancelMessageRequest request;
  request.set_id(TextField(order.request, "id"));
  const absl::StatusOr<v1::Message> message =
      co_await Ask(*call, api::HandleCancelMessage, request);
  if (!message.ok()) co_return message.status();
  co_return RowOf(call->caller.tenant, *message);
}

std::string TemplateJson(const std::string& tenant, const templates::Template& mail) {
  std::vector<std::string> locales;
  for (const std::string& locale : mail.Locales()) AppendJsonString(locale, locales.emplace_back());
  const auto rendered = mail.Render(mail.Samples(), templates::SampleBrand(), "", "");
  return JsonObject()
      .Text("tenant", tenant)
      .Text("name", mail.name())
      .Text("description", mail.description())
      .Text("subject", rendered.ok() ? templates::FillCode(rendered->subject, "123456") : "")
      .Raw("locales", JsonArray(locales))
      .Done();
}

Task<Answer> ListTemplates(api::Backend& backend, ops::Order) {
  std::vector<std::string> all;
  for (const config::v1::Tenant& tenant : backend.shared->config->tenants()) {
    if (tenant.senders().empty()) continue;  // Sends nothing: an operator.
    const auto catalogue = backend.shared->tenants->Find(tenant.id())->shelf->Now();
    for (const std::string& name : catalogue->Names(tenant.id()))
      all.push_back(TemplateJson(tenant.id(), *catalogue->Find(tenant.id(), name)));
  }
  co_return JsonObject().Raw("templates", JsonArray(all)).Done();
}

Task<Answer> LintTemplate(api::Backend& backend, ops::Order order) {
  absl::StatusOr<api::Call> call = CallFor(backend, TextField(order.request, "tenant"), order.who);
  if (!call.ok()) co_return call.status();
  v1::LintTemplateRequest request;
  request.set_name(TextField(order.request, "name"));
  const absl::StatusOr<v1::LintTemplateResponse> found =
      co_await Ask(*call, api::HandleLintTemplate, request);
  if (!found.ok()) co_return found.status();
  co_return ToJson(*found);
}

absl::StatusOr<std::string> PreviewTemplate(const api::Backend& backend, std::string_view query) {
  const auto field = [query](std::string_view name) {
    return ops::FormField(query, name).value_or("");
  };
  const api::TenantView* tenant = backend.shared->tenants->Find(field("tenant"));
  if (tenant == nullptr) return absl::NotFoundError("tenant: there is none of that id");
  const auto catalogue = tenant->shelf->Now();
  const templates::Template* mail = catalogue->Find(field("tenant"), field("name"));
  if (mail == nullptr) return absl::NotFoundError("name: there is no such template");
  const absl::StatusOr<templates::Rendered> rendered =
      mail->Render(mail->Samples(), tenant->brand, field("locale"), "");
  if (!rendered.ok()) return rendered.status();
  if (field("part") == "text") return ops::TextPage(templates::FillCode(rendered->text, "123456"));
  const std::string html =
      ops::InScheme(templates::FillCode(rendered->html, "123456"), field("scheme") == "dark");
  const config::Logo& logo = tenant->logo;
  return ops::WithPicture(html, logo.content_id, logo.media_type, logo.bytes);
}

// What the sandbox's one tenant could ask for itself.
template <typename Request, typename Response>
void AddOwn(api::Backend& backend, const char* name,
            Task<absl::Status> (*handle)(api::Call&, const Request&, Response&),
            ops::ConsoleParts& parts) {
  parts.calls[name].run = [&backend, handle](ops::Order order) -> Task<Answer> {
    api::Call call = CallFor(backend, backend.shared->config->tenants(0).id(), order.who).value();
    return AskJson(std::move(call), handle, std::move(order));
  };
}

void AddCallsOf(api::Backend& backend, ops::ConsoleParts& parts) {
  AddCall(backend, "FindMessages", false, FindMessages, parts);
  AddCall(backend, "GetMessage", false, GetMessage, parts);
  AddCall(backend, "CancelMessage", true, CancelMessage, parts);
  AddOperations(backend, parts);
  AddConversions(backend, parts);
  AddCall(backend, "ListTemplates", false, ListTemplates, parts);
  AddCall(backend, "LintTemplate", false, LintTemplate, parts);
  if (!parts.sandbox) return;
  AddOwn(backend, "SendVerificationCode", api::HandleSendVerificationCode, parts);
  AddOwn(backend, "CheckVerificationCode", api::HandleCheckVerificationCode, parts);
  AddOwn(backend, "SendPasswordChanged", api::HandleSendPasswordChanged, parts);
  AddOwn(backend, "SendNewSignIn", api::HandleSendNewSignIn, parts);
  AddOwn(backend, "SendMfaChanged", api::HandleSendMfaChanged, parts);
}

// Runs the call with what is in force now, and keeps that until it has ended.
Task<Answer> RunOn(std::shared_ptr<api::InForce> in_force, std::string name, bool sandbox,
                   ops::Order order) {
  ops::ConsoleParts parts;
  parts.sandbox = sandbox;
  AddCallsOf(in_force->backends[0], parts);
  co_return co_await parts.calls[name].run(std::move(order));
}

absl::StatusOr<ops::Operator> LogIn(const api::InForce& in_force, std::string_view key,
                                    std::string_view source) {
  api::Credentials shown;
  shown.authorization = absl::StrCat("Bearer ", std::string(key));
  shown.source = std::string(source);
  const absl::StatusOr<api::Caller> caller = in_force.snapshot->authenticator().Authenticate(
      shown, in_force.snapshot->shared().clock->Now());
  if (!caller.ok()) return caller.status();
  if (!caller->scopes.contains("ops.read")) return absl::PermissionDeniedError("no ops.read");
  return ops::Operator{caller->key, caller->scopes.contains("ops.write")};
}

}  // namespace

void AddCalls(const api::Snapshots& snapshots, ops::ConsoleParts& parts) {
  parts.authenticate = [&snapshots](std::string_view key, std::string_view source) {
    return LogIn(*snapshots.Now(), key, source);
  };
  parts.previews["template"] = [&snapshots](std::string_view query) {
    return PreviewTemplate(snapshots.Now()->backends[0], query);
  };
  const std::shared_ptr<api::InForce> first = snapshots.Now();
  ops::ConsoleParts all;
  all.sandbox = parts.sandbox;
  AddCallsOf(first->backends[0], all);
  for (const auto& [name, call] : all.calls) {
    parts.calls[name] = {call.acts,
                         [&snapshots, name = name, sandbox = parts.sandbox](ops::Order order) {
                           return RunOn(snapshots.Now(), name, sandbox, std::move(order));
                         }};
  }
}

}  // namespace posthaste::console
