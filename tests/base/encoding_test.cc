#include "base/encoding.h"

#include <gtest/gtest.h>

#include <utility>

namespace posthaste {
namespace {

using namespace std::literals;

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff\xfe", "+//+"},
  };
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Base64(bytes), text);
    EXPECT_EQ(FromBase64(text), bytes);
  }
}

TEST(Base64, RefusesWhateverItWouldNotWrite) {
  for (const std::string_view text : {"Zg"sv, "Zg="sv, "Zg==="sv, "Z==="sv, "===="sv, "Zh=="sv,
                                      "Zm9="sv, "Zm9v\n"sv, " Zm9v"sv, "Zm-_"sv, "Zg==Zg=="sv,
                                      "Zm9v===="
                                      ""sv,
                                      "=Zm9"sv}) {
    EXPECT_EQ(FromBase64(text), std::nullopt) << text;
  }
}

TEST(Base64Url, HasItsOwnAlphabetAndNoPadding) {
  EXPECT_EQ(Base64Url("\xfb\xff\xfe"
                      "a"),
            "-__-YQ");
  EXPECT_EQ(FromBase64Url("-__-YQ"),
            "\xfb\xff\xfe"
            "a");
  for (const std::string_view text : {"YQ=="sv, "YR"sv, "Y"sv, "+//+"sv}) {
    EXPECT_EQ(FromBase64Url(text), std::nullopt) << text;
  }
}

TEST(Hex, WritesLowerCaseAndReadsBoth) {
  EXPECT_EQ(Hex("\x00\xff\x1a"sv), "00ff1a");
  EXPECT_EQ(FromHex("00fF1A"), "\x00\xff\x1a"s);
  EXPECT_EQ(FromHex("0"), std::nullopt);
  EXPECT_EQ(FromHex("0g"), std::nullopt);
}

TEST(Base32, TakesFiveBitsACharacterMostSignificantFirst) {
  EXPECT_EQ(Base32("\xff\x00"sv, 3), "zw0");
  EXPECT_EQ(Base32("\x00\x44\x32\x14\xc7"sv, 8), "01234567"sv.substr(0, 8));
  EXPECT_EQ(Base32("\xff\xff\xff\xff\xff", 2), "zz");
}

TEST(Utf8, IsCheckedByTheLetterOfRfc3629) {
  for (const std::string_view text :
       {""sv, "plain"sv, "\xc3\xa4"sv, "\xf0\x9f\x98\x80"sv, "\0"sv}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  for (const std::string_view text : {"\x80"sv, "\xc3"sv, "\xc0\x80"sv, "\xed\xa0\x80"sv,
                                      "\xf4\x90\x80\x80"sv, "\xff"sv, "\xe2\x82"sv}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

TEST(Controls, AreFoundInAllTheirKinds) {
  for (const std::string_view text : {"a\tb"sv, "a\r\n"sv, "\0"sv, "\x7f"sv, "\xc2\x85"sv}) {
    EXPECT_TRUE(HasControl(text));
  }
  EXPECT_FALSE(HasControl("plain \xc2\xa0 \xc3\xa4"));
}

}  // namespace
}  // namespace posthaste
