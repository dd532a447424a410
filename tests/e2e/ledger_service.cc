#include "tests/e2e/ledger_service.h"

#include <arpa/inet.h>
#include <grpcpp/generic/generic_stub.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

constexpr char kProgram[] = PH_BINARY_DIR "/posthaste";
constexpr char kSecret[] = "of-a-caller-in-a-test-0123456789";

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::ToInt64Seconds(duration));
  return proto;
}

// A caller that waits for seconds between two tries to connect would measure its own patience.
std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  // A channel without a call under way reads what the server says every five seconds only.
  setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "20", 1);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2000);  // For one try, in spite of its name.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

ServiceOptions WithPort(ServiceOptions options) {
  options.redis.tcp = options.redis.tcp || options.redis_proxy;
  return options;
}

// Protobuf's wire form of HealthCheckResponse {status = 1}: 1 SERVING, 2 NOT_SERVING.
std::string HealthName(const grpc::ByteBuffer& answer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  static_cast<void>(answer.Dump(&slices));
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  if (bytes == std::string("\x08\x01", 2)) return "SERVING";
  return bytes == std::string("\x08\x02", 2) ? "NOT_SERVING" : "UNKNOWN";
}

}  // namespace

Caller::Caller(const std::string& address, const std::string& key)
    : key_(key),
      channel_(ChannelTo(address)),
      verifications_(v1::VerificationService::NewStub(channel_)),
      notifications_(v1::NotificationService::NewStub(channel_)),
      messages_(v1::MessageService::NewStub(channel_)) {}

template <typename Stub, typename Request, typename Answer>
grpc::Status Caller::Call(Stub& stub,
                          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                       Answer*),
                          const Request& request, Answer* answer) const {
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", key_, ".", kSecret));
  context.set_deadline(absl::ToChronoTime(SystemClock().Now() + limit_));
  return (stub.*method)(&context, request, answer);
}

grpc::Status Caller::SendCode(const std::string& recipient, const std::string& request_id,
                              v1::Verification* answer, absl::Duration ttl) const {
  v1::SendVerificationCodeRequest request;
  request.set_recipient(recipient);
  request.set_request_id(request_id);
  request.set_purpose("sign_in");
  *request.mutable_ttl() = ToProto(ttl);
  return Call(*verifications_, &v1::VerificationService::Stub::SendVerificationCode, request,
              answer);
}

grpc::Status Caller::SendNotice(const std::string& recipient, const std::string& request_id,
                                v1::Message* answer) const {
  v1::SendPasswordChangedRequest request;
  request.set_recipient(recipient);
  request.set_request_id(request_id);
  return Call(*notifications_, &v1::NotificationService::Stub::SendPasswordChanged, request,
              answer);
}

grpc::Status Caller::SendLetter(const std::string& recipient, const std::string& request_id,
                                const std::string& file, v1::Message* answer) const {
  v1::SendTemplateRequest request;
  request.set_recipient(recipient);
  request.set_request_id(request_id);
  request.set_template_name("welcome");
  auto& variables = *request.mutable_variables()->mutable_fields();
  variables["first_name"].set_string_value("Ana");
  variables["account_label"].set_string_value("ana");
  variables["start_url"].set_string_value("https://example.com/start");
  v1::Attachment& attached = *request.add_attachments();
  attached.set_filename("first-steps.txt");
  attached.set_content_type("text/plain");
  attached.set_content(file);
  return Call(*notifications_, &v1::NotificationService::Stub::SendTemplate, request, answer);
}

grpc::Status Caller::Get(const std::string& id, v1::Message* answer) const {
  v1::GetMessageRequest request;
  request.set_id(id);
  return Call(*messages_, &v1::MessageService::Stub::GetMessage, request, answer);
}

grpc::Status Caller::Attempts(const std::string& id, v1::ListAttemptsResponse* answer) const {
  v1::ListAttemptsRequest request;
  request.set_id(id);
  return Call(*messages_, &v1::MessageService::Stub::ListAttempts, request, answer);
}

grpc::Status Caller::Cancel(const std::string& id, v1::Message* answer) const {
  v1::CancelMessageRequest request;
  request.set_id(id);
  return Call(*messages_, &v1::MessageService::Stub::CancelMessage, request, answer);
}

std::string Caller::Health() const {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(SystemClock().Now() + absl::Seconds(2)));
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  const grpc::Slice nothing;  // The empty request, for the server as a whole.
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer answer;
  grpc::Status status;
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return "";
  return HealthName(answer);
}

std::vector<std::string> Caller::WatchHealth(absl::Duration limit) const {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(SystemClock().Now() + limit));
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  auto call = stub.PrepareCall(&context, "/grpc.health.v1.Health/Watch", &queue);
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  std::vector<std::string> told;
  call->StartCall(nullptr);
  bool open = done();
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  if (open) call->WriteLast(request, {}, nullptr);
  open = open && done();
  while (open) {
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    open = done();
    if (open) told.push_back(HealthName(answer));
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  return told;
}

std::optional<absl::Duration> RetryDelay(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::RetryInfo retry;
    if (!any.UnpackTo(&retry)) continue;
    return absl::Seconds(retry.retry_delay().seconds()) +
           absl::Nanoseconds(retry.retry_delay().nanos());
  }
  return std::nullopt;
}

LedgerService::LedgerService(ServiceOptions options)
    : options_(WithPort(std::move(options))),
      ops_port_(FreePort()),
      address_(absl::StrCat("unix:", dir_.File("grpc.sock"))),
      keys_(MakeKeys("keys")),
      redis_(std::make_unique<RedisServer>(options_.redis)) {
  if (options_.redis_proxy) proxy_ = std::make_unique<FaultProxy>(redis_->port());
  config_ = WriteConfig("posthaste.yaml", redis_block());
  worker_config_ = dir_.Write("worker.yaml", Yaml(redis_block(), keys_, 0));
}

std::string LedgerService::MakeKeys(const std::string& folder) const {
  const Finished made = RunProcess({kProgram, "keys", "create", "--dir", dir_.File(folder)});
  if (made.code != 0) throw std::runtime_error("keys create: " + made.err);
  return made.out;
}

std::string LedgerService::redis_block() const {
  const std::string address = proxy_ == nullptr ? absl::StrCat("unix:", redis_->socket())
                                                : absl::StrCat("127.0.0.1:", proxy_->port());
  std::string block = absl::StrCat("address: \"", address, "\"");
  if (options_.relaxed) block += ", durability: RELAXED, allow_weak_durability: true";
  if (!options_.redis_settings.empty()) absl::StrAppend(&block, ", ", options_.redis_settings);
  return block;
}

std::string LedgerService::WriteConfig(const std::string& name, const std::string& redis,
                                       const std::string& keys) const {
  return dir_.Write(name, Yaml(redis, keys.empty() ? keys_ : keys, ops_port_));
}

std::string LedgerService::Yaml(const std::string& redis, const std::string& keys,
                                uint16_t ops_port) const {
  std::string relays, ids;
  for (size_t i = 0; i < options_.relays.size(); ++i) {
    const std::vector<std::string>& settings = options_.relay_settings;
    const std::string more = i < settings.size() ? settings[i] : "";
    // A direct relay has no host of its own.
    const bool direct = (" " + more).find(" direct: true") != std::string::npos;
    const std::string host = direct ? "" : absl::StrCat(", host: ", options_.relay_hosts);
    absl::StrAppend(&relays, "  - {id: relay", i, host, ", port: ", options_.relays[i]);
    if ((" " + more).find(" tls:") == std::string::npos) relays += ", tls: NONE";
    if ((" " + more).find(" sessions:") == std::string::npos) relays += ", sessions: 60";
    absl::StrAppend(&relays, more.empty() ? "" : ", ", more, "}\n");
    absl::StrAppend(&ids, i == 0 ? "" : ", ", "relay", i);
  }
  return absl::StrCat(keys, "grpc: {address: \"", address_,
                      "\"}\nops: {address: \"127.0.0.1:", ops_port, "\"}\nredis: {", redis,
                      "}\nworker: {", options_.worker, "}\ncodes: {", options_.codes,
                      "}\nlog: {level: WARNING}\n", options_.more,
                      "limits: {sends_per_recipient_hour: -1, sends_per_recipient_day: -1, "
                      "sends_per_client_hour: -1}\nrelays:\n",
                      relays, "tenants:\n", TenantYaml("acme", "tester", ids),
                      TenantYaml("solo", "solo", "relay0"));
}

std::string LedgerService::TenantYaml(const std::string& id, const std::string& key,
                                      const std::string& relays) const {
  return absl::StrCat("  - id: ", id, "\n    relays: [", relays,
                      "]\n    senders: [{id: main, mailbox: no-reply@", id, ".test, name: Acme}]\n",
                      options_.tenant, "    keys:\n      - id: ", key,
                      "\n        secret_sha256: [\"", Hex(crypto::Sha256(kSecret)),
                      "\"]\n        scopes: [verifications.send, verifications.check, "
                      "messages.send, messages.read]\n");
}

std::unique_ptr<Process> LedgerService::Serve(const std::string& role,
                                              const std::string& config) const {
  const std::string& ours = role == "worker" ? worker_config_ : config_;
  return std::make_unique<Process>(
      std::vector<std::string>{kProgram, "serve", "--role", role, "--config",
                               config.empty() ? ours : config},
      options_.environment);
}

std::string LedgerService::Page(const std::string& path) const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(ops_port_);
  const timeval limit{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
      send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char buffer[8192];
    for (ssize_t got = 0; (got = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(got));
    }
  }
  close(fd);
  const size_t body = answer.find("\r\n\r\n");
  if (answer.size() < 12 || body == std::string::npos) return "";
  return answer.substr(9, 3) + "\n" + answer.substr(body + 4);
}

bool WaitServing(const Caller& caller, absl::Duration limit) {
  return PollUntil(limit, [&] { return caller.Health() == "SERVING"; });
}

bool Terminal(v1::Message::State state) {
  return state >= v1::Message::ACCEPTED && state <= v1::Message::FAILED;
}

v1::Message WaitFor(const Caller& caller, const std::string& id, v1::Message::State state,
                    absl::Duration limit) {
  v1::Message message;
  PollUntil(limit, [&] {
    v1::Message answer;
    if (caller.Get(id, &answer).ok()) message = answer;
    return message.state() == state;
  });
  return message;
}

}  // namespace posthaste
