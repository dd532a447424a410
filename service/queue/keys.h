// The name of each key in Redis. No other file builds one.
//
// The part in braces is the hash tag: all keys of one shard lie in one slot of a cluster. The tag
// of shard i of S is the smallest number whose slot lies in the i-th of S equal parts of the 16
// 384. Hashes are given as bytes and shortened to 100 bits of base32.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace posthaste::queue {

// Mail classes as the queue counts them: the lane's number in the key names.
enum class MailClass : uint8_t { kCode = 0, kNotice = 1, kGeneral = 2 };
inline constexpr int kMailClasses = 3;

// CRC16 (XMODEM) mod 16384, as Redis Cluster computes it for a tag.
uint16_t SlotOf(std::string_view tag);

class Keys {
 public:
  // REQUIRES: a power of two ≤ 64.
  explicit Keys(int shards);
  int shards() const { return shards_; }

  std::string Message(int shard, std::string_view id) const;  // ph:{s}:m:<id>      STRING record
  std::string Lane(int shard, MailClass mail_class,
                   std::string_view tenant) const;  // ph:{s}:q:0 | ph:{s}:q:<c>:<tenant>  ZSET
  std::string Ring(int shard, MailClass mail_class)
      const;  // ph:{s}:r:<c>       ZSET of tenants by the ms when to look next
  std::string Attempts(int shard, std::string_view id) const;     // ph:{s}:a:<id>      LIST
  std::string Attachments(int shard, std::string_view id) const;  // ph:{s}:b:<id>   STRING, sealed
  // What is known of a recipient (recipient.h), by the hash of its mailbox or its bucket.
  std::string Recipient(int shard, std::string_view hash) const;  // ph:{s}:h:<hash>    STRING
  std::string Check(
      int shard, std::string_view request) const;  // ph:{s}:k:<…>       STRING, answer of a check
  // A failure budget: wrong guesses so far.
  std::string Limit(int shard, std::string_view limit) const;  // ph:{s}:l:<…>       STRING
  std::string Newest(int shard, std::string_view group)
      const;  // ph:{s}:n:<group>   STRING, newest message of a supersede group
  std::string Suppression(int shard, std::string_view tenant,
                          std::string_view mailbox_hash) const;  // ph:{s}:x:<tenant>:<…>  STRING
  // By the last part of its name, which the index holds and a suppression's id ends with.
  std::string SuppressionNamed(int shard, std::string_view tenant, std::string_view name) const;
  std::string Suppressions(int shard, std::string_view tenant) const;  // ph:{s}:y:<tenant>  ZSET
  std::string Events(int shard) const;                                 // ph:{s}:e           STREAM
  std::string Parked(int shard) const;                                 // ph:{s}:d           ZSET
  std::string Held(int shard) const;                                   // ph:{s}:o           ZSET
  std::string Armed(
      int shard) const;  // ph:{s}:w           STRING: a worker sleeps; also the wake channel
  static std::string Skeleton(std::string_view name);     // ph:{k:<hex>}       STRING
  static std::string ClientLimit(std::string_view hash);  // ph:{c:<hash>}      STRING
  // ph:{u:<tenant>}:<day> HASH of mail class to messages, by days since the epoch.
  static std::string Usage(std::string_view tenant, int64_t day);
  // How far a webhook was told.
  static std::string Webhook(std::string_view tenant,
                             std::string_view id);  // ph:{e:<tenant>}:<id>  HASH
  static std::string Holds();                       // ph:{ops}:holds     HASH
  static std::string Probes();                      // ph:{ops}:probes    HASH
  // What processes tell of the mail they send: by when they last spoke, and each one's.
  static std::string Reports();                         // ph:{ops}:reports   ZSET
  static std::string Report(std::string_view process);  // ph:{ops}:report:<process>  STRING
  static std::string Installation();                    // ph:cfg             HASH
  // Published templates, all in one slot.
  static std::string TemplatesVersion();  // ph:{t}:v           STRING, counts publications
  static std::string Templates(std::string_view tenant);  // ph:{t}:c:<tenant>  HASH, name to id
  static std::string TemplateHistory(std::string_view tenant,
                                     std::string_view name);  // ph:{t}:h:<tenant>:<name>  LIST
  static std::string TemplateFiles(std::string_view tenant, std::string_view name,
                                   std::string_view id);  // ph:{t}:f:<tenant>:<name>:<id>  STRING

 private:
  int shards_;
  std::string prefixes_[64];  // "ph:{tag}:"
};

}  // namespace posthaste::queue
