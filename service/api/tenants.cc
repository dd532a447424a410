#include "service/api/tenants.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/mailbox.h"
#include "base/secret.h"
#include "service/api/composable.h"
#include "service/queue/ids.h"
#include "smtp/mime.h"
#include "smtp/verp.h"
#include "templates/engine/brand.h"
#include "templates/engine/files.h"
#include "templates/engine/schema.h"

namespace posthaste::api {
namespace {

static_assert(config::kLogoBytesMax <= smtp::kLogoBytesMax, "its mail could not be composed");

absl::StatusOr<templates::Value> BrandOf(const config::v1::Tenant& tenant,
                                         const config::Logo& logo) {
  const config::v1::Brand& brand = tenant.brand();
  const std::pair<const char*, const std::string*> settings[] = {
      {"product_name", &brand.product_name()},       {"product_url", &brand.product_url()},
      {"accent_color", &brand.accent_color()},       {"support_contact", &brand.support_contact()},
      {"company_address", &brand.company_address()}, {"site_domain", &brand.site_domain()}};
  templates::Value::Fields fields;
  for (const auto& [name, value] : settings) {
    if (!value->empty()) fields.emplace(name, *value);
  }
  if (!logo.bytes.empty()) {
    fields.emplace("logo_image", templates::LogoImage(absl::StrCat("cid:", logo.content_id),
                                                      logo.width, logo.height));
  }
  templates::Value value = templates::Value::Object(std::move(fields));
  const std::vector<templates::Problem> problems =
      templates::Check(templates::BrandSchema(), value);
  if (problems.empty()) return value;
  return absl::InvalidArgumentError(absl::StrCat("tenant ", tenant.id(), ": brand.",
                                                 problems[0].path, ": ", problems[0].description));
}

absl::StatusOr<templates::Files> ReadOverlay(const std::string& setting,
                                             const std::string& folder) {
  absl::StatusOr<templates::Files> files = templates::ReadFolder(folder);
  if (files.ok()) return files;
  return absl::InvalidArgumentError(
      absl::StrCat(setting, ": ", std::string(files.status().message())));
}

// The templates as they lie in folders now.
struct Folders {
  templates::Files files;                            // Everybody's.
  std::map<std::string, templates::Files> overlays;  // By tenant.
};

absl::StatusOr<Folders> ReadFolders(const config::v1::Config& config) {
  Folders folders;
  folders.files = templates::BuiltIn();
  if (!config.templates_dir().empty()) {
    absl::StatusOr<templates::Files> own = ReadOverlay("templates_dir", config.templates_dir());
    if (!own.ok()) return own.status();
    for (auto& [path, bytes] : *own) folders.files[path] = std::move(bytes);
  }
  for (const config::v1::Tenant& tenant : config.tenants()) {
    if (tenant.templates_dir().empty()) continue;
    absl::StatusOr<templates::Files> own = ReadOverlay(
        absl::StrCat("tenants.", tenant.id(), ".templates_dir"), tenant.templates_dir());
    if (!own.ok()) return own.status();
    folders.overlays.emplace(tenant.id(), *std::move(own));
  }
  return folders;
}

// Whether mail from this sender can be composed and can come back.
absl::Status CheckSender(const std::string& setting, const config::v1::Sender& sender) {
  const absl::StatusOr<Mailbox> mailbox = ParseMailbox(sender.mailbox());
  if (!mailbox.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(setting, ".mailbox: ", std::string(mailbox.status().message())));
  smtp::Message mail;
  mail.from = {sender.name(), absl::StrCat(mailbox->local_part, "@", mailbox->ascii_domain)};
  mail.reply_to.mailbox = sender.reply_to();
  const absl::Status composed = CheckComposable(std::move(mail));
  if (!composed.ok())
    return absl::InvalidArgumentError(absl::StrCat(setting, ": ", std::string(composed.message())));
  const auto path = smtp::MakeReturnPath(
      Secret(std::string(32, 'k')), std::string(queue::kIdSize, 'm'), sender.return_path_domain());
  if (path.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(setting, ".return_path_domain: ", std::string(path.status().message())));
}

absl::Status CheckSenders(const config::v1::Tenant& tenant) {
  for (int i = 0; i < tenant.senders_size(); ++i) {
    const std::string setting = absl::StrCat("tenants.", tenant.id(), ".senders[", i, "]");
    if (absl::Status good = CheckSender(setting, tenant.senders(i)); !good.ok()) return good;
  }
  return absl::OkStatus();
}

}  // namespace

const config::v1::Sender* TenantView::FindSender(std::string_view id) const {
  for (const config::v1::Sender& sender : config->senders()) {
    if (id.empty() || sender.id() == id) return &sender;
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<const Tenants>> Tenants::Load(const config::v1::Config& config) {
  const absl::StatusOr<Folders> folders = ReadFolders(config);
  if (!folders.ok()) return folders.status();
  absl::StatusOr<std::shared_ptr<const templates::Catalogue>> catalogue =
      templates::Catalogue::Load(folders->files, folders->overlays);
  if (!catalogue.ok()) return catalogue.status();
  auto tenants = std::make_unique<Tenants>();
  tenants->config_ = &config;
  tenants->shelf_ = std::make_unique<templates::Shelf>(*std::move(catalogue));
  for (const config::v1::Tenant& tenant : config.tenants()) {
    if (absl::Status good = CheckSenders(tenant); !good.ok()) return good;
    absl::StatusOr<config::Logo> logo = config::ReadLogo(tenant);
    if (!logo.ok()) return logo.status();
    absl::StatusOr<templates::Value> brand = BrandOf(tenant, *logo);
    if (!brand.ok()) return brand.status();
    const std::string looks = crypto::Sha256(absl::StrCat(tenant.SerializeAsString(), logo->bytes));
    TenantView view{&tenant, tenants->shelf_.get(), *std::move(brand), *std::move(logo), looks};
    tenants->tenants_.emplace(tenant.id(), std::move(view));
  }
  return tenants;
}

absl::Status Tenants::ReloadTemplates() const {
  const absl::StatusOr<Folders> folders = ReadFolders(*config_);
  if (!folders.ok()) return folders.status();
  return shelf_->SetFolders(folders->files, folders->overlays);
}

const TenantView* Tenants::Find(std::string_view id) const {
  const auto found = tenants_.find(std::string(id));
  return found == tenants_.end() ? nullptr : &found->second;
}

}  // namespace posthaste::api
