#include "service/config/key_entries.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "service/config/load.h"
#include "service/config/yaml.h"

namespace posthaste::config {
namespace {

std::string_view ListOf(KeyKind kind) {
  switch (kind) {
    case KeyKind::kSeal:
      return "seal_keys";
    case KeyKind::kCode:
      return "code_keys";
    case KeyKind::kReceipt:
      break;
  }
  return "receipt_keys";
}

std::string InQuotes(const std::string& text) {
  std::string json;
  AppendJsonString(text, json);
  return json;
}

// How a list is written: what stands between two settings, and around a name.
struct Manner {
  std::string between = ", ", quote;
};

Manner MannerOf(const std::string& yaml, const YamlEntry& entry) {
  Manner manner;
  if (yaml[entry.first] == '"') manner.quote = "\"";  // JSON.
  if (!entry.braces) manner.between = "\n" + std::string(entry.column, ' ');
  return manner;
}

std::string SettingsText(KeyKind kind, const KeyEntry& entry, const Manner& manner) {
  const auto name = [&manner](const char* word) {
    return absl::StrCat(manner.quote, word, manner.quote, ": ");
  };
  const bool number = kind != KeyKind::kReceipt;
  const std::string quote = number ? "" : manner.quote;  // Ids are words of YAML as they are.
  std::string text = absl::StrCat(name(kind == KeyKind::kCode ? "epoch" : "id"), quote, entry.id,
                                  quote, manner.between, name("file"), InQuotes(entry.file));
  if (!entry.writes_since.empty())
    absl::StrAppend(&text, manner.between, name("writes_since"), InQuotes(entry.writes_since));
  return text;
}

absl::Status ByHand(KeyKind kind, const std::string& why) {
  return absl::FailedPreconditionError(
      absl::StrCat("keys.", std::string(ListOf(kind)), " cannot be changed in place: ", why));
}

std::string WithoutLists(v1::Config config) {
  config.mutable_keys()->clear_seal_keys();
  config.mutable_keys()->clear_code_keys();
  config.mutable_keys()->clear_receipt_keys();
  return config.SerializeAsString();
}

// The change, if it is the one that was meant: that list is `meant`, and nothing else is other than
// it was.
absl::StatusOr<std::string> Proved(const std::string& before, std::string after, KeyKind kind,
                                   const std::vector<KeyEntry>& meant) {
  const absl::StatusOr<v1::Config> was = ParseConfig(before), is = ParseConfig(after);
  if (!was.ok()) return was.status();
  if (!is.ok()) return ByHand(kind, std::string(is.status().message()));
  bool same = WithoutLists(*was) == WithoutLists(*is);
  for (const KeyKind each : {KeyKind::kSeal, KeyKind::kCode, KeyKind::kReceipt}) {
    const std::vector<KeyEntry> wanted = each == kind ? meant : KeyEntriesOf(was->keys(), each);
    same = same && KeyEntriesOf(is->keys(), each) == wanted;
  }
  if (!same) return ByHand(kind, "it would say something else than was meant");
  return after;
}

absl::StatusOr<std::vector<YamlEntry>> PlacesOf(const std::string& yaml, KeyKind kind) {
  absl::StatusOr<std::vector<YamlEntry>> places =
      YamlEntries(yaml, {"keys", std::string(ListOf(kind))});
  if (places.ok()) return places;
  return ByHand(kind, std::string(places.status().message()));
}

absl::StatusOr<std::vector<KeyEntry>> EntriesIn(const std::string& yaml, KeyKind kind) {
  const absl::StatusOr<v1::Config> config = ParseConfig(yaml);
  if (!config.ok()) return config.status();
  return KeyEntriesOf(config->keys(), kind);
}

}  // namespace

std::string_view KeyKindName(KeyKind kind) {
  const std::string_view list = ListOf(kind);
  return list.substr(0, list.find('_'));
}

std::vector<KeyEntry> KeyEntriesOf(const v1::Keys& keys, KeyKind kind) {
  std::vector<KeyEntry> entries;
  switch (kind) {
    case KeyKind::kSeal:
      for (const auto& key : keys.seal_keys())
        entries.push_back({absl::StrCat(key.id()), key.file(), key.writes_since()});
      break;
    case KeyKind::kCode:
      for (const auto& key : keys.code_keys())
        entries.push_back({absl::StrCat(key.epoch()), key.file(), key.writes_since()});
      break;
    case KeyKind::kReceipt:
      for (const auto& key : keys.receipt_keys())
        entries.push_back({key.id(), key.file(), key.writes_since()});
      break;
  }
  return entries;
}

int64_t NumberOf(std::string_view id) {
  const size_t last = id.find_last_not_of("0123456789");
  const std::string digits(id.substr(last == std::string_view::npos ? 0 : last + 1));
  int64_t number = 0;
  return absl::SimpleAtoi(digits, &number) ? number : 0;
}

bool Waits(const KeyEntry& entry, const std::vector<KeyEntry>& entries) {
  return NumberOf(entry.id) > NumberOf(entries.back().id);
}

absl::StatusOr<std::string> WithKey(const std::string& yaml, KeyKind kind, const KeyEntry& added) {
  absl::StatusOr<std::vector<KeyEntry>> meant = EntriesIn(yaml, kind);
  if (!meant.ok()) return meant.status();
  const absl::StatusOr<std::vector<YamlEntry>> places = PlacesOf(yaml, kind);
  if (!places.ok()) return places.status();
  const YamlEntry& last = places->back();
  const std::string settings = SettingsText(kind, added, MannerOf(yaml, last));
  std::string text = yaml;
  if (last.list_brackets) {
    text.insert(last.begin, absl::StrCat("{", settings, "}, "));
  } else {
    const size_t line = last.begin == 0 ? 0 : yaml.rfind('\n', last.begin - 1) + 1;
    const std::string dash = yaml.substr(line, last.begin - line);
    const size_t at = dash.find('-');
    const bool alone = at != std::string::npos && dash.find_first_not_of(' ') == at &&
                       dash.find_first_not_of(' ', at + 1) == std::string::npos;
    if (!alone) return ByHand(kind, "an entry does not begin behind its dash");
    text.insert(line,
                absl::StrCat(dash, last.braces ? "{" : "", settings, last.braces ? "}" : "", "\n"));
  }
  meant->insert(meant->end() - 1, added);
  return Proved(yaml, std::move(text), kind, *meant);
}

absl::StatusOr<std::string> WithWriter(const std::string& yaml, KeyKind kind, const std::string& id,
                                       absl::Time since) {
  absl::StatusOr<std::vector<KeyEntry>> meant = EntriesIn(yaml, kind);
  if (!meant.ok()) return meant.status();
  const absl::StatusOr<std::vector<YamlEntry>> places = PlacesOf(yaml, kind);
  if (!places.ok()) return places.status();
  const auto found = std::find_if(meant->begin(), meant->end(),
                                  [&id](const KeyEntry& entry) { return entry.id == id; });
  const YamlEntry& from = (*places)[static_cast<size_t>(found - meant->begin())];
  const YamlEntry& last = places->back();
  const Manner manner = MannerOf(yaml, last);
  std::string chosen = yaml.substr(from.first, from.end - from.first);
  const bool dated = !found->writes_since.empty();  // It wrote before.
  found->writes_since = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", since, absl::UTCTimeZone());
  if (dated) {
    chosen = SettingsText(kind, *found, manner);
  } else {
    absl::StrAppend(&chosen, manner.between, manner.quote, "writes_since", manner.quote, ": ",
                    InQuotes(found->writes_since));
  }
  const std::string older = yaml.substr(last.first, last.end - last.first);
  std::string text =
      absl::StrCat(yaml.substr(0, from.first), older, yaml.substr(from.end, last.first - from.end),
                   chosen, yaml.substr(last.end));
  std::iter_swap(found, meant->end() - 1);
  return Proved(yaml, std::move(text), kind, *meant);
}

std::string KeyEntryYaml(KeyKind kind, const KeyEntry& entry) {
  return absl::StrCat("{", SettingsText(kind, entry, Manner{}), "}");
}

}  // namespace posthaste::config
