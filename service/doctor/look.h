// Asks what others answer: Redis, the relays, the DNS. Nothing is written, no mail is sent. Each
// question has a limit of a few seconds.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/config/dkim.h"
#include "service/doctor/finding.h"
#include "service/redis/info.h"
#include "service/redis/options.h"
#include "smtp/dns.h"
#include "smtp/exchangers.h"
#include "smtp/relay.h"

namespace posthaste::doctor {

// Whether it answers, keeps what it is told (version, durability, memory policy), what its clock
// says, whether it takes writes, and how full its disk is if that is this machine's. Of one here
// that does not answer: every disk of this machine that is full.
Task<Findings> LookAtRedis(Loop& loop, redis::ClientOptions options, redis::Durability level);

// Greets each relay, starts TLS and authenticates, then says QUIT. A direct one: an exchanger of
// the senders' own return paths, which is at hand and minds no greeting. `finder`: null without
// DNS.
Task<Findings> LookAtRelays(Loop& loop, std::vector<std::shared_ptr<smtp::Relay>> relays,
                            smtp::ExchangerFinder finder, config::v1::Config config);

// SPF, DMARC and return path of each sender's domain, and the record of each key.
Task<Findings> LookAtNames(smtp::DnsLookUp look_up, config::v1::Config config,
                           std::vector<config::DkimEntry> keys);

}  // namespace posthaste::doctor
