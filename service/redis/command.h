// A command for Redis: a list of binary-safe arguments, encoded as a RESP array while it is built.
//
// The encoding is ours and not redisFormatCommandArgv's, because that needs the arguments as arrays
// of pointers and lengths and allocates a buffer to be copied and freed (tests/bench/redis_bench.cc
// prints both). There is no way to print a command: its arguments are addresses, codes and mail.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace posthaste::redis {

class Command {
 public:
  // `Command("SET", key, bytes, "PX", 5000)`: words and integers; one allocation for words.
  template <typename... Args>
  explicit Command(std::string_view name, const Args&... args) {
    body_.reserve(kOverhead * (1 + sizeof...(args)) + name.size() +
                  (size_t{0} + ... + SizeHint(args)));
    Add(name);
    name_size_ = static_cast<uint32_t>(name.size());
    name_at_ = static_cast<uint32_t>(body_.size() - name.size() - 2);
    (Add(args), ...);
  }

  Command& Add(std::string_view word) {
    AppendHead('$', word.size(), body_);
    body_.append(word).append("\r\n");
    ++count_;
    return *this;
  }

  template <std::integral T>
  Command& Add(T value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    return Add(std::string_view(digits, static_cast<size_t>(end - digits)));
  }

  // Every element of a range of words or integers.
  template <typename Range>
  Command& AddAll(const Range& range) {
    for (const auto& word : range) Add(word);
    return *this;
  }

  // Appends the whole command as it goes over the wire.
  void AppendTo(std::string& out) const {
    AppendHead('*', count_, out);
    out.append(body_);
  }

  std::string_view name() const { return std::string_view(body_).substr(name_at_, name_size_); }
  size_t count() const { return count_; }
  size_t encoded_bytes_max() const { return body_.size() + kOverhead; }

 private:
  static constexpr size_t kOverhead = 24;  // "$", 20 digits at most, CRLF twice, less one.

  static size_t SizeHint(std::string_view word) { return word.size(); }
  template <std::integral T>
  static size_t SizeHint(T) {
    return 20;
  }

  static void AppendHead(char mark, size_t number, std::string& out) {
    char head[24];
    head[0] = mark;
    char* end = std::to_chars(head + 1, head + sizeof(head) - 2, number).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out.append(head, static_cast<size_t>(end - head));
  }

  std::string body_;  // The arguments, each as "$length CRLF bytes CRLF".
  size_t count_ = 0;
  uint32_t name_at_ = 0;
  uint32_t name_size_ = 0;
};

}  // namespace posthaste::redis
