#include "service/api/publish.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/publications.h"
#include "service/api/refusal.h"
#include "service/api/template_files.h"
#include "service/api/templates.h"

namespace posthaste::api {
namespace {

constexpr int kTriesMax = 4;  // Somebody else may publish meanwhile.
constexpr char kNone[] = "none";

absl::Status Moving() {
  return Unavailable("STORE_UNAVAILABLE", "others keep publishing; ask again",
                     absl::Milliseconds(100));
}

absl::Status TooMuch(std::string_view what) {
  return Exhausted("TEMPLATE_LIMIT", "templates_per_tenant", what, absl::Hours(1));
}

// What the tenant may publish, all names together.
absl::Status CheckRoom(const queue::PublicationState& state, const std::string& name,
                       const templates::Files& published) {
  if (!state.ids.contains(name) && state.ids.size() >= queue::kPublishedNamesMax)
    return TooMuch("as many names as may be are published");
  size_t bytes = 0;
  for (const auto& [path, text] : published) bytes += path.size() + text.size();
  return bytes > kPublishedBytesMax ? TooMuch("more than 4 MiB would be published")
                                    : absl::OkStatus();
}

absl::Status CheckExpected(const std::string& expected, const queue::PublicationState& state,
                           const std::string& name) {
  if (expected.empty()) return absl::OkStatus();
  const auto in_force = state.ids.find(name);
  const std::string id = in_force == state.ids.end() ? kNone : in_force->second;
  return id == expected ? absl::OkStatus()
                        : Conflict("TEMPLATE_CONFLICT", "template", name,
                                   "something else was published meanwhile");
}

// What a rollback puts in force: an id of the history, "" for nothing. nullopt: it is not kept.
std::optional<std::string> Target(const std::string& wanted, const queue::PublicationState& state,
                                  const std::string& name) {
  if (wanted == kNone) return "";
  const auto in_force = state.ids.find(name);
  const std::string now = in_force == state.ids.end() ? "" : in_force->second;
  for (const queue::Publication& each : state.history) {
    if (wanted.empty() ? each.id != now : each.id == wanted) return each.id;
  }
  // Before the first publication there was none.
  const bool whole = state.history.size() < size_t{queue::kPublicationsKept};
  if (wanted.empty() && whole && !now.empty()) return "";
  return std::nullopt;
}

// One change of what is in force: tried, published, put on this process' shelf.
class Change {
 public:
  Change(Call& call, const std::string& name)
      : call_(call), tenant_(call.tenant->config->id()), name_(name) {}

  // false: something was published meanwhile. `dry`: everything but the publication.
  Task<absl::StatusOr<bool>> Make(const queue::PublicationState& state, const std::string& id,
                                  const queue::PublishedFiles& files, bool fresh, bool dry) {
    absl::StatusOr<templates::Files> published =
        co_await PublishedFilesOf(*call_.backend.store, tenant_, state.ids);
    if (!published.ok()) co_return FromStore(published.status());
    templates::Files next = Without(*std::move(published), name_);
    for (auto& [path, text] : InFolder(name_, files)) next.emplace(path, std::move(text));
    if (absl::Status room = CheckRoom(state, name_, next); !room.ok()) co_return room;
    const absl::Status tried = co_await TryOut(next);
    if (!tried.ok()) co_return tried;
    if (dry) co_return true;
    const absl::Time now = call_.backend.store->clock().Now();
    const queue::Publication publication{id, now, call_.caller.key};
    const queue::PublishedFiles sent = fresh ? files : queue::PublishedFiles();
    const absl::StatusOr<bool> done = co_await call_.backend.store->publications().Publish(
        tenant_, name_, state, publication, sent);
    if (!done.ok()) co_return FromStore(done.status());
    if (!*done) co_return false;
    const absl::Status shelved = co_await SetPublished(call_.backend, *call_.tenant, next);
    if (!shelved.ok()) PublicationsRefused(tenant_, shelved);
    TemplatePublished(tenant_, call_.caller.key, name_, id);
    co_return true;
  }

  // As it is sent now, or as it was tried out.
  Task<absl::Status> Show(v1::Template& response) {
    const absl::StatusOr<queue::PublicationState> state =
        co_await call_.backend.store->publications().Read(tenant_, name_);
    if (!state.ok()) co_return FromStore(state.status());
    const templates::Template* mail = candidate_.catalogue->Find(tenant_, name_);
    response = ToTemplate(name_, mail, candidate_.catalogue->SourcesOf(tenant_), *state);
    co_return absl::OkStatus();
  }

 private:
  Task<absl::Status> TryOut(const templates::Files& next) {
    const auto candidate = std::make_shared<Candidate>();
    WorkPool::Work work = [candidate, tenant = call_.tenant, next, name = name_] {
      *candidate = Try(*tenant, next, name);
    };
    const absl::Status ran = co_await OffTheLoop(call_.backend, std::move(work));
    if (!ran.ok()) co_return ran;
    candidate_ = std::move(*candidate);
    co_return candidate_.findings.empty() ? absl::OkStatus() : RefuseFindings(candidate_.findings);
  }

  Call& call_;
  const std::string& tenant_;
  const std::string& name_;
  Candidate candidate_;
};

}  // namespace

Task<absl::Status> HandlePublishTemplate(Call& call, const v1::PublishTemplateRequest& request,
                                         v1::Template& response) {
  Fields fields;
  const queue::PublishedFiles files = CheckFiles(request.name(), request.files(), true, fields);
  if (absl::Status status = fields.Done(); !status.ok()) co_return status;
  const std::string id = queue::PublicationId(files);
  Change change(call, request.name());
  for (int i = 0; i < kTriesMax; ++i) {
    const absl::StatusOr<queue::PublicationState> state =
        co_await call.backend.store->publications().Read(call.tenant->config->id(), request.name());
    if (!state.ok()) co_return FromStore(state.status());
    absl::Status expected = CheckExpected(request.expected_publication(), *state, request.name());
    if (!expected.ok()) co_return expected;
    const absl::StatusOr<bool> done =
        co_await change.Make(*state, id, files, true, request.validate_only());
    if (!done.ok()) co_return done.status();
    if (*done) co_return co_await change.Show(response);
  }
  co_return Moving();
}

Task<absl::Status> HandleRollbackTemplate(Call& call, const v1::RollbackTemplateRequest& request,
                                          v1::Template& response) {
  Fields fields;
  CheckFiles(request.name(), {}, false, fields);
  if (absl::Status status = fields.Done(); !status.ok()) co_return status;
  queue::Publications& publications = call.backend.store->publications();
  const std::string& tenant = call.tenant->config->id();
  Change change(call, request.name());
  for (int i = 0; i < kTriesMax; ++i) {
    const absl::StatusOr<queue::PublicationState> state =
        co_await publications.Read(tenant, request.name());
    if (!state.ok()) co_return FromStore(state.status());
    const std::optional<std::string> target = Target(request.publication(), *state, request.name());
    if (!target)
      co_return Missing("PUBLICATION_NOT_FOUND", "posthaste.v1.Publication", request.publication());
    absl::StatusOr<queue::PublishedFiles> files = queue::PublishedFiles();
    if (!target->empty()) files = co_await publications.Files(tenant, request.name(), *target);
    if (!files.ok()) co_return FromStore(files.status());
    const absl::StatusOr<bool> done = co_await change.Make(*state, *target, *files, false, false);
    if (!done.ok()) co_return done.status();
    if (*done) co_return co_await change.Show(response);
  }
  co_return Moving();
}

}  // namespace posthaste::api
