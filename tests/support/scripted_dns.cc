#include "tests/support/scripted_dns.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/task.h"

namespace posthaste {
namespace {

using asio::ip::tcp;
using asio::ip::udp;

constexpr int kA = 1, kCname = 5, kMx = 15, kAaaa = 28;
constexpr size_t kHeader = 12, kUdpMax = 512;

struct Record {
  int type;
  uint32_t ttl;
  std::string data;
};

struct Host {
  bool fails = false, mute = false;
  std::vector<Record> records;
};

std::string U16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 255)};
}

std::string Wire(const std::string& name) {
  std::string wire;
  for (const auto label : absl::StrSplit(name, '.', absl::SkipEmpty())) {
    wire += static_cast<char>(label.size());
    wire.append(label.data(), label.size());
  }
  return wire + '\0';
}

struct Question {
  std::string name, wire;
  int type = 0;
};

std::optional<Question> Parse(const std::string& packet) {
  Question question;
  size_t at = kHeader;
  while (at < packet.size() && packet[at] != 0) {
    const auto size = static_cast<unsigned char>(packet[at]);
    if (at + 1 + size >= packet.size()) return std::nullopt;
    if (!question.name.empty()) question.name += '.';
    question.name += packet.substr(at + 1, size);
    at += size + 1;
  }
  if (at + 5 > packet.size()) return std::nullopt;
  question.type =
      static_cast<unsigned char>(packet[at + 1]) * 256 + static_cast<unsigned char>(packet[at + 2]);
  question.wire = packet.substr(kHeader, at + 5 - kHeader);
  question.name = absl::AsciiStrToLower(question.name);
  return question;
}

}  // namespace

struct ScriptedDns::Impl {
  Impl() {
    udp_socket.open(udp::v4());
    // Both kinds on one port.
    acceptor.open(tcp::v4());
    acceptor.bind({asio::ip::make_address("127.0.0.1"), 0});
    acceptor.listen();
    port = acceptor.local_endpoint().port();
    udp_socket.bind({asio::ip::make_address("127.0.0.1"), port});
    asio::co_spawn(loop, Udp(), asio::detached);
    asio::co_spawn(loop, Tcp(), asio::detached);
    thread = std::thread([this] { loop.run(); });
  }
  ~Impl() {
    loop.stop();
    thread.join();
  }

  // nullopt: say nothing.
  std::optional<std::string> Answer(const std::string& packet, bool is_udp) {
    const std::optional<Question> question = Parse(packet);
    if (!question) return std::nullopt;
    const std::lock_guard<std::mutex> lock(mutex);
    ++asked[question->name];
    const auto host = hosts.find(question->name);
    if (host != hosts.end() && host->second.mute) return std::nullopt;
    int code = host == hosts.end() ? 3 : host->second.fails ? 2 : 0;
    std::string answers;
    int count = 0;
    if (code == 0) {
      for (const Record& record : host->second.records) {
        if (record.type != question->type && record.type != kCname) continue;
        ++count;
        answers += U16(0xC000 | kHeader) + U16(static_cast<unsigned>(record.type)) + U16(1) +
                   U16(record.ttl >> 16) + U16(record.ttl & 0xFFFF) +
                   U16(static_cast<unsigned>(record.data.size())) + record.data;
      }
    }
    const bool cut = is_udp && kHeader + question->wire.size() + answers.size() > kUdpMax;
    if (cut) {
      answers.clear();
      count = 0;
    }
    const unsigned flags = 0x8580U | (cut ? 0x0200U : 0U) | static_cast<unsigned>(code);
    return packet.substr(0, 2) + U16(flags) + U16(1) + U16(static_cast<unsigned>(count)) + U16(0) +
           U16(0) + question->wire + answers;
  }

  Task<void> Udp() {
    std::array<char, 4096> buffer;
    while (true) {
      udp::endpoint from;
      auto [error, size] =
          co_await udp_socket.async_receive_from(asio::buffer(buffer), from, kAsTuple);
      if (error) continue;
      const std::optional<std::string> answer = Answer(std::string(buffer.data(), size), true);
      if (!answer) continue;
      co_await udp_socket.async_send_to(asio::buffer(*answer), from, kAsTuple);
    }
  }

  Task<void> Tcp() {
    while (true) {
      tcp::socket socket(loop);
      auto [error] = co_await acceptor.async_accept(socket, kAsTuple);
      if (error) co_return;
      asio::co_spawn(loop, Serve(std::move(socket)), asio::detached);
    }
  }

  Task<void> Serve(tcp::socket socket) {
    while (true) {
      std::array<unsigned char, 2> size;
      auto [error, n] = co_await asio::async_read(socket, asio::buffer(size), kAsTuple);
      if (error) co_return;
      std::string packet(static_cast<size_t>(size[0]) * 256 + size[1], '\0');
      auto [failed, m] = co_await asio::async_read(socket, asio::buffer(packet), kAsTuple);
      if (failed) co_return;
      const std::optional<std::string> answer = Answer(packet, false);
      if (!answer) continue;
      const std::string framed = U16(static_cast<unsigned>(answer->size())) + *answer;
      co_await asio::async_write(socket, asio::buffer(framed), kAsTuple);
    }
  }

  void Add(const std::string& name, Record record) {
    const std::lock_guard<std::mutex> lock(mutex);
    hosts[absl::AsciiStrToLower(name)].records.push_back(std::move(record));
  }

  Loop loop{1};
  udp::socket udp_socket{loop};
  tcp::acceptor acceptor{loop};
  uint16_t port = 0;
  std::mutex mutex;
  std::map<std::string, Host> hosts;
  std::map<std::string, int> asked;
  std::thread thread;
};

ScriptedDns::ScriptedDns() : impl_(std::make_unique<Impl>()) {}
ScriptedDns::~ScriptedDns() = default;

std::string ScriptedDns::server() const { return absl::StrCat("127.0.0.1@", impl_->port); }

void ScriptedDns::Mx(const std::string& name, int preference, const std::string& host,
                     uint32_t ttl) {
  impl_->Add(name, {kMx, ttl, U16(static_cast<unsigned>(preference)) + Wire(host)});
}

void ScriptedDns::Address(const std::string& name, const std::string& address, uint32_t ttl) {
  const auto parsed = asio::ip::make_address(address);
  std::string data;
  if (parsed.is_v4()) {
    for (const auto byte : parsed.to_v4().to_bytes()) data += static_cast<char>(byte);
  } else {
    for (const auto byte : parsed.to_v6().to_bytes()) data += static_cast<char>(byte);
  }
  impl_->Add(name, {parsed.is_v4() ? kA : kAaaa, ttl, std::move(data)});
}

void ScriptedDns::Alias(const std::string& name, const std::string& target) {
  impl_->Add(name, {kCname, 60, Wire(target)});
}

void ScriptedDns::Fails(const std::string& name) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->hosts[name].fails = true;
}

void ScriptedDns::IsMute(const std::string& name) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->hosts[name].mute = true;
}

void ScriptedDns::Exists(const std::string& name) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->hosts[name];
}

int ScriptedDns::asked(const std::string& name) const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  const auto found = impl_->asked.find(name);
  return found == impl_->asked.end() ? 0 : found->second;
}

}  // namespace posthaste
