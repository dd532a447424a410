#include "smtp/flight.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

Reply Code(int code) {
  Reply reply;
  reply.code = code;
  return reply;
}

// The last move after `codes`.
Move Play(Flight& flight, std::initializer_list<int> codes) {
  Move move = flight.Begin();
  for (const int code : codes) {
    EXPECT_TRUE(move == Move::kSend || move == Move::kHear) << "nothing is due before " << code;
    move = flight.Take(Code(code));
  }
  return move;
}

int RefusalOf(const Flight& flight) { return flight.refusal() ? flight.refusal()->reply.code : 0; }

TEST(Flight, EndsInTheBodyWhenAllIsAccepted) {
  for (const bool pipelined : {false, true}) {
    Flight flight(pipelined, false);
    EXPECT_EQ(Play(flight, {250, 250, 354}), Move::kBody);
    EXPECT_TRUE(flight.recipient_accepted());
    EXPECT_TRUE(flight.in_step());
  }
}

TEST(Flight, SendsOneByOneOrHearsOnly) {
  Flight one_by_one(false, false);
  EXPECT_EQ(one_by_one.Take(Code(250)), Move::kSend);
  EXPECT_EQ(one_by_one.step(), Step::kRcpt);
  Flight pipelined(true, false);
  EXPECT_EQ(pipelined.Take(Code(250)), Move::kHear);
  EXPECT_EQ(pipelined.step(), Step::kRcpt);
}

TEST(Flight, BeginsWithRsetWhenAsked) {
  Flight flight(true, true);
  EXPECT_EQ(flight.step(), Step::kRset);
  EXPECT_EQ(Play(flight, {250, 250, 250, 354}), Move::kBody);
  for (const int code : {354, 421, 500, 502, 450}) {
    Flight refused(true, true);
    EXPECT_EQ(Play(refused, {code}), Move::kLost) << code;
    EXPECT_FALSE(refused.in_step());
  }
}

TEST(Flight, StopsAtTheFirstRefusalWhenOneByOne) {
  Flight mail(false, false);
  EXPECT_EQ(Play(mail, {550}), Move::kRefused);
  EXPECT_EQ(mail.refusal()->phase, Phase::kMail);
  Flight rcpt(false, false);
  EXPECT_EQ(Play(rcpt, {250, 450}), Move::kRefused);
  EXPECT_EQ(rcpt.refusal()->phase, Phase::kRcpt);
  EXPECT_FALSE(rcpt.recipient_accepted());
  Flight data(false, false);
  EXPECT_EQ(Play(data, {250, 250, 451}), Move::kRefused);
  EXPECT_EQ(data.refusal()->phase, Phase::kData);
  EXPECT_TRUE(data.in_step());
}

TEST(Flight, HearsEveryReplyAndKeepsTheFirstRefusalWhenPipelined) {
  Flight flight(true, false);
  EXPECT_EQ(Play(flight, {550, 503, 503}), Move::kRefused);
  EXPECT_EQ(RefusalOf(flight), 550);
  EXPECT_EQ(flight.refusal()->phase, Phase::kMail);
  EXPECT_TRUE(flight.in_step());
}

TEST(Flight, EndsInALoneDotWhenOnlyDataWasAccepted) {
  Flight rcpt(true, false);
  EXPECT_EQ(Play(rcpt, {250, 550, 354}), Move::kLoneDot);
  EXPECT_EQ(RefusalOf(rcpt), 550);
  Flight mail(true, false);
  EXPECT_EQ(Play(mail, {451, 503, 354}), Move::kLoneDot);
  EXPECT_EQ(RefusalOf(mail), 451);
}

TEST(Flight, NeverSendsADotToARecipientOfARefusedSender) {
  Flight flight(true, false);
  EXPECT_EQ(Play(flight, {550, 250, 354}), Move::kRefused);
  EXPECT_FALSE(flight.in_step());
  EXPECT_EQ(RefusalOf(flight), 550);
}

TEST(Flight, IsLostAt421AndAtNonsense) {
  for (const std::initializer_list<int> codes : {std::initializer_list<int>{421},
                                                 {250, 421},
                                                 {250, 250, 421},
                                                 {354},
                                                 {250, 354},
                                                 {250, 250, 250},
                                                 {503},
                                                 {250, 503}}) {
    Flight flight(true, false);
    EXPECT_EQ(Play(flight, codes), Move::kLost);
    EXPECT_FALSE(flight.in_step());
    ASSERT_TRUE(flight.failure());
    EXPECT_FALSE(flight.refusal());
  }
}

TEST(Flight, KeepsARefusalWhateverFollows) {
  for (const int after : {421, 250}) {
    Flight flight(true, false);
    EXPECT_EQ(Play(flight, {250, 550, after}), Move::kRefused);
    EXPECT_EQ(RefusalOf(flight), 550);
    EXPECT_FALSE(flight.in_step());
  }
}

TEST(Flight, IsLostInSilenceUnlessItWasRefusedBefore) {
  Flight flight(true, false);
  EXPECT_EQ(flight.TakeSilence(), Move::kLost);
  Flight refused(true, false);
  ASSERT_EQ(Play(refused, {250, 550}), Move::kHear);
  EXPECT_EQ(refused.TakeSilence(), Move::kRefused);
  EXPECT_FALSE(refused.in_step());
}

// Whatever three replies come: the body only after 2yz 2yz 3yz, and a dot by itself only if nobody
// could get it.
TEST(Flight, HoldsForEveryCombinationOfReplies) {
  const int codes[] = {220, 250, 252, 354, 421, 450, 452, 500, 503, 550, 552};
  for (const bool pipelined : {false, true}) {
    for (const int mail : codes) {
      for (const int rcpt : codes) {
        for (const int data : codes) {
          Flight flight(pipelined, false);
          Move move = flight.Take(Code(mail));
          if (move == Move::kSend || move == Move::kHear) move = flight.Take(Code(rcpt));
          if (move == Move::kSend || move == Move::kHear) move = flight.Take(Code(data));
          const bool good = mail / 100 == 2 && rcpt / 100 == 2 && data == 354;
          EXPECT_EQ(move == Move::kBody, good) << mail << ' ' << rcpt << ' ' << data;
          EXPECT_TRUE(move == Move::kBody || move == Move::kRefused || move == Move::kLoneDot ||
                      move == Move::kLost);
          if (move == Move::kLoneDot) {
            EXPECT_FALSE(flight.recipient_accepted());
            EXPECT_TRUE(pipelined && data == 354);
          }
          if (move == Move::kLost) EXPECT_FALSE(flight.in_step());
          EXPECT_EQ(move == Move::kRefused || move == Move::kLoneDot, flight.refusal().has_value());
        }
      }
    }
  }
}

}  // namespace
}  // namespace posthaste::smtp
