#include "service/redis/reply_reader.h"

#include <hiredis/read.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace posthaste::redis {

// Fills one Reply in place as hiredis parses it. An array gets all its elements when its header is
// read, so that pointers to them stay good; that memory is counted against the limit first.
// Answering null makes hiredis stop with an error.
class ReplyBuilder {
 public:
  explicit ReplyBuilder(const ReplyLimits& limits) : limits_(limits) {}

  Reply Take() {
    taken_bytes_ = 0;
    return std::exchange(root_, Reply());
  }
  bool over_limit() const { return over_limit_; }

  static void* CreateString(const redisReadTask* task, char* bytes, size_t size) {
    ReplyBuilder& self = Self(task);
    if (size > self.limits_.line_or_bulk_bytes_max || !self.Charge(size)) return self.Refuse();
    Reply& reply = self.At(task);
    reply.text_.assign(bytes, size);
    reply.kind_ = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::kError
                  : task->type == REDIS_REPLY_STATUS ? Reply::Kind::kStatus
                                                     : Reply::Kind::kString;
    return &reply;
  }

  static void* CreateArray(const redisReadTask* task, int elements) {
    ReplyBuilder& self = Self(task);
    const auto count = static_cast<size_t>(elements);
    if (!self.Charge(count * sizeof(Reply))) return self.Refuse();
    Reply& reply = self.At(task);
    reply.kind_ = Reply::Kind::kArray;
    reply.elements_.resize(count);
    return &reply;
  }

  static void* CreateInteger(const redisReadTask* task, long long value) {
    Reply& reply = Self(task).At(task);
    reply.kind_ = Reply::Kind::kInteger;
    reply.integer_ = value;
    return &reply;
  }

  static void* CreateNil(const redisReadTask* task) { return &Self(task).At(task); }

  // The builder owns the root and all below it.
  static void Free(void*) {}

 private:
  static ReplyBuilder& Self(const redisReadTask* task) {
    return *static_cast<ReplyBuilder*>(task->privdata);
  }

  Reply& At(const redisReadTask* task) {
    if (task->parent == nullptr) return root_;
    return static_cast<Reply*>(task->parent->obj)->elements_[static_cast<size_t>(task->idx)];
  }

  bool Charge(size_t bytes) {
    if (bytes > limits_.reply_bytes_max - taken_bytes_) return false;
    taken_bytes_ += bytes;
    return true;
  }

  void* Refuse() {
    over_limit_ = true;
    return nullptr;
  }

  const ReplyLimits limits_;
  Reply root_;
  size_t taken_bytes_ = 0;  // At most limits_.reply_bytes_max.
  bool over_limit_ = false;
};

namespace {

// Room for a bulk's own header and its closing CRLF when bytes that are not yet parsed are compared
// with the limit.
constexpr size_t kFramingBytes = 64;

redisReplyObjectFunctions functions = {&ReplyBuilder::CreateString, &ReplyBuilder::CreateArray,
                                       &ReplyBuilder::CreateInteger, &ReplyBuilder::CreateNil,
                                       &ReplyBuilder::Free};

}  // namespace

ReplyReader::ReplyReader(const ReplyLimits& limits)
    : limits_(limits),
      builder_(std::make_unique<ReplyBuilder>(limits)),
      reader_(redisReaderCreateWithFunctions(&functions)) {
  if (reader_ == nullptr) {
    broken_ = absl::ResourceExhaustedError("no memory for a reply reader");
    return;
  }
  reader_->privdata = builder_.get();
  reader_->maxbuf = limits.idle_buffer_bytes_max;
}

ReplyReader::~ReplyReader() {
  if (reader_ != nullptr) redisReaderFree(reader_);
}

void ReplyReader::Feed(std::string_view bytes) {
  if (!broken_.ok() || bytes.empty()) return;
  if (redisReaderFeed(reader_, bytes.data(), bytes.size()) != REDIS_OK)
    Break(reader_->errstr).IgnoreError();
}

absl::StatusOr<std::optional<Reply>> ReplyReader::Next() {
  if (!broken_.ok()) return broken_;
  void* whole = nullptr;
  if (redisReaderGetReply(reader_, &whole) != REDIS_OK) {
    return Break(builder_->over_limit() ? "reply above the limit" : reader_->errstr);
  }
  if (whole != nullptr) return std::optional<Reply>(builder_->Take());
  // What hiredis could not parse yet is one line or one bulk, so this bounds both before they are
  // complete.
  if (reader_->len - reader_->pos > limits_.line_or_bulk_bytes_max + kFramingBytes) {
    return Break("reply above the limit");
  }
  return std::optional<Reply>();
}

absl::Status ReplyReader::Break(std::string_view why) {
  broken_ = absl::DataLossError(absl::StrCat("not a redis reply: ", std::string(why)));
  return broken_;
}

}  // namespace posthaste::redis
