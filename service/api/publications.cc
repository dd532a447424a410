#include "service/api/publications.h"

#include <utility>

#include "service/api/events.h"
#include "service/api/refusal.h"
#include "service/api/template_files.h"

namespace posthaste::api {
namespace {

constexpr absl::Duration kCompileLimit = absl::Seconds(30);

}  // namespace

Task<absl::Status> OffTheLoop(Backend& backend, WorkPool::Work work) {
  if (backend.shared->compilers == nullptr) {
    work();
    co_return absl::OkStatus();
  }
  const absl::Status ran =
      co_await backend.shared->compilers->Run(*backend.loop, std::move(work), kCompileLimit);
  if (ran.ok()) co_return ran;
  co_return Unavailable("STORE_UNAVAILABLE", "too many templates are being compiled",
                        absl::Seconds(1));
}

Task<absl::StatusOr<templates::Files>> PublishedFilesOf(queue::Store& store, std::string tenant,
                                                        std::map<std::string, std::string> ids) {
  templates::Files all;
  for (const auto& entry : ids) {
    const absl::StatusOr<queue::PublishedFiles> files =
        co_await store.publications().Files(tenant, entry.first, entry.second);
    if (!files.ok()) co_return files.status();
    all.merge(InFolder(entry.first, *files));
  }
  co_return all;
}

Task<absl::Status> SetPublished(Backend& backend, const TenantView& tenant,
                                templates::Files published) {
  const auto done = std::make_shared<absl::Status>();
  WorkPool::Work work = [done, shelf = tenant.shelf, id = tenant.config->id(),
                         files = std::move(published)] { *done = shelf->SetPublished(id, files); };
  const absl::Status ran = co_await OffTheLoop(backend, std::move(work));
  co_return ran.ok() ? *done : ran;
}

Task<absl::Status> PublicationFollower::Look() {
  const absl::StatusOr<int64_t> version = co_await backend_.store->publications().Version();
  if (!version.ok()) co_return version.status();
  const Shared& shared = *backend_.shared;
  if (tenants_ != shared.tenants) {  // Their shelf is another: nothing published is on it.
    tenants_ = shared.tenants;
    version_ = 0;
    ids_.clear();
  }
  if (*version == version_) co_return absl::OkStatus();
  for (const config::v1::Tenant& tenant : shared.config->tenants()) {
    const absl::Status looked = co_await LookAt(*tenants_->Find(tenant.id()));
    if (!looked.ok()) co_return looked;
  }
  version_ = *version;
  co_return absl::OkStatus();
}

Task<absl::Status> PublicationFollower::LookAt(const TenantView& tenant) {
  const std::string& id = tenant.config->id();
  const absl::StatusOr<queue::PublicationState> state =
      co_await backend_.store->publications().Read(id, "");
  if (!state.ok()) co_return state.status();
  if (state->ids == ids_[id]) co_return absl::OkStatus();
  absl::StatusOr<templates::Files> files =
      co_await PublishedFilesOf(*backend_.store, id, state->ids);
  // Published again while we read: the next look sees a newer version.
  if (files.status().code() == absl::StatusCode::kNotFound) co_return absl::OkStatus();
  if (files.status().code() == absl::StatusCode::kDataLoss) {
    PublicationsRefused(id, files.status());
    co_return absl::OkStatus();
  }
  if (!files.ok()) co_return files.status();
  const absl::Status shelved = co_await SetPublished(backend_, tenant, *std::move(files));
  if (shelved.code() == absl::StatusCode::kUnavailable) co_return shelved;
  if (shelved.ok()) {
    PublicationsTaken(id);
  } else {
    PublicationsRefused(id, shelved);
  }
  ids_[id] = state->ids;
  co_return absl::OkStatus();
}

}  // namespace posthaste::api
