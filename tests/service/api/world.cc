#include "tests/service/api/world.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "service/api/policy.h"
#include "service/config/load.h"
#include "tests/support/process.h"

namespace posthaste::api {
namespace {

constexpr const char* kScopes[] = {"verifications.send", "verifications.check", "messages.send",
                                   "messages.read",      "messages.report",     "events.read",
                                   "suppressions.read",  "suppressions.write",  "recipients.read",
                                   "recipients.write",   "templates.read",      "templates.write"};

void AddKey(const std::string& id, const std::vector<std::string>& scopes,
            config::v1::Tenant& tenant) {
  config::v1::ApiKey& key = *tenant.add_keys();
  key.set_id(id);
  key.add_secret_sha256(Hex(crypto::Sha256(kSecret)));
  for (const std::string& scope : scopes) key.add_scopes(scope);
}

config::v1::Tenant& AddTenant(const std::string& id, config::v1::Config& config) {
  config::v1::Tenant& tenant = *config.add_tenants();
  tenant.set_id(id);
  config::v1::Sender& sender = *tenant.add_senders();
  sender.set_id("main");
  sender.set_mailbox(absl::StrCat("no-reply@", id, ".test"));
  sender.set_name(id);
  AddKey(absl::StrCat(id, "-all"), std::vector<std::string>(std::begin(kScopes), std::end(kScopes)),
         tenant);
  for (const std::string scope : kScopes) {
    std::vector<std::string> one(1, scope);
    AddKey(absl::StrCat(id, "-", absl::StrReplaceAll(scope, {{".", "-"}})), one, tenant);
  }
  return tenant;
}

constexpr char kGreeting[] = R"(mail_class: general
description: Says hello.
variables:
  name:
    type: string
    required: true
    sample: Ana
    description: Whom we greet.
  count:
    type: number
    sample: 3
    description: How many.
  items:
    type: list
    description: What there is.
    sample: [{title: Tea}]
    fields:
      title:
        type: string
        required: true
        sample: Tea
        description: Its name.
)";

// Its HTML shows an image that the caller attaches.
constexpr char kReport[] = R"(mail_class: general
description: A report with a chart.
variables: {}
)";

void WriteTemplates(const TempDir& dir) {
  for (const char* folder : {"/greeting", "/greeting/en", "/report", "/report/en"}) {
    if (RunProcess({"mkdir", dir.path() + folder}).code != 0) throw std::runtime_error("mkdir");
  }
  dir.Write("greeting/template.yaml", kGreeting);
  dir.Write("greeting/en/subject.txt", "Hello {{name}}\n");
  dir.Write("greeting/en/body.txt",
            "Hello {{name}}{{#count}}, {{count}}{{/count}}\n{{#items}}\n{{title}}\n{{/items}}\n\n"
            "{{> foot}}\n");
  dir.Write("greeting/en/body.html",
            "{{> head}}<div style=\"display:none\">Hello {{name}}</div>{{> open}}"
            "<h1 style=\"margin:0;font-size:24px\">Hello {{name}}{{#count}}, "
            "{{count}}{{/count}}</h1>{{#items}}<p>{{title}}</p>{{/items}}{{> close}}\n");
  dir.Write("report/template.yaml", kReport);
  dir.Write("report/en/subject.txt", "Your report\n");
  dir.Write("report/en/body.txt", "Your report is here.\n\n{{> foot}}\n");
  dir.Write("report/en/body.html",
            "{{> head}}<div style=\"display:none\">Your report is here.</div>{{> open}}"
            "<h1 style=\"margin:0;font-size:24px\">Your report is here.</h1>"
            "<img src=\"cid:chart\" alt=\"The chart\" width=\"400\" height=\"200\">{{> close}}\n");
}

}  // namespace

config::v1::Config TestConfig() {
  config::v1::Config config;
  config::v1::Tenant& acme = AddTenant("acme", config);
  config::v1::Sender& billing = *acme.add_senders();
  billing.set_id("billing");
  billing.set_mailbox("billing@acme.test");
  billing.set_name("Acme Billing");
  billing.set_reply_to("help@acme.test");
  acme.mutable_brand()->set_product_name("Acme");
  acme.mutable_brand()->set_support_contact("help@acme.test");
  AddTenant("globex", config);
  config::v1::Tenant& operators = *config.add_tenants();
  operators.set_id("operator");
  AddKey("operator-all", {"ops.read", "ops.write"}, operators);
  AddKey("operator-reads", {"ops.read"}, operators);
  config::FillDefaults(config);
  return config;
}

World::World(const std::function<void(config::v1::Config&)>& edit) : config(TestConfig()) {
  WriteTemplates(templates_dir);
  config.mutable_tenants(0)->set_templates_dir(templates_dir.path());
  edit(config);
  absl::StatusOr<std::unique_ptr<const Tenants>> loaded = Tenants::Load(config);
  if (!loaded.ok()) throw std::runtime_error(loaded.status().ToString());
  tenants = *std::move(loaded);
  shared.config = &config;
  shared.tenants = tenants.get();
  shared.hash_key = Secret(kHashKey);
  shared.seal_keys.keys.emplace(1, Secret(std::string(32, 's')));
  shared.seal_keys.current = 1;
  std::map<uint32_t, Secret> keys;
  keys.emplace(1, Secret(std::string(32, 'c')));
  keys.emplace(2, Secret(std::string(32, 'd')));
  shared.code_keys =
      std::make_shared<const codes::KeyRing>(codes::KeyRing::Create(std::move(keys), 2).value());
  shared.policy = PolicyOf(config.codes(), config.limits()).value();
  std::vector<codes::ReceiptKeys::Key> receipt_keys;
  receipt_keys.push_back({"r1", crypto::SigningKey::Generate(crypto::SigningKey::Kind::kEd25519)});
  shared.receipt_keys = codes::ReceiptKeys::Create(std::move(receipt_keys)).value();
  shared.random = &random;
}

Caller World::CallerOf(const std::string& tenant) const {
  Caller caller;
  caller.tenant = tenant;
  caller.key = absl::StrCat(tenant, "-all");
  caller.scopes.insert(std::begin(kScopes), std::end(kScopes));
  return caller;
}

const World& TheWorld() {
  static const World* const world = new World;
  return *world;
}

std::string Verdict(const absl::Status& status) {
  const std::string code = absl::StatusCodeToString(status.code());
  return status.ok() ? code : absl::StrCat(code, " ", ReasonOf(status));
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  const auto bad = DetailOf<google::rpc::BadRequest>(status);
  for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  return fields;
}

std::string FirstWrong(const absl::Status& status) {
  if (status.ok()) return "";
  const std::vector<std::string> fields = FieldsOf(status);
  return fields.empty() ? Verdict(status) : fields.front() + " " + ReasonOf(status);
}

}  // namespace posthaste::api
