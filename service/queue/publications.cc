#include "service/queue/publications.h"

#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "posthaste/store/v1/publication.pb.h"
#include "service/queue/call.h"
#include "service/queue/ids.h"
#include "service/queue/keys.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr size_t kIdBytes = 16;

absl::StatusOr<int64_t> VersionOf(const absl::StatusOr<redis::Reply>& reply) {
  if (!reply.ok()) return reply.status();
  int64_t version = 0;
  if (reply->IsNil()) return version;
  if (absl::SimpleAtoi(reply->raw_text(), &version)) return version;
  return absl::DataLossError("the version of the templates is no number");
}

absl::Status ReadIds(absl::StatusOr<redis::Reply> reply, std::map<std::string, std::string>& ids) {
  if (!reply.ok()) return reply.status();
  absl::StatusOr<std::vector<redis::Reply>> flat = reply->TakeArray();
  if (!flat.ok()) return flat.status();
  for (size_t i = 0; i + 1 < flat->size(); i += 2)
    ids.emplace((*flat)[i].raw_text(), (*flat)[i + 1].raw_text());
  return absl::OkStatus();
}

absl::Status ReadHistory(absl::StatusOr<redis::Reply> reply, std::vector<Publication>& history) {
  if (!reply.ok()) return reply.status();
  absl::StatusOr<std::vector<redis::Reply>> lines = reply->TakeArray();
  if (!lines.ok()) return lines.status();
  for (const redis::Reply& line : *lines) {
    store::v1::PublicationEntry entry;
    if (!entry.ParseFromString(line.raw_text()))
      return absl::DataLossError("a line of a template's history cannot be read");
    history.push_back({entry.id(), FromMillis(entry.create_ms()), entry.publisher()});
  }
  return absl::OkStatus();
}

// Ids of the history that none of its lines will name once `next` stands before them.
std::set<std::string> Dropped(const std::vector<Publication>& history, const std::string& next) {
  std::set<std::string> dropped, kept = {next, ""};
  for (size_t i = 0; i < history.size(); ++i) {
    std::set<std::string>& ids = i + 1 < size_t{kPublicationsKept} ? kept : dropped;
    ids.insert(history[i].id);
  }
  for (const std::string& id : kept) dropped.erase(id);
  return dropped;
}

std::string Line(const Publication& publication) {
  store::v1::PublicationEntry entry;
  entry.set_id(publication.id);
  entry.set_create_ms(ToMillis(publication.time));
  entry.set_publisher(publication.publisher);
  return entry.SerializeAsString();
}

std::string Encode(const PublishedFiles& files) {
  store::v1::PublishedFiles stored;
  for (const auto& [path, bytes] : files) (*stored.mutable_files())[path] = bytes;
  return stored.SerializeAsString();
}

}  // namespace

std::string PublicationId(const PublishedFiles& files) {
  std::string content;
  for (const auto& [path, bytes] : files) {
    for (const std::string* part : {&path, &bytes})
      content += std::to_string(part->size()) + ":" + *part;
  }
  return Hex(crypto::Sha256(content).substr(0, kIdBytes));
}

Task<absl::StatusOr<int64_t>> Publications::Version() {
  redis::Pending pending = redis_.Start(redis::Command("GET", Keys::TemplatesVersion()));
  const absl::StatusOr<redis::Reply> reply = co_await pending.Wait();
  co_return VersionOf(reply);
}

Task<absl::StatusOr<PublicationState>> Publications::Read(std::string tenant, std::string name) {
  // The version first: what is read after it is at least as new.
  redis::Pending version = redis_.Start(redis::Command("GET", Keys::TemplatesVersion()));
  redis::Pending ids = redis_.Start(redis::Command("HGETALL", Keys::Templates(tenant)));
  redis::Pending history =
      redis_.Start(redis::Command("LRANGE", Keys::TemplateHistory(tenant, name), 0, -1));
  PublicationState state;
  const absl::StatusOr<redis::Reply> version_reply = co_await version.Wait();
  absl::StatusOr<redis::Reply> ids_reply = co_await ids.Wait();
  absl::StatusOr<redis::Reply> history_reply = co_await history.Wait();
  const absl::StatusOr<int64_t> counted = VersionOf(version_reply);
  if (!counted.ok()) co_return counted.status();
  state.version = *counted;
  absl::Status read = ReadIds(std::move(ids_reply), state.ids);
  if (read.ok()) read = ReadHistory(std::move(history_reply), state.history);
  if (!read.ok()) co_return read;
  co_return state;
}

Task<absl::StatusOr<PublishedFiles>> Publications::Files(std::string tenant, std::string name,
                                                         std::string id) {
  redis::Pending pending =
      redis_.Start(redis::Command("GET", Keys::TemplateFiles(tenant, name, id)));
  const absl::StatusOr<redis::Reply> reply = co_await pending.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->IsNil()) co_return absl::NotFoundError("no such publication");
  store::v1::PublishedFiles stored;
  if (!stored.ParseFromString(reply->raw_text()))
    co_return absl::DataLossError("published files cannot be read");
  PublishedFiles files(stored.files().begin(), stored.files().end());
  if (PublicationId(files) != id)
    co_return absl::DataLossError("published files are not what their id says");
  co_return files;
}

Task<absl::StatusOr<bool>> Publications::Publish(std::string tenant, std::string name,
                                                 PublicationState read, Publication publication,
                                                 PublishedFiles files) {
  const std::set<std::string> dropped = Dropped(read.history, publication.id);
  const redis::Script& script = ScriptNamed("publish");
  redis::Command command = CallOf(script, 4 + dropped.size());
  command.Add(Keys::TemplatesVersion())
      .Add(Keys::Templates(tenant))
      .Add(Keys::TemplateHistory(tenant, name))
      .Add(Keys::TemplateFiles(tenant, name, publication.id));
  for (const std::string& id : dropped) command.Add(Keys::TemplateFiles(tenant, name, id));
  command.Add(read.version).Add(name).Add(publication.id).Add(Line(publication));
  command.Add(files.empty() ? std::string() : Encode(files)).Add(kPublicationsKept);
  ScriptCall call(redis_, clock_, script, std::move(command));
  const absl::StatusOr<int64_t> version = co_await call.WaitForNumber();
  if (!version.ok()) co_return version.status();
  co_return *version > 0;
}

}  // namespace posthaste::queue
