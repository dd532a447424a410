// Callers that send codes, notices and letters with a file as fast as they are allowed to, ask
// again with the same request_id until they get an OK, and write down every id that they got.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/ledger_service.h"

namespace posthaste {

class LedgerLoad {
 public:
  enum class Kind : uint8_t { kCode, kNotice, kLetter };
  struct Entry {
    std::string recipient;
    Kind kind = Kind::kCode;
    std::string id;  // Of the message; "" until there was an OK.
    int asked = 0;
  };

  // `messages` sends by `threads` callers. Nothing is sent before Allow().
  LedgerLoad(const std::string& address, int messages, int threads);
  ~LedgerLoad();  // Gives up what is not OK yet.

  // The first `messages` may be sent from now on.
  void Allow(int messages) { allowed_ = messages; }

  int acknowledged() const { return acknowledged_; }
  int asked_again() const { return asked_again_; }
  // Answers that no caller should get: errors that a retry is not meant for, another id for the
  // same request_id.
  std::vector<std::string> surprises() const;

  // REQUIRES: every send was acknowledged.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  void Run();
  void Send(int number);
  grpc::Status Ask(int number, std::string* id) const;
  void Surprise(std::string what);

  const Caller caller_;
  std::vector<Entry> entries_;  // Each belongs to the thread that took its number.
  std::atomic<int> next_{0}, allowed_{0}, acknowledged_{0}, asked_again_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> surprises_;
  std::vector<std::thread> threads_;
};

// The file of a letter to `recipient`.
std::string LetterFile(const std::string& recipient);

}  // namespace posthaste
