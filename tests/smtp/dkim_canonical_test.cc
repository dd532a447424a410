#include "smtp/dkim_canonical.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>
#include <string>
#include <vector>

namespace posthaste::smtp {
namespace {

std::string Relaxed(std::string_view field) {
  std::string out;
  AppendRelaxedField(out, field);
  return out;
}

TEST(DkimCanonical, GivesTheExampleOfRfc6376) {
  EXPECT_EQ(Relaxed("A: X\r\n"), "a:X\r\n");
  EXPECT_EQ(Relaxed("B : Y\t\r\n\tZ  \r\n"), "b:Y Z\r\n");
  EXPECT_EQ(RelaxedBody(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
}

TEST(DkimCanonical, TakesAFieldWithOrWithoutItsLineEnd) {
  EXPECT_EQ(Relaxed("Subject: hello  you"), "subject:hello you\r\n");
  EXPECT_EQ(Relaxed("Subject: hello  you\r\n"), "subject:hello you\r\n");
  EXPECT_EQ(Relaxed("Subject:"), "subject:\r\n");
  EXPECT_EQ(Relaxed("Subject:\r\n \t\r\n x\r\n"), "subject:x\r\n");
  EXPECT_EQ(Relaxed("X: a:b :c"), "x:a:b :c\r\n");
}

TEST(DkimCanonical, EndsABodyInOneLineEndAndAnEmptyOneInNone) {
  EXPECT_EQ(RelaxedBody(""), "");
  EXPECT_EQ(RelaxedBody("\r\n\r\n"), "");
  EXPECT_EQ(RelaxedBody(" \t\r\n \r\n"), "");
  EXPECT_EQ(RelaxedBody("text"), "text\r\n");
  EXPECT_EQ(RelaxedBody("\r\n\r\ntext"), "\r\n\r\ntext\r\n");
  EXPECT_EQ(RelaxedBody("a\r\n\r\n\r\nb\r\n \r\n"), "a\r\n\r\n\r\nb\r\n");
}

TEST(DkimCanonical, LeavesOtherSpacesAndBytesAlone) {
  EXPECT_EQ(RelaxedBody("a\xC2\xA0 b\v \f\r\n"), "a\xC2\xA0 b\v \f\r\n");
  EXPECT_EQ(RelaxedBody("a\rb\nc\r\n"), "a\rb\nc\r\n");
  EXPECT_EQ(Relaxed("X: \xC3\xA9  \xC3\xA8\r\n"), "x:\xC3\xA9 \xC3\xA8\r\n");
}

// The steps of RFC 6376 3.4.2 and 3.4.4 one after the other, each as a substitution.
std::string FieldByTheBook(std::string field) {
  field = std::regex_replace(field, std::regex("\r\n$"), "");
  field = std::regex_replace(field, std::regex("\r\n(?=[ \t])"), "");
  field = std::regex_replace(field, std::regex("[ \t]+"), " ");
  field = std::regex_replace(field, std::regex(" $"), "");
  std::smatch parts;
  EXPECT_TRUE(std::regex_match(field, parts, std::regex("([^:]*?) ?: ?([^]*)"))) << field;
  std::string name = parts[1];
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name + ":" + parts[2].str() + "\r\n";
}

std::string BodyByTheBook(std::string body) {
  if (!body.empty() && !std::regex_search(body, std::regex("\r\n$"))) body += "\r\n";
  body = std::regex_replace(body, std::regex("[ \t]+\r\n"), "\r\n");
  body = std::regex_replace(body, std::regex("[ \t]+"), " ");
  body = std::regex_replace(body, std::regex("(\r\n)+$"), "\r\n");
  return body == "\r\n" ? "" : body;
}

std::string Pick(std::mt19937& random, const std::vector<std::string>& from, size_t most) {
  std::string text;
  for (size_t i = random() % (most + 1); i > 0; --i) text += from[random() % from.size()];
  return text;
}

TEST(DkimCanonical, DoesWhatTheRfcSaysStepByStep) {
  std::mt19937 random(6376);
  const std::vector<std::string> in_fields = {" ", "\t", "  ", "\r\n ", "\r\n\t", "a", "B", ":"};
  const std::vector<std::string> in_bodies = {" ", "\t", "\r\n", "\r\n\r\n", " \r\n", "a", "."};
  for (int i = 0; i < 3'000; ++i) {
    const std::string field = "Name" + Pick(random, {" ", "\t"}, 2) + ":" +
                              Pick(random, in_fields, 12) + (random() % 2 == 0 ? "\r\n" : "");
    ASSERT_EQ(Relaxed(field), FieldByTheBook(field)) << testing::PrintToString(field);
    const std::string body = Pick(random, in_bodies, 14);
    ASSERT_EQ(RelaxedBody(body), BodyByTheBook(body)) << testing::PrintToString(body);
  }
}

TEST(DkimCanonical, IsTheSameForItsOwnResult) {
  std::mt19937 random(5322);
  const std::vector<std::string> bits = {" ", "\t", "\r\n", "a", "b c", "\r", "\n", "\xFF"};
  for (int i = 0; i < 5'000; ++i) {
    const std::string once = RelaxedBody(Pick(random, bits, 20));
    EXPECT_EQ(RelaxedBody(once), once);
  }
}

}  // namespace
}  // namespace posthaste::smtp
