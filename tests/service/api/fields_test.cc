#include "service/api/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

using testing::ElementsAre;

// "field REASON" of the one violation; "" if all is well.
std::string Wrong(const std::function<void(Fields&)>& check) {
  Fields fields;
  check(fields);
  const absl::Status status = fields.Done();
  EXPECT_EQ(status.ok(), fields.ok());
  if (status.ok()) return "";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return FieldsOf(status).front() + " " + ReasonOf(status);
}

TEST(Fields, CollectAllViolations) {
  Fields fields;
  fields.Recipient("");
  fields.Purpose("", true);
  fields.Locale("x");
  EXPECT_THAT(FieldsOf(fields.Done()), ElementsAre("recipient", "purpose", "locale"));
  EXPECT_EQ(ReasonOf(fields.Done()), "RECIPIENT_INVALID");
}

TEST(Fields, KeepNoMoreThanAreTold) {
  Fields fields;
  for (int i = 0; i < 1000; ++i)
    fields.Add(absl::StrCat("variables.v", i), "VARIABLE_UNDECLARED", "is not declared");
  EXPECT_EQ(fields.violations().size(), kViolationsMax);
  const std::vector<std::string> told = FieldsOf(fields.Done());
  ASSERT_EQ(told.size(), kViolationsMax);
  EXPECT_EQ(told.front(), "variables.v0");
  EXPECT_EQ(told.back(), absl::StrCat("variables.v", kViolationsMax - 1));
}

TEST(Fields, NeverRepeatTheValue) {
  Fields fields;
  fields.Recipient("hidden canary@@example.com");
  fields.Line("code", std::string(65, 'C') + "canary", 64);
  fields.HttpsUrl("not_me_url", "ftp://canary.example");
  fields.IpAddress("client_context.ip_address", "canary");
  fields.Id("id", "canary", 'm');
  fields.Locale("canary_canary");
  fields.TimeZone("canary/canary");
  fields.Purpose("Canary canary", true);
  EXPECT_FALSE(fields.ok());
  EXPECT_EQ(DetailsOf(fields.Done()).find("canary"), std::string::npos);
}

TEST(Fields, ParseTheRecipient) {
  Fields fields;
  const std::optional<Mailbox> mailbox = fields.Recipient("Ana@Example.COM");
  ASSERT_TRUE(mailbox.has_value());
  EXPECT_EQ(mailbox->lookup, "ana@example.com");
  for (const char* bad :
       {"", "ana", "@example.com", "ana@", "ana@@example.com", "Ana <ana@example.com>",
        "a b@example.com", "ana@example.com\r\nBcc: x@example.com", "ana@[127.0.0.1]",
        "\"ana\"@example.com", "ana@example"}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.Recipient(bad); }), "recipient RECIPIENT_INVALID") << bad;
  }
}

TEST(Fields, CountCharactersOfALineAndNotBytes) {
  std::string umlauts;
  for (int i = 0; i < 128; ++i) umlauts += "\xC3\xA4";
  EXPECT_EQ(Wrong([&](Fields& f) { f.Line("x", umlauts, 128); }), "");
  EXPECT_EQ(Wrong([&](Fields& f) { f.Line("x", umlauts + "a", 128); }), "x FIELD_INVALID");
  EXPECT_EQ(Wrong([&](Fields& f) { f.Line("x", "", 128); }), "");
  EXPECT_EQ(Wrong([&](Fields& f) { f.Line("x", "", 128, true); }), "x FIELD_INVALID");
  for (const std::string& bad :
       {std::string("a\nb"), std::string("a\tb"), std::string("a\0b", 3), std::string("\x7F"),
        std::string("\xC2\x9B"), std::string("\xFF")}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.Line("x", bad, 128); }), "x FIELD_INVALID");
  }
}

TEST(Fields, CallALineBreakInAHeaderWhatItIs) {
  EXPECT_EQ(
      Wrong([](Fields& f) { f.HeaderText("recipient_name", "Ana\r\nBcc: x@example.com", 128); }),
      "recipient_name HEADER_INJECTION");
  EXPECT_EQ(Wrong([](Fields& f) { f.HeaderText("recipient_name", std::string(129, 'a'), 128); }),
            "recipient_name FIELD_INVALID");
  EXPECT_EQ(Wrong([](Fields& f) { f.HeaderText("recipient_name", "Ana", 128); }), "");
}

TEST(Fields, TakePurposesOfLowerCaseLettersDigitsAndUnderscores) {
  for (const char* good : {"password_reset", "a", "a1_"})
    EXPECT_EQ(Wrong([&](Fields& f) { f.Purpose(good, true); }), "");
  EXPECT_EQ(Wrong([](Fields& f) { f.Purpose(std::string(40, 'a'), true); }), "");
  for (const std::string& bad :
       {std::string(), std::string("1a"), std::string("_a"), std::string("A"), std::string("a-b"),
        std::string("a b"), std::string(41, 'a'), std::string("\xC3\xA4")}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.Purpose(bad, true); }), "purpose PURPOSE_INVALID") << bad;
  }
  EXPECT_EQ(Wrong([](Fields& f) { f.Purpose("", false); }), "");
}

TEST(Fields, TakeLocalesAndTimeZonesByTheirNames) {
  for (const char* good : {"", "en", "pt-BR", "zh-Hant-TW"})
    EXPECT_EQ(Wrong([&](Fields& f) { f.Locale(good); }), "") << good;
  for (const char* bad : {"e", "pt_BR", "en-", "en--US", "1n", "en US", "../en",
                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.Locale(bad); }), "locale LOCALE_INVALID") << bad;
  }
  for (const char* good : {"", "UTC", "Europe/Berlin", "Etc/GMT+5", "America/Port-au-Prince"}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.TimeZone(good); }), "") << good;
  }
  for (const char* bad :
       {"Berlin", "/etc/localtime", "../../etc/passwd", "Europe/Berlin ", "file:Europe/Berlin"}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.TimeZone(bad); }), "time_zone TIME_ZONE_INVALID") << bad;
  }
}

TEST(Fields, BoundLabelsInNumberKeysAndValues) {
  Fields::Strings labels;
  labels["colour_1"] = "red";
  EXPECT_EQ(Wrong([&](Fields& f) { f.Labels(labels); }), "");
  labels["colour_1"] = std::string(65, 'x');
  EXPECT_EQ(Wrong([&](Fields& f) { f.Labels(labels); }), "labels[colour_1] FIELD_INVALID");
  for (const std::string& bad :
       {std::string(), std::string("Colour"), std::string("a b"), std::string(33, 'a')}) {
    labels.clear();
    labels[bad] = "x";
    EXPECT_EQ(Wrong([&](Fields& f) { f.Labels(labels); }), "labels FIELD_INVALID") << bad;
  }
  labels.clear();
  for (int i = 0; i < 9; ++i) labels["k" + std::to_string(i)] = "x";
  EXPECT_EQ(Wrong([&](Fields& f) { f.Labels(labels); }), "labels FIELD_INVALID");
}

TEST(Fields, BoundBindingsInNumberKeysAndValues) {
  Fields::Strings binding;
  binding["session"] = "";
  EXPECT_EQ(Wrong([&](Fields& f) { f.Binding(binding); }), "");
  binding["session"] = std::string(129, 'x');
  EXPECT_EQ(Wrong([&](Fields& f) { f.Binding(binding); }), "binding FIELD_INVALID");
  binding.clear();
  binding[""] = "x";  // Would be taken for the subject.
  EXPECT_EQ(Wrong([&](Fields& f) { f.Binding(binding); }), "binding FIELD_INVALID");
  binding.clear();
  for (int i = 0; i < 9; ++i) binding[std::to_string(i)] = "x";
  EXPECT_EQ(Wrong([&](Fields& f) { f.Binding(binding); }), "binding FIELD_INVALID");
}

TEST(Fields, TakeHttpsUrlsAndAddressesOfBothFamilies) {
  for (const char* good : {"", "https://example.com/x", "HTTPS://example.com"}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.HttpsUrl("u", good); }), "") << good;
  }
  for (const std::string& bad :
       {std::string("http://example.com"), std::string("javascript:alert(1)"),
        std::string("https://"), std::string("https://example.com/\n"),
        "https://example.com/" + std::string(2048, 'x')}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.HttpsUrl("u", bad); }), "u FIELD_INVALID") << bad;
  }
  for (const char* good : {"", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.IpAddress("ip", good); }), "") << good;
  }
  for (const char* bad :
       {"192.0.2", "192.0.2.256", "example.com", "fe80::1%eth0", "192.0.2.1:80", "[::1]"}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.IpAddress("ip", bad); }), "ip FIELD_INVALID") << bad;
  }
}

TEST(Fields, TakeIdsOfTheirKindOnly) {
  const std::string id = "m00" + std::string(20, '0');
  EXPECT_EQ(Wrong([&](Fields& f) { f.Id("id", id, 'm'); }), "");
  EXPECT_EQ(Wrong([&](Fields& f) { f.Id("verification_id", id, 'v'); }),
            "verification_id FIELD_INVALID");
  for (const std::string& bad :
       {std::string(), std::string("m"), id + "0", id.substr(1), "m00" + std::string(20, 'u')}) {
    EXPECT_EQ(Wrong([&](Fields& f) { f.Id("id", bad, 'm'); }), "id FIELD_INVALID") << bad;
  }
}

TEST(Fields, TakeATtlFromItsFirstToItsLastSecond) {
  const auto ttl = [](int64_t seconds, int32_t nanos = 0) {
    google::protobuf::Duration value;
    value.set_seconds(seconds);
    value.set_nanos(nanos);
    return Wrong([&](Fields& f) { f.Ttl(true, value, absl::Minutes(1), absl::Minutes(30)); });
  };
  EXPECT_EQ(ttl(60), "");
  EXPECT_EQ(ttl(1800), "");
  for (const int64_t bad : {int64_t{0}, int64_t{59}, int64_t{-60}, int64_t{1801}, int64_t{1} << 62,
                            -(int64_t{1} << 62)}) {
    EXPECT_EQ(ttl(bad), "ttl TTL_OUT_OF_RANGE") << bad;
  }
  EXPECT_EQ(ttl(59, 999'999'999), "ttl TTL_OUT_OF_RANGE");
  EXPECT_EQ(ttl(1800, 1), "ttl TTL_OUT_OF_RANGE");
  Fields fields;
  EXPECT_EQ(fields.Ttl(false, {}, absl::Minutes(1), absl::Minutes(30)), std::nullopt);
  EXPECT_TRUE(fields.ok()) << "absent is not wrong";
}

TEST(Fields, TakeTimesThatAProtobufCanHold) {
  google::protobuf::Timestamp time;
  time.set_seconds(1'800'000'000);
  time.set_nanos(5);
  Fields fields;
  EXPECT_EQ(fields.Time("change_time", true, time),
            absl::FromUnixSeconds(1'800'000'000) + absl::Nanoseconds(5));
  EXPECT_EQ(fields.Time("change_time", false, time), std::nullopt);
  EXPECT_TRUE(fields.ok());
  for (const int64_t bad : {int64_t{-62135596801}, int64_t{253402300800}, int64_t{1} << 62}) {
    time.set_seconds(bad);
    EXPECT_EQ(Wrong([&](Fields& f) { f.Time("change_time", true, time); }),
              "change_time FIELD_INVALID")
        << bad;
  }
  time.set_seconds(0);
  time.set_nanos(-1);
  EXPECT_EQ(Wrong([&](Fields& f) { f.Time("change_time", true, time); }),
            "change_time FIELD_INVALID");
}

TEST(Fields, TurnAStructIntoVariables) {
  google::protobuf::Struct given;
  auto& fields = *given.mutable_fields();
  fields["flag"].set_bool_value(true);
  fields["count"].set_number_value(1.5);
  fields["name"].set_string_value("Ana");
  fields["nothing"].set_null_value(google::protobuf::NULL_VALUE);
  fields["unset"];
  (*fields["inner"].mutable_struct_value()->mutable_fields())["x"].set_string_value("y");
  fields["items"].mutable_list_value()->add_values()->set_number_value(2);
  const templates::Value value = ToValue(given);
  EXPECT_EQ(*value.Find("flag")->boolean(), true);
  EXPECT_EQ(*value.Find("count")->number(), 1.5);
  EXPECT_EQ(*value.Find("name")->string(), "Ana");
  EXPECT_TRUE(value.Find("nothing")->is_null());
  EXPECT_TRUE(value.Find("unset")->is_null());
  EXPECT_EQ(*value.Find("inner")->Find("x")->string(), "y");
  EXPECT_EQ(*value.Find("items")->list()->front().number(), 2);
}

TEST(Fields, CountAnIpV6NetworkAsOneClientAndAMappedAddressAsIpV4) {
  EXPECT_EQ(NetworkOf("192.0.2.1"), std::string("\xC0\x00\x02\x01", 4));
  EXPECT_EQ(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:2:ffff::9"));
  EXPECT_NE(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:3::1"));
  EXPECT_EQ(NetworkOf("::ffff:192.0.2.1"), NetworkOf("192.0.2.1"));
  EXPECT_EQ(NetworkOf("2001:db8::1").size(), 8u);
}

}  // namespace
}  // namespace posthaste::api
