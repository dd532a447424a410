// Daemon::Reload: another configuration in place of the one in force.
#include <boost/asio/post.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/daemon_state.h"
#include "service/reload.h"

namespace posthaste {

// What was published lies on the new shelf before anybody takes from it.
Task<void> Daemon::Impl::Follow(std::shared_ptr<Following> next, absl::Status* looked) {
  *looked = co_await next->follower.Look();
}

Task<void> Daemon::Impl::Show(std::shared_ptr<Following> next, std::shared_ptr<const Parts> made) {
  following = std::move(next);
  shown = std::move(made);
  if (roles.worker) reporter->SetRoutes(shown->worker->routes);
  co_return;
}

absl::Status Daemon::Reload(const absl::StatusOr<config::v1::Config>& read) {
  const absl::Status status = read.ok() ? impl_->Reload(*read) : read.status();
  if (!status.ok()) ReloadRefused(status);
  return status;
}

absl::Status Daemon::Impl::Reload(const config::v1::Config& wanted) {
  const std::vector<std::string> waiting = WaitForRestart(parts->config, wanted);
  const config::v1::Config next = WithoutThem(parts->config, wanted);
  if (roles.worker && signers == nullptr) signers = SignersOf(next);
  auto made = MakeParts(next, roles.worker, {compilers.get(), signers.get()}, parts.get());
  if (!made.ok()) return made.status();
  const auto hash_key = [](const Parts& of) { return of.snapshot->shared().hash_key.Reveal(); };
  if (hash_key(**made) != hash_key(*parts)) {
    return absl::InvalidArgumentError(
        "keys.hash_key_file: it is another key; it is for the life of the installation");
  }
  if (roles.worker && dns == nullptr) {
    if (absl::Status direct = NoneDirect(next); !direct.ok()) return direct;
  }
  if (server != nullptr) {
    if (absl::Status tls = server->PrepareTls(next.grpc()); !tls.ok()) return tls;
  }
  ops::Tls::Context ops_next;
  if (ops_tls != nullptr) {
    absl::StatusOr<ops::Tls::Context> tls = ops::Tls::Read(next.ops().tls());
    if (!tls.ok()) return tls.status();
    ops_next = *std::move(tls);
  }
  const auto followed = std::make_shared<Following>(snapshots->Prepare((*made)->snapshot));
  if (roles.api) {
    absl::Status looked;
    threads[0]->Await(Follow(followed, &looked));
    if (!looked.ok()) {
      return absl::UnavailableError(absl::StrCat("redis: what was published cannot be read: ",
                                                 std::string(looked.message())));
    }
  }
  if (server != nullptr) {
    if (absl::Status tls = server->ShowTls(); !tls.ok()) return tls;
  }
  // Nothing fails from here on.
  if (ops_tls != nullptr) ops_tls->Show(std::move(ops_next));
  for (size_t i = 0; i < threads.size(); ++i) {
    LoopThread& thread = *threads[i];
    if (thread.worker == nullptr) continue;
    webhooks::Endpoints endpoints = webhooks::ShareOf((*made)->webhooks, i, threads.size());
    asio::post(thread.loop(), [&thread, shared = (*made)->worker, endpoints] {
      thread.worker->Use(shared);
      thread.webhooks->Use(endpoints);
    });
  }
  snapshots->Replace(followed->in_force);
  ShowCertificates(next);
  ShowKeys(next.keys());
  threads[0]->Await(Show(followed, *made));
  parts = *std::move(made);
  Reloaded(next, waiting);
  return absl::OkStatus();
}

}  // namespace posthaste
