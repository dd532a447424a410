#include "service/api/templates.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "google/protobuf/timestamp.pb.h"
#include "service/api/fields.h"
#include "service/api/order_parts.h"
#include "service/api/page_token.h"
#include "service/api/publications.h"
#include "service/api/refusal.h"
#include "service/api/render.h"
#include "service/api/template_files.h"
#include "smtp/message.h"
#include "templates/engine/marks.h"

namespace posthaste::api {
namespace {

constexpr int kPageDefault = 50, kPageMax = 200;
constexpr size_t kRevisionDigits = 12;
constexpr char kSampleCode[] = "123456";
constexpr char kSampleReader[] = "ada@example.com";

void SetValue(const templates::Value& value, google::protobuf::Value& out) {
  if (const bool* flag = value.boolean()) {
    out.set_bool_value(*flag);
  } else if (const double* number = value.number()) {
    out.set_number_value(*number);
  } else if (const std::string* text = value.string()) {
    out.set_string_value(*text);
  } else if (const templates::Value::Items* items = value.list()) {
    for (const templates::Value& item : *items)
      SetValue(item, *out.mutable_list_value()->add_values());
  } else if (const templates::Value::Fields* fields = value.object()) {
    for (const auto& [name, field] : *fields)
      SetValue(field, (*out.mutable_struct_value()->mutable_fields())[name]);
  } else {
    out.set_null_value(google::protobuf::NULL_VALUE);
  }
}

void Describe(const templates::Template& mail, v1::Template& shown) {
  shown.set_mail_class(static_cast<v1::MailClass>(static_cast<int>(mail.mail_class()) + 1));
  shown.set_description(mail.description());
  shown.set_revision(Hex(mail.revision()).substr(0, kRevisionDigits));
  for (const std::string& locale : mail.Locales()) shown.add_locales(locale);
  for (const auto& [name, declared] : mail.variables()) {
    v1::TemplateVariable& variable = *shown.add_variables();
    variable.set_name(name);
    variable.set_type(std::string(templates::TypeName(declared.type)));
    variable.set_required(declared.required);
    variable.set_description(declared.description);
    SetValue(declared.sample, *variable.mutable_sample());
  }
}

// What a call is about: what is sent now, or that with the request's files over it.
Task<absl::StatusOr<Candidate>> CandidateOf(Call& call, std::string name,
                                            queue::PublishedFiles files) {
  const auto candidate = std::make_shared<Candidate>();
  WorkPool::Work work = [candidate, tenant = call.tenant, name, files = std::move(files)] {
    if (files.empty()) {
      candidate->catalogue = tenant->shelf->Now();
      candidate->findings = Lint(*tenant, *candidate->catalogue, name);
      return;
    }
    templates::Files published = tenant->shelf->PublishedOf(tenant->config->id());
    for (auto& [path, text] : InFolder(name, files)) published[path] = text;
    *candidate = Try(*tenant, published, name);
  };
  const absl::Status ran = co_await OffTheLoop(call.backend, std::move(work));
  if (!ran.ok()) co_return ran;
  co_return std::move(*candidate);
}

// The samples, and in their place what the request gives.
Variables SamplesWith(const templates::Template& mail, const google::protobuf::Struct& given) {
  Variables variables = CallersVariables(given);
  const templates::Value samples = mail.Samples();
  variables.insert(samples.object()->begin(), samples.object()->end());
  return variables;
}

absl::StatusOr<SendOrder> CheckPreview(const v1::PreviewTemplateRequest& request,
                                       const TenantView& tenant, const templates::Template& mail,
                                       Fields& fields) {
  SendOrder order;
  order.tenant = &tenant;
  order.mail = &mail;
  order.recipient = ParseMailbox(kSampleReader).value();
  order.sender = tenant.FindSender("");
  if (order.sender == nullptr) fields.Add("sender", "SENDER_UNKNOWN", "the tenant has none");
  fields.Locale(request.locale());
  order.locale = request.locale().empty() ? tenant.config->locale() : request.locale();
  fields.TimeZone(request.time_zone());
  order.time_zone = request.time_zone().empty() ? tenant.config->time_zone() : request.time_zone();
  CheckVariables(SamplesWith(mail, request.variables()), fields, order);
  return Finish(fields, std::move(order));
}

absl::StatusOr<std::string> Eml(const store::v1::Mail& mail) {
  smtp::Message message;
  message.from = {mail.from_name(), mail.from_mailbox()};
  message.to = {mail.to_name(), mail.to_mailbox()};
  message.reply_to = {"", mail.reply_to()};
  message.date = absl::FromUnixMillis(mail.date_ms());
  message.message_id = "preview" + mail.from_mailbox().substr(mail.from_mailbox().rfind('@'));
  message.subject = templates::FillCode(mail.subject(), kSampleCode);
  message.text = templates::FillCode(mail.text(), kSampleCode);
  message.html = templates::FillCode(mail.html(), kSampleCode);
  message.content_language = mail.locale();
  message.entity_ref_id = "preview";
  if (mail.has_logo()) {
    message.attachments.push_back({mail.logo().file_name(), mail.logo().media_type(),
                                   mail.logo().content(), mail.logo().content_id()});
  }
  return smtp::Compose(message);
}

}  // namespace

absl::Status NoTemplate(const std::string& name) {
  return Missing("TEMPLATE_NOT_FOUND", "template", name);
}

absl::Status RefuseFindings(const std::vector<templates::Finding>& findings) {
  std::vector<Violation> violations;
  for (const templates::Finding& finding : findings)
    violations.push_back({finding.place.empty() ? "files" : finding.place, "TEMPLATE_INVALID",
                          absl::StrCat(finding.rule, ": ", finding.message)});
  return Invalid(violations);
}

v1::TemplateFinding ToFinding(const templates::Finding& finding) {
  v1::TemplateFinding shown;
  shown.set_rule(finding.rule);
  shown.set_place(finding.place);
  shown.set_message(finding.message);
  return shown;
}

v1::Template ToTemplate(const std::string& name, const templates::Template* mail,
                        const templates::Files& sources, const queue::PublicationState& state) {
  v1::Template shown;
  shown.set_name(name);
  if (mail != nullptr) Describe(*mail, shown);
  const auto in_force = state.ids.find(name);
  if (in_force != state.ids.end()) shown.set_publication(in_force->second);
  for (const auto& [path, text] : OfFolder(sources, name)) (*shown.mutable_files())[path] = text;
  for (const queue::Publication& each : state.history) {
    v1::Publication& publication = *shown.add_publications();
    publication.set_id(each.id);
    publication.mutable_create_time()->set_seconds(absl::ToUnixSeconds(each.time));
    publication.set_publisher(each.publisher);
  }
  return shown;
}

Task<absl::Status> HandleListTemplates(Call& call, const v1::ListTemplatesRequest& request,
                                       v1::ListTemplatesResponse& response) {
  const Shared& shared = *call.backend.shared;
  const std::string& tenant = call.tenant->config->id();
  Fields fields;
  int left = fields.PageSize(request.page_size(), kPageMax, kPageDefault);
  const std::optional<std::string> after =
      OpenToken(request.page_token(), tenant, shared.hash_key.Reveal());
  if (!after) fields.Add("page_token", "FIELD_INVALID", "is not of an earlier answer");
  if (absl::Status status = fields.Done(); !status.ok()) co_return status;
  const absl::StatusOr<queue::PublicationState> state =
      co_await call.backend.store->publications().Read(tenant, "");
  if (!state.ok()) co_return FromStore(state.status());
  const std::shared_ptr<const templates::Catalogue> now = call.tenant->shelf->Now();
  const std::vector<std::string> names = now->Names(tenant);
  auto at = std::upper_bound(names.begin(), names.end(), *after);
  if (after->empty()) at = names.begin();
  for (; at != names.end() && left > 0; ++at, --left)
    *response.add_templates() = ToTemplate(*at, now->Find(tenant, *at), {}, *state);
  if (at != names.end()) {
    response.set_next_page_token(
        SealToken(*(at - 1), tenant, shared.hash_key.Reveal(), *shared.random));
  }
  co_return absl::OkStatus();
}

Task<absl::Status> HandleGetTemplate(Call& call, const v1::GetTemplateRequest& request,
                                     v1::Template& response) {
  const std::string& tenant = call.tenant->config->id();
  const std::shared_ptr<const templates::Catalogue> now = call.tenant->shelf->Now();
  const templates::Template* mail = now->Find(tenant, request.name());
  if (mail == nullptr && request.name() != kLayout) co_return NoTemplate(request.name());
  const absl::StatusOr<queue::PublicationState> state =
      co_await call.backend.store->publications().Read(tenant, request.name());
  if (!state.ok()) co_return FromStore(state.status());
  response = ToTemplate(request.name(), mail, now->SourcesOf(tenant), *state);
  co_return absl::OkStatus();
}

Task<absl::Status> HandlePreviewTemplate(Call& call, const v1::PreviewTemplateRequest& request,
                                         v1::PreviewTemplateResponse& response) {
  Fields fields;
  const queue::PublishedFiles files = CheckFiles(request.name(), request.files(), false, fields);
  if (absl::Status status = fields.Done(); !status.ok()) co_return status;
  const absl::StatusOr<Candidate> candidate = co_await CandidateOf(call, request.name(), files);
  if (!candidate.ok()) co_return candidate.status();
  if (candidate->catalogue == nullptr) co_return RefuseFindings(candidate->findings);
  const templates::Template* mail =
      candidate->catalogue->Find(call.tenant->config->id(), request.name());
  if (mail == nullptr) co_return NoTemplate(request.name());
  const absl::StatusOr<SendOrder> order = CheckPreview(request, *call.tenant, *mail, fields);
  if (!order.ok()) co_return order.status();
  const absl::StatusOr<RenderedMail> rendered =
      RenderMail(*order, std::nullopt, call.backend.store->clock().Now());
  if (!rendered.ok()) co_return rendered.status();
  absl::StatusOr<std::string> eml = Eml(rendered->mail);
  if (!eml.ok())
    co_return Invalid("variables", "FIELD_INVALID", std::string(eml.status().message()));
  response.set_subject(templates::FillCode(rendered->mail.subject(), kSampleCode));
  response.set_text(templates::FillCode(rendered->mail.text(), kSampleCode));
  response.set_html(templates::FillCode(rendered->mail.html(), kSampleCode));
  response.set_eml(*std::move(eml));
  response.set_locale(rendered->locale);
  for (const templates::Finding& finding : candidate->findings)
    *response.add_findings() = ToFinding(finding);
  co_return absl::OkStatus();
}

Task<absl::Status> HandleLintTemplate(Call& call, const v1::LintTemplateRequest& request,
                                      v1::LintTemplateResponse& response) {
  Fields fields;
  const queue::PublishedFiles files = CheckFiles(request.name(), request.files(), false, fields);
  if (absl::Status status = fields.Done(); !status.ok()) co_return status;
  const absl::StatusOr<Candidate> candidate = co_await CandidateOf(call, request.name(), files);
  if (!candidate.ok()) co_return candidate.status();
  const bool known =
      candidate->catalogue == nullptr || request.name() == kLayout ||
      candidate->catalogue->Find(call.tenant->config->id(), request.name()) != nullptr;
  if (!known) co_return NoTemplate(request.name());
  for (const templates::Finding& finding : candidate->findings)
    *response.add_findings() = ToFinding(finding);
  co_return absl::OkStatus();
}

}  // namespace posthaste::api
