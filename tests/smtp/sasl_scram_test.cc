#include "smtp/sasl_scram.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"

namespace posthaste::smtp {
namespace {

// RFC 7677 3.
constexpr char kRfcNonce[] = "rOprNGfwEbeRWgbNEkqO";
constexpr char kServerFirst[] =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr char kClientFinal[] =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr char kServerFinal[] = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

ScramExchange Exchange(ScramBinding binding = {}) {
  return ScramExchange("user", Secret("pencil"), kRfcNonce, std::move(binding));
}

std::string Said(absl::StatusOr<std::optional<Secret>> message) {
  if (!message.ok()) return message.status().ToString();
  return message->has_value() ? std::string((*message)->Reveal()) : "(nothing)";
}

TEST(ScramExchange, MatchesRfc7677) {
  ScramExchange exchange = Exchange();
  EXPECT_EQ(Said(exchange.First()), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(Said(exchange.Next(kServerFirst)), kClientFinal);
  EXPECT_EQ(exchange.Finish().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Said(exchange.Next(kServerFinal)), "");
  EXPECT_TRUE(exchange.Finish().ok());
  EXPECT_EQ(Said(exchange.Next(kServerFinal)), "(nothing)");
}

TEST(ScramExchange, BelievesNobodyWhoCannotSign) {
  for (const std::string final :
       {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "v=", "", "v=!!", "w=6rri",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95A=="}) {
    ScramExchange exchange = Exchange();
    Said(exchange.First());
    Said(exchange.Next(kServerFirst));
    EXPECT_EQ(exchange.Next(final).status().code(), absl::StatusCode::kUnauthenticated) << final;
    EXPECT_FALSE(exchange.Finish().ok()) << final;
  }
}

TEST(ScramExchange, LetsTheRelaySayItsErrorInFull) {
  ScramExchange exchange = Exchange();
  Said(exchange.First());
  Said(exchange.Next(kServerFirst));
  EXPECT_EQ(Said(exchange.Next("e=invalid-proof")), "");
  EXPECT_FALSE(exchange.Finish().ok()) << "and is not believed if it goes on as if nothing was";
}

TEST(ScramExchange, RefusesWhatIsNoFirstMessage) {
  const std::string own = absl::StrCat("r=", kRfcNonce);
  const std::string salt = ",s=W22ZaJ0SNY7soEsUEjb6gQ==";
  for (const std::string& first :
       {std::string(), std::string("e=other-error"), absl::StrCat("m=x,", kServerFirst),
        absl::StrCat(own, salt, ",i=4096"),
        absl::StrCat("r=x", own.substr(2), "y", salt, ",i=4096"), absl::StrCat(own, "y,s=,i=4096"),
        absl::StrCat(own, "y,s=W22,i=4096"), absl::StrCat(own, "y", salt),
        absl::StrCat(own, "y", salt, ",i=4095"), absl::StrCat(own, "y", salt, ",i=100001"),
        absl::StrCat(own, "y", salt, ",i=-4096"), absl::StrCat(own, "y", salt, ",i=99999999999999"),
        absl::StrCat(own, "y", salt, ",i=x")}) {
    ScramExchange exchange = Exchange();
    Said(exchange.First());
    EXPECT_EQ(exchange.Next(first).status().code(), absl::StatusCode::kInvalidArgument) << first;
  }
  ScramExchange extended = Exchange();
  Said(extended.First());
  EXPECT_TRUE(extended.Next(absl::StrCat(own, "y", salt, ",i=4096,x=new")).ok())
      << "an extension behind is for those who know it";
}

TEST(ScramExchange, IsBoundToItsChannel) {
  ScramBinding binding;
  binding.channel = {"tls-exporter", std::string(32, '\xee')};
  ScramExchange exchange = Exchange(binding);
  EXPECT_EQ(Said(exchange.First()), "p=tls-exporter,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const std::string bound = Base64("p=tls-exporter,," + std::string(32, '\xee'));
  const std::string last = Said(exchange.Next(kServerFirst));
  EXPECT_EQ(last.substr(0, 2 + bound.size()), absl::StrCat("c=", bound));
  EXPECT_NE(last.substr(last.rfind(",p=")),
            std::string(kClientFinal).substr(std::string(kClientFinal).rfind(",p=")));
}

TEST(ScramExchange, SaysThatItWouldHaveBoundSoThatAStrippedOfferIsFound) {
  ScramBinding binding;
  binding.could_have_bound = true;
  ScramExchange exchange = Exchange(binding);
  EXPECT_EQ(Said(exchange.First()), "y,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(Said(exchange.Next(kServerFirst)).substr(0, 7), "c=eSws,");
}

TEST(ScramExchange, WritesNamesSoThatTheyStayNames) {
  ScramExchange exchange("a,b=c", Secret("x"), kRfcNonce, {});
  EXPECT_EQ(Said(exchange.First()), "n,,n=a=2Cb=3Dc,r=rOprNGfwEbeRWgbNEkqO");
}

TEST(ScramExchange, RefusesWhatItCannotPrepare) {
  for (const std::string bad : {"", "p\xe4ss", "tab\t", "nul\x01", "del\x7f"}) {
    EXPECT_FALSE(CanPrepare(bad));
    EXPECT_FALSE(ScramExchange(bad, Secret("x"), kRfcNonce, {}).First().ok()) << bad;
    EXPECT_FALSE(ScramExchange("x", Secret(bad), kRfcNonce, {}).First().ok()) << bad;
  }
  EXPECT_TRUE(CanPrepare("printable ASCII, with a space"));
}

TEST(ScramExchange, ProvesTheSameForTheSameWordsHoweverTheyAreTyped) {
  const auto proof = [](const std::string& name, const std::string& password) {
    ScramExchange exchange(name, Secret(password), kRfcNonce, {});
    const std::string first = Said(exchange.First());
    return first + " " + Said(exchange.Next(kServerFirst));
  };
  const std::string composed = proof("user", "p\xc3\xa4ss");
  EXPECT_EQ(proof("us\xc2\xad"
                  "er",
                  "pa\xcc\x88ss"),
            composed);
  EXPECT_NE(proof("user", "pass"), composed);
}

}  // namespace
}  // namespace posthaste::smtp
