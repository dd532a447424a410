#include "smtp/pool.h"

#include <utility>

#include "base/metrics.h"

namespace posthaste::smtp {
namespace {

// More are closed without QUIT: they are said good-bye to one after the other, and hold their slots
// meanwhile.
constexpr size_t kRetiredMax = 2;

metrics::Histogram& TransactionsHistogram() {
  static metrics::Histogram& histogram = metrics::GetHistogram(
      "posthaste_smtp_transactions_per_session", "Messages begun on a connection, at its end.", {},
      {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000});
  return histogram;
}

}  // namespace

Connection::Connection(Slot slot, std::unique_ptr<Session> session, SteadyTime opened)
    : slot_(std::move(slot)), session_(std::move(session)), opened_(opened) {}

Connection::~Connection() {
  if (session_ != nullptr) End();
}

Slot Connection::GiveUp() && {
  End();
  return std::move(slot_);
}

void Connection::End() {
  TransactionsHistogram().Observe(session_->transactions());
  session_.reset();
  slot_.Lost();
}

void Pool::Prune(SteadyTime now) {
  const SteadyTime idle_since_min = now - absl::ToChronoNanoseconds(options_.idle_max);
  const SteadyTime opened_min = now - absl::ToChronoNanoseconds(options_.age_max);
  std::vector<Idle> kept;
  for (Idle& idle : idle_) {
    if (!idle.connection->session().Usable()) continue;  // Closed already: nobody to say QUIT to.
    if (idle.since < idle_since_min || idle.connection->opened() < opened_min) {
      Retire(std::move(idle.connection));
    } else {
      kept.push_back(std::move(idle));
    }
  }
  idle_ = std::move(kept);
}

std::unique_ptr<Connection> Pool::Take() {
  std::unique_ptr<Connection> connection = std::move(idle_.back().connection);
  idle_.pop_back();
  return connection;
}

void Pool::Put(std::unique_ptr<Connection> connection, SteadyTime now) {
  if (connection->session().UsedUp()) return Retire(std::move(connection));
  if (!connection->session().Usable()) return;
  const bool old = now - connection->opened() >= absl::ToChronoNanoseconds(options_.age_max);
  if (old || connection->session().transactions() >= options_.transactions_max) {
    return Retire(std::move(connection));
  }
  idle_.push_back({std::move(connection), now});
}

void Pool::GiveUpOne() {
  if (idle_.empty()) return;
  Retire(std::move(idle_.front().connection));
  idle_.erase(idle_.begin());
}

void Pool::GiveUpAll() {
  for (Idle& idle : idle_) Retire(std::move(idle.connection));
  idle_.clear();
}

void Pool::Retire(std::unique_ptr<Connection> connection) {
  if (on_retired_ == nullptr || retired_.size() >= kRetiredMax) return;
  retired_.push_back(std::move(connection));
  on_retired_();
}

}  // namespace posthaste::smtp
