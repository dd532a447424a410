#include "service/api/owner_notice.h"

#include <filesystem>
#include <set>

#include "base/log.h"
#include "service/api/suppressions.h"
#include "tests/service/api/store_fixture.h"
#include "tests/support/fault_proxy.h"

namespace posthaste::api {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kName[] = "guesses_exhausted";

v1::SendVerificationCodeRequest German() {
  v1::SendVerificationCodeRequest request;
  request.set_recipient("ana+x@example.com");
  request.set_recipient_name("Ana");
  request.set_purpose("password_reset");
  request.set_sender("billing");
  request.set_locale("de");
  request.set_time_zone("Europe/Berlin");
  (*request.mutable_labels())["user"] = "7";
  request.mutable_client_context()->set_device_label("Firefox");
  request.mutable_client_context()->set_ip_address("192.0.2.7");
  request.set_custom_code("91827364");
  return request;
}

TEST(OwnerNotice, GoesToTheSameMailboxAsTheSameSenderInTheSameLanguage) {
  const SendOrder code = CheckOrder(German(), TheWorld().tenant(), kHashKey).value();
  const SendOrder notice = OwnerNoticeOf(code, absl::FromUnixSeconds(1'800'000'000)).value();
  EXPECT_EQ(notice.mail->name(), kName);
  EXPECT_EQ(notice.recipient.address, "ana+x@example.com");
  EXPECT_EQ(notice.recipient_name, "Ana");
  EXPECT_EQ(notice.sender->id(), "billing");
  EXPECT_EQ(notice.locale, "de");
  EXPECT_EQ(notice.time_zone, "Europe/Berlin");
  EXPECT_EQ(notice.labels.at("user"), "7");
  EXPECT_EQ(notice.ttl, absl::Hours(24)) << "later it would tell of what is over";
  EXPECT_FALSE(notice.code);
  EXPECT_EQ(*notice.variables.Find("request_time")->string(), "2027-01-15T08:00:00Z");
  EXPECT_EQ(*notice.variables.Find("account_label")->string(), "ana+x@example.com");
  EXPECT_EQ(*notice.variables.Find("device_label")->string(), "Firefox");
  EXPECT_EQ(*notice.variables.Find("ip_address")->string(), "192.0.2.7");
  EXPECT_EQ(notice.variables.Find("location_label"), nullptr);
}

TEST(OwnerNotice, IsLimitedByPurposeAndMailboxWithinTheBucket) {
  const auto limit = [](const std::string& recipient, const std::string& purpose) {
    const Person person = PersonOf(ParseMailbox(recipient).value(), "acme", kHashKey, 16);
    return OwnerNoticeLimit(person, purpose);
  };
  const queue::RateLimit one = limit("ana@example.com", "sign_in");
  EXPECT_EQ(one.count, 1);
  EXPECT_EQ(one.period, absl::Hours(24));
  EXPECT_EQ(limit("Ana@example.com", "sign_in").name, one.name);
  EXPECT_NE(limit("ana@example.com", "password_reset").name, one.name);
  const queue::RateLimit tagged = limit("ana+1@example.com", "sign_in");
  EXPECT_NE(tagged.name, one.name) << "its budget is another";
  EXPECT_EQ(tagged.key, one.key) << "stored with all that is known of the bucket";
}

class OwnerNoticeTest : public StoreTest {
 protected:
  explicit OwnerNoticeTest(const std::function<void(config::v1::Config&)>& edit =
                               [](config::v1::Config&) {})
      : StoreTest([&edit](config::v1::Config& config) {
          config.mutable_codes()->set_guesses(2);
          config.mutable_codes()->set_wrong_guesses_per_day(2);
          config.mutable_limits()->set_sends_per_recipient_hour(4);
          edit(config);
        }) {}

  static v1::SendVerificationCodeRequest Anew(const std::string& recipient = "ana@example.com",
                                              const std::string& purpose = "password_reset") {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    request.set_purpose(purpose);
    request.set_force_new(true);
    return request;
  }
  // Uses up the day's wrong guesses.
  void GuessWrong(const v1::SendVerificationCodeRequest& request = Anew(),
                  const std::string& tenant = "acme") {
    const v1::Verification sent = Send(request, tenant);
    for (int i = 0; i < 2; ++i) Check(Guess(sent.id(), "0000000000"), tenant);
  }
  // The ids of all notices in the store.
  std::set<std::string> Notices(RedisServer& server = SharedServer()) const {
    std::set<std::string> ids;
    std::istringstream names(server.Call({"KEYS", "ph:{*}:m:*"}));
    for (std::string name; std::getline(names, name);) {
      const std::string id = name.substr(name.rfind(':') + 1);
      const queue::Record record = queue::Decode(server.Call({"GET", name}), id).value();
      if (record.facts.template_name() == kName) ids.insert(id);
    }
    return ids;
  }
  void Suppress(v1::Suppression::Cause cause) {
    v1::CreateSuppressionRequest request;
    request.set_recipient("ana@example.com");
    request.set_cause(cause);
    v1::Suppression made;
    ASSERT_EQ(Verdict(Ask(HandleCreateSuppression, request, made).status), "OK");
  }
};

TEST_F(OwnerNoticeTest, IsSentWithTheFirstLongerCode) {
  const v1::Verification sent = Send(Anew());
  Check(Guess(sent.id(), "0000000000"));
  Send(Anew());
  EXPECT_THAT(Notices(), IsEmpty()) << "a guess is left";
  Check(Guess(sent.id(), "0000000000"));
  EXPECT_THAT(Notices(), IsEmpty()) << "superseded: not a guess";
  GuessWrong();
  EXPECT_THAT(Notices(), IsEmpty()) << "a check does not know the address";

  EXPECT_EQ(Send(Anew()).guesses_remaining(), 1);
  ASSERT_THAT(Notices(), SizeIs(1));
  const std::string id = *Notices().begin();
  const queue::Record record = Stored(id);
  EXPECT_EQ(record.head.mail_class, queue::MailClass::kNotice);
  EXPECT_EQ(record.head.state, v1::Message::QUEUED);
  EXPECT_EQ(record.facts.masked_recipient(), "a***@example.com");
  EXPECT_EQ(Opened(id).to_mailbox(), "ana@example.com");
}

TEST_F(OwnerNoticeTest, TellsNothingOfTheCode) {
  GuessWrong();
  const v1::Verification sent = Send(Anew());
  const std::string code = CodeIn(sent.message_id());
  ASSERT_EQ(code.size(), 8u);
  const std::string id = *Notices().begin();
  const store::v1::Mail mail = Opened(id);
  const std::string all = mail.subject() + mail.text() + mail.html();
  EXPECT_THAT(all, HasSubstr("ana@example.com"));
  for (size_t at = 0; at + 4 <= code.size(); ++at)
    EXPECT_THAT(all, Not(HasSubstr(code.substr(at, 4))));
  EXPECT_FALSE(mail.has_code());
  EXPECT_EQ(Stored(id).facts.verification_id(), "");
  EXPECT_EQ(Stored(id).facts.purpose(), "");
}

TEST_F(OwnerNoticeTest, IsSentOnceADay) {
  GuessWrong();
  Send(Anew());
  Send(Anew());
  Send(Anew());
  EXPECT_THAT(Notices(), SizeIs(1));
  MoveClock(absl::Hours(24) + absl::Seconds(1));
  EXPECT_EQ(Send(Anew()).guesses_remaining(), 2) << "another day, another budget";
  EXPECT_THAT(Notices(), SizeIs(1));
  GuessWrong();
  Send(Anew());
  EXPECT_THAT(Notices(), SizeIs(2));
}

TEST_F(OwnerNoticeTest, IsSentForEachPurposeMailboxAndTenant) {
  for (const char* recipient : {"ana@example.com", "ana+1@example.com"}) {
    GuessWrong(Anew(recipient));
    Send(Anew(recipient));
  }
  EXPECT_THAT(Notices(), SizeIs(2));
  const v1::SendVerificationCodeRequest other = Anew("bob@example.com", "sign_in");
  GuessWrong(other);
  Send(other);
  GuessWrong(Anew("bob@example.com"));
  Send(Anew("bob@example.com"));
  EXPECT_THAT(Notices(), SizeIs(4));
  GuessWrong(other, "globex");
  Send(other, "globex");
  EXPECT_THAT(Notices(), SizeIs(5));
}

TEST_F(OwnerNoticeTest, NeitherTakesFromLimitsNorIsStoppedByThem) {
  v1::SendPasswordChangedRequest notice;
  notice.set_recipient("ana@example.com");
  v1::Message message;
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(Verdict(Ask(HandleSendPasswordChanged, notice, message).status), "OK");
  EXPECT_EQ(ReasonOf(Ask(HandleSendPasswordChanged, notice, message).status),
            "RECIPIENT_SEND_LIMIT");
  GuessWrong();
  for (int i = 0; i < 3; ++i) Send(Anew());
  EXPECT_THAT(Notices(), SizeIs(1));
  EXPECT_EQ(ReasonOf(Refused(Anew())), "RECIPIENT_SEND_LIMIT") << "four codes an hour, as always";
}

TEST_F(OwnerNoticeTest, IsNotSentToValidate) {
  GuessWrong();
  v1::SendVerificationCodeRequest request = Anew();
  request.set_validate_only(true);
  Send(request);
  EXPECT_THAT(Notices(), IsEmpty());
}

TEST_F(OwnerNoticeTest, IsKeptFromNobodyWhoseKeyIsNarrowed) {
  GuessWrong();
  purposes_ = {"password_reset"};
  senders_ = {"main"};
  Send(Anew());
  EXPECT_THAT(Notices(), SizeIs(1));
}

TEST_F(OwnerNoticeTest, OfADecoyIsStoredAndNeverSent) {
  v1::SendVerificationCodeRequest decoy = Anew();
  decoy.set_decoy(true);
  GuessWrong(decoy);
  const v1::Verification played = Send(decoy);
  EXPECT_EQ(played.guesses_remaining(), 1);
  ASSERT_THAT(Notices(), SizeIs(1)) << "as much is written as for a real one";
  const std::string id = *Notices().begin();
  EXPECT_EQ(Stored(id).head.flags, queue::kFlagDecoy) << "a worker ends it SUPPRESSED";
}

TEST_F(OwnerNoticeTest, OfARecipientThatWasRefusedForGoodIsADecoyAsItsCodeIs) {
  GuessWrong();
  Suppress(v1::Suppression::REQUESTED);
  Send(Anew());
  ASSERT_THAT(Notices(), SizeIs(1));
  EXPECT_EQ(Stored(*Notices().begin()).head.flags, queue::kFlagDecoy);
}

// A tenant's own template that wants what the service does not have.
struct SpoiltFolder {
  SpoiltFolder() {
    const std::string folder = std::string(kName) + "/en/";
    std::filesystem::create_directories(dir.path() + "/" + folder);
    dir.Write(std::string(kName) + "/template.yaml",
              "mail_class: notice\ndescription: Ours.\nvariables:\n  ticket:\n    type: string\n"
              "    required: true\n    sample: x\n    description: We do not have it.\n");
    dir.Write(folder + "subject.txt", "Wrong codes {{ticket}}\n");
    dir.Write(folder + "body.txt", "Wrong codes {{ticket}}\n");
    dir.Write(folder + "body.html", "{{> head}}{{> open}}<h1>{{ticket}}</h1>{{> close}}\n");
  }
  TempDir dir;
};

class SpoiltNoticeTest : protected SpoiltFolder, public OwnerNoticeTest {
 protected:
  SpoiltNoticeTest()
      : OwnerNoticeTest([this](config::v1::Config& config) {
          config.mutable_tenants(1)->set_templates_dir(dir.path());
        }) {}
};

TEST_F(SpoiltNoticeTest, KeepsNoCodeBack) {
  GuessWrong(Anew(), "globex");
  const TempDir dir;
  ASSERT_TRUE(log::Start(log::Level::kInfo, dir.File("log")));
  EXPECT_EQ(Send(Anew(), "globex").guesses_remaining(), 1);
  log::Stop();
  EXPECT_THAT(Notices(), IsEmpty());
  EXPECT_THAT(ReadFile(dir.File("log")),
              HasSubstr(R"("event":"owner_not_told","tenant":"globex","why":)"));
}

// The connection to Redis is cut behind each few bytes of its answers; the caller asks until it is
// told.
TEST_F(OwnerNoticeTest, IsOneWhereverTheFirstTryBrokeOff) {
  RedisServer redis{RedisOptions{.appendfsync = "", .tcp = true}};
  FaultProxy proxy(redis.port());
  redis::ClientOptions options;
  options.host = "127.0.0.1";
  options.port = proxy.port();
  options.backoff_base = absl::Milliseconds(1);
  options.backoff_cap = absl::Milliseconds(2);
  const Person person =
      PersonOf(ParseMailbox("ana@example.com").value(), "acme", kHashKey, store_->keys().shards());
  const std::string used_up =
      store_->keys().Limit(person.shard, FailureKeyOf(person, "acme", "password_reset", kHashKey));
  v1::SendVerificationCodeRequest request = Anew();
  request.set_request_id("send-1");
  int cut = 0;
  constexpr int kBytesMost = 4500;  // More than the scripts' names and all answers together.
  for (int bytes = 0; bytes < kBytesMost; bytes += 13) {
    redis.Call({"FLUSHALL"});
    redis.Call({"SET", used_up, "2"});
    proxy.CutAfter(bytes);
    const auto store = queue::Store::Make(loop_, options, world_.config.redis().shards(),
                                          SystemClock(), world_.random)
                           .value();
    ASSERT_TRUE(Run(store->client().WaitReady(absl::Seconds(10))).ok());
    Backend backend{&loop_, store.get(), &world_.shared};
    absl::Status status = absl::UnknownError("not asked");
    v1::Verification sent;
    for (int tries = 0; !status.ok() && tries < 20; ++tries) {
      Call call{backend, world_.CallerOf("acme"), &world_.tenant("acme")};
      status = Run(HandleSendVerificationCode(call, request, sent));
      cut += status.ok() ? 0 : 1;
      EXPECT_TRUE(Run(store->client().WaitReady(absl::Seconds(10))).ok());
    }
    ASSERT_TRUE(status.ok()) << status << ", cut behind " << bytes;
    EXPECT_EQ(sent.guesses_remaining(), 1);
    ASSERT_THAT(Notices(redis), SizeIs(1)) << "cut behind " << bytes;
  }
  EXPECT_GT(cut, 3);
}

}  // namespace
}  // namespace posthaste::api
