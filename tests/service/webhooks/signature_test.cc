#include "service/webhooks/signature.h"

#include <gtest/gtest.h>

#include "service/config/webhooks.h"

namespace posthaste::webhooks {
namespace {

Secret Key(const char* text) { return config::ParseWebhookSecret(text).value(); }

// The vector of the libraries of Standard Webhooks.
constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kId[] = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr int64_t kTime = 1614265330;
constexpr char kBody[] = R"({"test": 2432232314})";
constexpr char kSignature[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

TEST(Signature, IsThatOfStandardWebhooks) {
  EXPECT_EQ(Signature({Key(kSecret)}, kId, kTime, kBody), kSignature);
}

TEST(Signature, IsOverIdTimeAndBody) {
  EXPECT_NE(Signature({Key(kSecret)}, "msg_p5jXN8AQM9LWM0D4loKWxJel", kTime, kBody), kSignature);
  EXPECT_NE(Signature({Key(kSecret)}, kId, kTime + 1, kBody), kSignature);
  EXPECT_NE(Signature({Key(kSecret)}, kId, kTime, R"({"test": 2432232315})"), kSignature);
}

TEST(Signature, IsOneOfEachSecret) {
  const Secret other = Key("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
  const std::string both = Signature({Key(kSecret), other}, kId, kTime, kBody);
  EXPECT_EQ(both, std::string(kSignature) + " " + Signature({other}, kId, kTime, kBody));
}

}  // namespace
}  // namespace posthaste::webhooks
