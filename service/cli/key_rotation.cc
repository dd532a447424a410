#include "service/cli/key_rotation.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/signing_key.h"
#include "service/cli/durable_file.h"
#include "service/cli/exit_code.h"
#include "service/cli/key_list.h"
#include "service/cli/serve.h"
#include "service/config/load.h"

namespace posthaste::cli {
namespace {

using config::KeyEntry;
using config::KeyKind;

constexpr size_t kKeyFileBytes = 32;
constexpr size_t kArgumentsMax = size_t{1} << 20;  // Of a process.
constexpr int64_t kNumberMax = 65535;
// Where systemd puts what LoadCredential= names: read at start only, and not ours to write to.
constexpr const char* kCredentials = "/run/credentials/";

absl::StatusOr<KeyKind> KindOf(const std::string& word) {
  for (const KeyKind kind : {KeyKind::kSeal, KeyKind::kCode, KeyKind::kReceipt}) {
    if (config::KeyKindName(kind) == word) return kind;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("kind: \"", word, "\" is not one of seal, code, receipt"));
}

absl::Status Named(const std::string& path, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", std::string(status.message())));
}

Secret NewKey(KeyKind kind, Random& random) {
  if (kind != KeyKind::kReceipt) return Secret(Hex(random.Bytes(kKeyFileBytes)) + "\n");
  return Secret(crypto::SigningKey::Generate(crypto::SigningKey::Kind::kEd25519).ToPem());
}

// The next number that no key of the list has, and no file of the folder either: one that was taken
// off the list wrote once.
absl::StatusOr<KeyEntry> NextOf(KeyKind kind, const std::vector<KeyEntry>& entries,
                                const std::string& dir) {
  int64_t number = 0;
  for (const KeyEntry& entry : entries) number = std::max(number, config::NumberOf(entry.id));
  const std::string name(config::KeyKindName(kind));
  const std::filesystem::path folder = std::filesystem::path(entries.back().file).parent_path();
  KeyEntry next;
  std::error_code ignored;
  do {
    if (++number > kNumberMax)
      return absl::InvalidArgumentError(absl::StrCat("no ", name, " key above 65535 can be made"));
    next.id = absl::StrCat(kind == KeyKind::kReceipt ? "receipt-" : "", number);
    next.file =
        folder / absl::StrCat(name, "-", number, kind == KeyKind::kReceipt ? ".pem" : ".key");
  } while (std::filesystem::exists(PlaceOf(next.file, dir), ignored));
  return next;
}

// With a folder of keys for somewhere else the rest of the configuration means nothing here.
absl::Status CheckNew(const std::string& text, const KeyRingOptions& options,
                      const CheckService& check) {
  const absl::StatusOr<config::v1::Config> config = config::ParseConfig(text);
  if (!config.ok()) return config.status();
  if (options.dir.empty()) {
    const absl::Status secrets = CheckSecrets(*config);
    return secrets.ok() ? check(*config) : secrets;
  }
  config::v1::Config keys;
  *keys.mutable_keys() = config->keys();
  const auto place = [&options](std::string* file) { *file = PlaceOf(*file, options.dir); };
  place(keys.mutable_keys()->mutable_hash_key_file());
  for (auto& key : *keys.mutable_keys()->mutable_code_keys()) place(key.mutable_file());
  for (auto& key : *keys.mutable_keys()->mutable_seal_keys()) place(key.mutable_file());
  for (auto& key : *keys.mutable_keys()->mutable_receipt_keys()) place(key.mutable_file());
  return CheckSecrets(keys);
}

// The newest key that waits, or null.
const KeyEntry* WaitingIn(const std::vector<KeyEntry>& entries) {
  const KeyEntry* newest = nullptr;
  for (const KeyEntry& entry : entries) {
    if (!config::Waits(entry, entries)) continue;
    if (newest == nullptr || config::NumberOf(entry.id) > config::NumberOf(newest->id))
      newest = &entry;
  }
  return newest;
}

// Others keep the public keys that they fetched: a receipt of a key that they do not know is
// nothing to them.
absl::Status CheckPublished(const KeyEntry& key, const std::string& dir, absl::Time now) {
  const std::optional<absl::Time> made = TimeOfFile(PlaceOf(key.file, dir));
  if (!made || now - *made >= kReceiptKeyPublished) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "receipt key ", key.id, " is ", Words(std::max(now - *made, absl::ZeroDuration())),
      " old: others keep the public keys for an hour and would not know it. Try again at ",
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", *made + kReceiptKeyPublished, absl::UTCTimeZone()),
      ", or give --at-once too"));
}

// The two ways to change the text, with advice for whoever has to do it by hand.
absl::StatusOr<std::string> Added(const std::string& text, KeyKind kind, const KeyEntry& key) {
  absl::StatusOr<std::string> added = config::WithKey(text, kind, key);
  if (!absl::IsFailedPrecondition(added.status())) return added;
  return absl::InvalidArgumentError(absl::StrCat(
      std::string(added.status().message()), ". Nothing was changed. Write it there, before the ",
      "last key: ", config::KeyEntryYaml(kind, key), ", and make the file with openssl (",
      kind == KeyKind::kReceipt ? "genpkey -algorithm ed25519" : "rand -hex 32", ", mode 0600)"));
}

absl::StatusOr<std::string> Activated(const std::string& text, KeyKind kind, const std::string& id,
                                      absl::Time now) {
  absl::StatusOr<std::string> made = config::WithWriter(text, kind, id, now);
  if (!absl::IsFailedPrecondition(made.status())) return made;
  return absl::InvalidArgumentError(absl::StrCat(std::string(made.status().message()),
                                                 ". Nothing was changed. Make ", id, " the last"));
}

class Change {
 public:
  Change(const KeyRingOptions& options, const CheckService& check, absl::Time now, Random& random)
      : options_(options), check_(check), now_(now), random_(random) {}

  absl::StatusOr<Rotation> Run() {
    const absl::StatusOr<KeyKind> kind = KindOf(options_.kind);
    if (!kind.ok()) return kind.status();
    const absl::StatusOr<std::string> text = ReadFile(options_.config, config::kConfigBytesMax);
    if (!text.ok()) return text.status();
    const absl::StatusOr<config::v1::Config> config = config::ParseConfig(*text);
    if (!config.ok()) return Named(options_.config, config.status());
    rotation_.kind = *kind;
    entries_ = config::KeyEntriesOf(config->keys(), *kind);
    if (entries_.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          options_.config, ": keys.receipt_keys: there is none yet: list a first one (posthaste ",
          "keys create makes it)"));
    }
    rotation_.before = entries_.back();
    const absl::Status done = options_.activate ? Activate(*text) : Add(*text);
    if (!done.ok()) return done;
    return rotation_;
  }

 private:
  absl::Status Add(const std::string& text) {
    const std::string kind(config::KeyKindName(rotation_.kind));
    if (const KeyEntry* waiting = WaitingIn(entries_)) {
      return absl::FailedPreconditionError(
          absl::StrCat(kind, " key ", waiting->id, " waits already: when every process has it, ",
                       "make it the writer with --activate"));
    }
    absl::StatusOr<KeyEntry> next = NextOf(rotation_.kind, entries_, options_.dir);
    if (!next.ok()) return next.status();
    const std::string place = PlaceOf(next->file, options_.dir);
    if (absl::Status handed = CheckCredentials(next->file); !handed.ok()) return handed;
    absl::StatusOr<std::string> changed = Added(text, rotation_.kind, *next);
    if (changed.ok() && options_.at_once)
      changed = Activated(*changed, rotation_.kind, next->id, now_);
    if (!changed.ok()) return changed.status();
    const Secret key = NewKey(rotation_.kind, random_);
    const std::string like = PlaceOf(rotation_.before.file, options_.dir);
    if (absl::Status made = CreateDurably(place, key.Reveal(), like); !made.ok())
      return absl::InvalidArgumentError(made.message());
    absl::Cleanup forget = [&place] { unlink(place.c_str()); };
    if (absl::Status taken = Take(text, *changed); !taken.ok()) return taken;
    std::move(forget).Cancel();
    rotation_.made = place;
    rotation_.writes = options_.at_once;
    rotation_.key = *std::move(next);
    return absl::OkStatus();
  }

  absl::Status CheckCredentials(const std::string& file) const {
    if (!absl::StartsWith(file, kCredentials)) return absl::OkStatus();
    if (options_.dir.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          kCredentials, " is filled by systemd at start: say with --dir where LoadCredential= ",
          "takes the files from, mostly /etc/posthaste/keys"));
    }
    if (options_.pids.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("--pid: systemd hands a key over at start only: restart the service instead"));
  }

  absl::Status Activate(const std::string& text) {
    const KeyEntry* waiting = WaitingIn(entries_);
    if (waiting == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat("no ", std::string(config::KeyKindName(rotation_.kind)),
                       " key waits: make one first, without --activate"));
    }
    if (rotation_.kind == KeyKind::kReceipt && !options_.at_once) {
      const absl::Status published = CheckPublished(*waiting, options_.dir, now_);
      if (!published.ok()) return published;
    }
    const absl::StatusOr<std::string> changed = Activated(text, rotation_.kind, waiting->id, now_);
    if (!changed.ok()) return changed.status();
    rotation_.key = *waiting;
    rotation_.writes = true;
    return Take(text, *changed);
  }

  absl::Status Take(const std::string& was, const std::string& is) {
    if (absl::Status good = CheckNew(is, options_, check_); !good.ok())
      return Named(absl::StrCat(options_.config, " is as it was: the change would not load"), good);
    const absl::Status replaced = ReplaceDurably(options_.config, was, is);
    return replaced.ok() ? replaced : absl::InvalidArgumentError(replaced.message());
  }

  const KeyRingOptions& options_;
  const CheckService& check_;
  const absl::Time now_;
  Random& random_;
  Rotation rotation_;
  std::vector<KeyEntry> entries_;
};

std::string Verb(KeyKind kind) {
  if (kind == KeyKind::kSeal) return "seals";
  return kind == KeyKind::kCode ? "makes codes" : "signs receipts";
}

// What the reader does now; each is a line.
std::vector<std::string> NextSteps(const Rotation& rotation, const KeyRingOptions& options) {
  const std::string kind(config::KeyKindName(rotation.kind));
  std::vector<std::string> steps;
  const std::string name = std::filesystem::path(rotation.key.file).filename();
  const bool credentials =
      !rotation.made.empty() && absl::StartsWith(rotation.key.file, kCredentials);
  if (credentials) {
    steps.push_back(absl::StrCat("systemctl edit posthaste, [Service]: LoadCredential=", name, ":",
                                 rotation.made));
  }
  if (!rotation.made.empty())
    steps.push_back("Keep a copy of the key: what it wrote is lost without it.");
  const std::string how = credentials ? "restart it (systemctl restart posthaste)"
                                      : "have it read its configuration again (SIGHUP, systemctl "
                                        "reload posthaste)";
  const std::string others = rotation.made.empty() ? "this configuration" : "key and configuration";
  if (options.pids.empty() || credentials)
    steps.push_back(absl::StrCat("Give every process ", others, ", and ", how, "."));
  steps.push_back(absl::StrCat("See that each has it: posthaste_key_use{kind=\"", kind, "\",id=\"",
                               rotation.key.id, "\"} is ", rotation.writes ? 2 : 1, "."));
  if (!rotation.writes) {
    steps.push_back(absl::StrCat(
        rotation.kind == KeyKind::kReceipt ? "An hour from now: " : "Then, and not before: ",
        "posthaste keys rotate ", kind, " --activate",
        options.config == KeyRingOptions().config ? "" : " --config " + options.config,
        options.dir.empty() ? "" : " --dir " + options.dir));
  }
  return steps;
}

void Print(const Rotation& rotation, const KeyRingOptions& options, Terminal& terminal) {
  const std::string kind(config::KeyKindName(rotation.kind));
  if (!rotation.made.empty()) {
    terminal.Line(absl::StrCat(terminal.Good("made"), "  ", kind, " key ", rotation.key.id, ": ",
                               rotation.made));
  }
  terminal.Line(rotation.writes
                    ? absl::StrCat("Key ", rotation.key.id, " ", Verb(rotation.kind),
                                   " from the next reload on. Key ", rotation.before.id,
                                   " stays for what it wrote: posthaste keys list says how long.")
                    : absl::StrCat("Key ", rotation.before.id, " goes on: it ", Verb(rotation.kind),
                                   ". Key ", rotation.key.id, " waits."));
  terminal.Line();
  int number = 0;
  for (const std::string& step : NextSteps(rotation, options))
    terminal.Line(absl::StrCat("  ", ++number, ". ", step));
}

void PrintJson(const Rotation& rotation, const KeyRingOptions& options, Terminal& terminal) {
  std::string json = "{";
  const auto add = [&json](const char* name, const std::string& value) {
    absl::StrAppend(&json, json.size() > 1 ? ",\"" : "\"", name, "\":");
    AppendJsonString(value, json);
  };
  add("kind", std::string(config::KeyKindName(rotation.kind)));
  add("id", rotation.key.id);
  add("use", rotation.writes ? "writes" : "waits");
  add("file", rotation.key.file);
  if (!rotation.made.empty()) add("made", rotation.made);
  add("before", rotation.before.id);
  add("config", options.config);
  terminal.Line(json + "}");
}

}  // namespace

absl::StatusOr<Rotation> Rotate(const KeyRingOptions& options, const CheckService& check,
                                absl::Time now, Random& random) {
  return Change(options, check, now, random).Run();
}

absl::Status CheckServes(int pid) {
  const absl::StatusOr<std::string> line =
      ReadFile(absl::StrCat("/proc/", pid, "/cmdline"), kArgumentsMax);
  // Its words end with a zero each.
  const std::string words = line.ok() ? *line : "";
  const std::string program = words.substr(0, words.find('\0'));
  const bool ours = std::filesystem::path(program).filename() == "posthaste" &&
                    absl::StrContains(words, std::string("\0serve\0", 7));
  if (ours) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--pid: ", pid, " is not posthaste serve; nothing was changed"));
}

int RotateKeys(const KeyRingOptions& options, const CheckService& check, Terminal& terminal) {
  for (const int pid : options.pids) {
    const absl::Status serves = CheckServes(pid);
    if (serves.ok()) continue;
    terminal.Error(std::string(serves.message()));
    return kUsage;
  }
  const absl::StatusOr<Rotation> rotation =
      Rotate(options, check, SystemClock().Now(), SystemRandom());
  if (!rotation.ok()) {
    terminal.Error(std::string(rotation.status().message()));
    return absl::IsFailedPrecondition(rotation.status()) ? kNo : kUsage;
  }
  if (options.json) {
    PrintJson(*rotation, options, terminal);
  } else {
    Print(*rotation, options, terminal);
  }
  for (const int pid : options.pids) {
    if (kill(pid, SIGHUP) == 0) continue;
    terminal.Error(absl::StrCat("--pid: ", pid, ": ", std::strerror(errno),
                                "; the configuration is changed, reload it yourself"));
    return kUnavailable;
  }
  return kOk;
}

}  // namespace posthaste::cli
