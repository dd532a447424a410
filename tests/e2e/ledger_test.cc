// The crash ledger: what was answered OK is not lost, whatever dies when; and what was sent twice
// is labelled as such.
//
// Two thousand messages in a test run; ./dev chaos runs a hundred thousand (LEDGER_MESSAGES,
// LEDGER_SEED, LEDGER_SLICE, and LEDGER_LINE for the file that the last line goes to).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/encoding.h"
#include "base/random.h"
#include "tests/e2e/ledger_chaos.h"

namespace posthaste {
namespace {

using v1::Message;

constexpr int kCallers = 12;
constexpr int kSlice = 250;  // Messages from one catastrophe to the next.
constexpr size_t kWrongShown = 20;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

uint64_t Seed() {
  uint64_t seed = 0;
  std::memcpy(&seed, SystemRandom().Bytes(4).data(), 4);
  return FromEnvironment("LEDGER_SEED", seed);
}

// The books: what callers were told, what the service says, what the relay holds.
struct Books {
  int acknowledged = 0, lost = 0, duplicates = 0, unlabelled = 0, doubts = 0, late = 0;
  int injected = 0, by_kills = 0;  // Of the doubts.
  int mild = 0, mild_accepted = 0;
  int letters = 0;  // That the relay kept, with their file.
  std::map<Message::State, int> states;
  std::vector<std::string> wrong;

  void Wrong(const std::string& id, const std::string& what) {
    if (wrong.size() < kWrongShown) wrong.push_back(id + ": " + what);
  }
};

bool NothingSent(Message::State state) {
  return state == Message::FAILED || state == Message::BOUNCED || state == Message::EXPIRED ||
         state == Message::CANCELLED || state == Message::SUPERSEDED ||
         state == Message::SUPPRESSED;
}

// One message's three entries.
void Compare(const Message& message, const FaultRelay::Kept& kept, Books& books) {
  const int doubts = message.uncertain_attempts();
  const bool accepted = message.state() == Message::ACCEPTED;
  const std::string line =
      absl::StrCat(Message::State_Name(message.state()), ", uncertain ", doubts, ", attempts ",
                   message.attempt_count(), ", kept ", kept.copies);
  ++books.states[message.state()];
  books.doubts += doubts;
  if (!Terminal(message.state()) && message.state() != Message::PARKED) {
    books.Wrong(message.id(), "has not ended: " + line);
  }
  if (accepted && kept.copies == 0) books.Wrong(message.id(), "accepted, but not kept: " + line);
  if (NothingSent(message.state()) && (kept.copies > 0 || doubts > 0)) {
    books.Wrong(message.id(), "said to be unsent: " + line);
  }
  if (message.state() == Message::UNCERTAIN && doubts == 0) {
    books.Wrong(message.id(), "uncertain without a doubt: " + line);
  }
  if (doubts > (message.mail_class() == v1::CODE ? 2 : 3)) {
    books.Wrong(message.id(), "sent again more often than policy allows: " + line);
  }
  if (kept.copies > 1) ++books.duplicates;
  if (kept.copies > doubts + (accepted ? 1 : 0)) {
    ++books.unlabelled;
    books.Wrong(message.id(), "more copies than doubts: " + line);
  }
  if (!kept.same) books.Wrong(message.id(), "copies differ");
}

// An end that comes more than a minute after the deadline comes too late.
bool Late(const Message& message) {
  constexpr int64_t kSeconds = 60;
  return message.update_time().seconds() > message.deadline().seconds() + kSeconds;
}

// Every doubt is one that the relay injected, or of a job that was past its fence when its worker
// was killed; and every one that it injected is known.
void Pair(const Message& message, int injected, int fenced, Books& books) {
  const int doubts = message.uncertain_attempts();
  books.injected += injected;
  books.by_kills += std::max(0, doubts - injected);
  if (doubts >= injected && doubts <= injected + fenced) return;
  books.Wrong(message.id(), absl::StrCat("uncertain ", doubts, ", but the relay left ", injected,
                                         " doubts and kills at most ", fenced));
}

// Whether the mail has `file` in it, in base64 (RFC 2045 6.8).
bool HasFile(const FaultRelay::Kept& kept, std::string_view file) {
  constexpr size_t kLineBytes = 57;
  std::string encoded;
  for (; !file.empty(); file.remove_prefix(std::min(kLineBytes, file.size())))
    absl::StrAppend(&encoded, Base64(file.substr(0, kLineBytes)), "\r\n");
  return absl::StrContains(kept.bytes, encoded);
}

// Attachments that stay on Redis though their message has ended for good.
std::vector<std::string> FilesLeft(const RedisServer& redis,
                                   const std::map<std::string, Message>& known) {
  std::vector<std::string> left;
  const std::string keys = redis.Call({"KEYS", "ph:*:b:*"});
  for (const auto& key : absl::StrSplit(keys, '\n', absl::SkipEmpty())) {
    const std::string id(key.substr(key.rfind(':') + 1));
    const auto found = known.find(id);
    const bool kept = found != known.end() && (found->second.state() == Message::PARKED ||
                                               found->second.state() == Message::UNCERTAIN);
    if (!kept) left.push_back(id);
  }
  return left;
}

Books Balance(const std::vector<LedgerLoad::Entry>& entries,
              const std::map<std::string, Message>& known, const FaultRelay& relay,
              const FatePlan& plan, const std::map<std::string, int>& fenced) {
  const std::map<std::string, FaultRelay::Kept> kept = relay.All();
  const std::map<std::string, int> injected = relay.Doubts();
  const auto count = [](const std::map<std::string, int>& of, const std::string& id) {
    const auto found = of.find(id);
    return found == of.end() ? 0 : found->second;
  };
  Books books;
  std::set<std::string> ids;
  for (const LedgerLoad::Entry& entry : entries) {
    ++books.acknowledged;
    if (!ids.insert(entry.id).second) books.Wrong(entry.id, "stands for two requests");
    const auto copy = kept.find(entry.id);
    const auto found = known.find(entry.id);
    if (found == known.end()) {
      if (copy == kept.end()) ++books.lost;
      books.Wrong(entry.id, copy == kept.end() ? "lost" : "kept by the relay, unknown to us");
      continue;
    }
    Compare(found->second, copy == kept.end() ? FaultRelay::Kept() : copy->second, books);
    Pair(found->second, count(injected, entry.id), count(fenced, entry.id), books);
    books.late += Late(found->second);
    if (copy != kept.end() && copy->second.recipient != entry.recipient) {
      books.Wrong(entry.id, "went to " + copy->second.recipient);
    }
    if (entry.kind == LedgerLoad::Kind::kLetter && copy != kept.end()) {
      ++books.letters;
      if (!HasFile(copy->second, LetterFile(entry.recipient)))
        books.Wrong(entry.id, "without its file");
    }
    if (!plan.Mild(entry.recipient)) continue;
    ++books.mild;
    books.mild_accepted += found->second.state() == Message::ACCEPTED;
  }
  for (const auto& [id, copy] : kept) {
    if (!ids.contains(id)) books.Wrong(id, "was kept by the relay, but nobody asked for it");
  }
  return books;
}

std::string Line(const Books& books, const LedgerLoad& load, const Chaos::Counts& counts) {
  std::string states;
  for (const auto& [state, count] : books.states) {
    absl::StrAppend(&states, ", ", Message::State_Name(state), " ", count);
  }
  return absl::StrCat(
      "ledger: ", books.acknowledged, " OK'd, lost ", books.lost, ", duplicates ", books.duplicates,
      books.unlabelled == 0 ? " all labelled"
                            : absl::StrCat(" of which unlabelled ", books.unlabelled),
      states, "; uncertain attempts ", books.doubts, ", asked again ", load.asked_again(),
      "; killed: redis ", counts.redis, " (", counts.cut_bytes, " bytes cut), worker ",
      counts.worker, ", network ", counts.network, " (", counts.before_fence, " before the fence, ",
      counts.after_dot, " after the dot), api ", counts.api);
}

struct Outcome {
  Books books;
  Chaos::Counts counts;
  std::map<Fate, int> played;
};

// Plays a run. Fails the test if it does not come to its end.
Outcome Play(int messages, bool relaxed, uint64_t seed, const std::vector<Chaos::Event>& events) {
  std::cout << "ledger: seed " << seed << ", " << messages << " messages" << std::endl;
  FatePlan plan(seed);
  FaultRelay relay(
      FateScript([&plan](const std::string& to, int number) { return plan.Choose(to, number); }));
  ServiceOptions options;
  options.redis = {
      .appendfsync = relaxed ? "everysec" : "always", .movable_clock = true, .record_syncs = true};
  options.relays = {relay.port()};
  options.redis_proxy = true;
  options.relaxed = relaxed;
  LedgerService service(options);
  Chaos chaos(service, relay, plan, seed);
  chaos.Start();
  Outcome run;
  const Caller caller(service.address());
  if (!WaitServing(caller)) {
    ADD_FAILURE() << "the service does not come up";
    return run;
  }
  LedgerLoad load(service.address(), messages, kCallers);
  const bool acknowledged = chaos.Run(load, messages, events);
  EXPECT_EQ(chaos.died(), "");
  EXPECT_TRUE(acknowledged) << load.acknowledged() << " of " << messages << " were answered OK";
  for (const std::string& surprise : load.surprises()) ADD_FAILURE() << surprise;
  if (!acknowledged) return run;
  const auto known =
      chaos.Drain(caller, load.entries(), absl::Seconds(60) + absl::Milliseconds(10) * messages);
  EXPECT_EQ(chaos.died(), "");
  run.books = Balance(load.entries(), known, relay, plan, chaos.fenced());
  for (const std::string& id : FilesLeft(service.redis(), known))
    run.books.Wrong(id, "its file was left on Redis");
  run.counts = chaos.counts();
  run.played = relay.Played();
  std::cout << Line(run.books, load, run.counts) << std::endl;
  return run;
}

TEST(Ledger, NothingThatWasAnsweredOkIsLostAndEveryDuplicateIsLabelled) {
  const int messages = static_cast<int>(FromEnvironment("LEDGER_MESSAGES", 2000));
  const uint64_t seed = Seed();
  const int slice = static_cast<int>(FromEnvironment("LEDGER_SLICE", kSlice));
  const int slices = std::max(9, messages / slice);
  const Outcome run = Play(messages, false, seed, EventsOf(slices, seed));
  const Books& books = run.books;
  for (const std::string& wrong : books.wrong) ADD_FAILURE() << wrong;
  EXPECT_EQ(books.acknowledged, messages);
  EXPECT_EQ(books.lost, 0);
  EXPECT_EQ(books.unlabelled, 0);
  EXPECT_EQ(books.late, 0);
  EXPECT_GE(books.mild_accepted * 100, books.mild * 99)
      << books.mild_accepted << " of " << books.mild << " were only put off, and accepted";
  // What the books are silent about proves nothing.
  EXPECT_GT(run.counts.redis, 0);
  EXPECT_GT(run.counts.before_fence, 0);
  EXPECT_GT(run.counts.after_dot, 0);
  EXPECT_GT(run.counts.api, 0);
  EXPECT_GT(run.counts.network, 0);
  EXPECT_GT(books.injected, 0);
  EXPECT_GT(books.by_kills, 0);
  EXPECT_GT(books.doubts, 0);
  EXPECT_GT(books.duplicates, 0);
  EXPECT_GT(books.letters, 0);
  for (const Fate fate : {Fate::kDeferRcpt, Fate::kDeferDot, Fate::kBounceRcpt, Fate::kBounceDot,
                          Fate::kDropAtData, Fate::kDropInBody, Fate::kDropKept, Fate::kDropLost}) {
    EXPECT_TRUE(run.played.contains(fate)) << FateName(fate);
  }
  const char* const line = std::getenv("LEDGER_LINE");
  if (line != nullptr && !HasFailure()) {
    std::ofstream(line) << "chaos ok: lost " << books.lost << ", duplicates " << books.duplicates
                        << " all labelled, late " << books.late << ", seed " << seed << "\n";
  }
}

// The same with a Redis that answers before the disk has it. It must lose something, or the test
// above would not notice a loss.
TEST(Ledger, ReportsLossesWhenRedisAnswersBeforeTheDisk) {
  const uint64_t seed = Seed();
  const std::vector<Chaos::Event> power_failures(4, Chaos::Event::kPower);
  Outcome run = Play(1000, true, seed, power_failures);
  EXPECT_GT(run.counts.cut_bytes, 0U);
  EXPECT_GT(run.books.lost, 0);
  // What it did not lose is served as ever.
  EXPECT_GT(run.books.states[Message::ACCEPTED], 0);
  EXPECT_EQ(run.books.states[Message::FAILED] + run.books.states[Message::PARKED], 0);
}

}  // namespace
}  // namespace posthaste
