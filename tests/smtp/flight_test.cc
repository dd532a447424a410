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
    Flight flight({.pipelined = pipelined, .reset = false});
    EXPECT_EQ(Play(flight, {250, 250, 354}), Move::kBody);
    EXPECT_TRUE(flight.recipient_accepted());
    EXPECT_TRUE(flight.in_step());
  }
}

TEST(Flight, SendsOneByOneOrHearsOnly) {
  Flight one_by_one({.pipelined = false, .reset = false});
  EXPECT_EQ(one_by_one.Take(Code(250)), Move::kSend);
  EXPECT_EQ(one_by_one.step(), Step::kRcpt);
  Flight pipelined({.pipelined = true, .reset = false});
  EXPECT_EQ(pipelined.Take(Code(250)), Move::kHear);
  EXPECT_EQ(pipelined.step(), Step::kRcpt);
}

TEST(Flight, BeginsWithRsetWhenAsked) {
  Flight flight({.pipelined = true, .reset = true});
  EXPECT_EQ(flight.step(), Step::kRset);
  EXPECT_EQ(Play(flight, {250, 250, 250, 354}), Move::kBody);
  for (const int code : {354, 421, 500, 502, 450}) {
    Flight refused({.pipelined = true, .reset = true});
    EXPECT_EQ(Play(refused, {code}), Move::kLost) << code;
    EXPECT_FALSE(refused.in_step());
  }
}

TEST(Flight, StopsAtTheFirstRefusalWhenOneByOne) {
  Flight mail({.pipelined = false, .reset = false});
  EXPECT_EQ(Play(mail, {550}), Move::kRefused);
  EXPECT_EQ(mail.refusal()->phase, Phase::kMail);
  Flight rcpt({.pipelined = false, .reset = false});
  EXPECT_EQ(Play(rcpt, {250, 450}), Move::kRefused);
  EXPECT_EQ(rcpt.refusal()->phase, Phase::kRcpt);
  EXPECT_FALSE(rcpt.recipient_accepted());
  Flight data({.pipelined = false, .reset = false});
  EXPECT_EQ(Play(data, {250, 250, 451}), Move::kRefused);
  EXPECT_EQ(data.refusal()->phase, Phase::kData);
  EXPECT_TRUE(data.in_step());
}

TEST(Flight, HearsEveryReplyAndKeepsTheFirstRefusalWhenPipelined) {
  Flight flight({.pipelined = true, .reset = false});
  EXPECT_EQ(Play(flight, {550, 503, 503}), Move::kRefused);
  EXPECT_EQ(RefusalOf(flight), 550);
  EXPECT_EQ(flight.refusal()->phase, Phase::kMail);
  EXPECT_TRUE(flight.in_step());
}

TEST(Flight, EndsInALoneDotWhenOnlyDataWasAccepted) {
  Flight rcpt({.pipelined = true, .reset = false});
  EXPECT_EQ(Play(rcpt, {250, 550, 354}), Move::kLoneDot);
  EXPECT_EQ(RefusalOf(rcpt), 550);
  Flight mail({.pipelined = true, .reset = false});
  EXPECT_EQ(Play(mail, {451, 503, 354}), Move::kLoneDot);
  EXPECT_EQ(RefusalOf(mail), 451);
}

TEST(Flight, NeverSendsADotToARecipientOfARefusedSender) {
  Flight flight({.pipelined = true, .reset = false});
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
    Flight flight({.pipelined = true, .reset = false});
    EXPECT_EQ(Play(flight, codes), Move::kLost);
    EXPECT_FALSE(flight.in_step());
    ASSERT_TRUE(flight.failure());
    EXPECT_FALSE(flight.refusal());
  }
}

TEST(Flight, KeepsARefusalWhateverFollows) {
  for (const int after : {421, 250}) {
    Flight flight({.pipelined = true, .reset = false});
    EXPECT_EQ(Play(flight, {250, 550, after}), Move::kRefused);
    EXPECT_EQ(RefusalOf(flight), 550);
    EXPECT_FALSE(flight.in_step());
  }
}

TEST(Flight, IsLostInSilenceUnlessItWasRefusedBefore) {
  Flight flight({.pipelined = true, .reset = false});
  EXPECT_EQ(flight.TakeSilence(), Move::kLost);
  Flight refused({.pipelined = true, .reset = false});
  ASSERT_EQ(Play(refused, {250, 550}), Move::kHear);
  EXPECT_EQ(refused.TakeSilence(), Move::kRefused);
  EXPECT_FALSE(refused.in_step());
}

TEST(Flight, EndsWithAChunkInsteadOfDataWithChunking) {
  for (const bool pipelined : {false, true}) {
    Flight flight({.pipelined = pipelined, .chunked = true});
    EXPECT_EQ(flight.last(), Step::kChunk);
    EXPECT_EQ(Play(flight, {250, 250, 250}), Move::kCommit);
    EXPECT_EQ(flight.step(), Step::kChunk);
    EXPECT_EQ(PhaseOf(flight.step()), Phase::kBody);
  }
}

TEST(Flight, StaysInStepWhateverAChunkWithoutARecipientIsAnswered) {
  for (const int code : {250, 503, 554, 452}) {
    Flight flight({.pipelined = true, .chunked = true});
    EXPECT_EQ(Play(flight, {250, 550, code}), Move::kRefused) << code;
    EXPECT_TRUE(flight.in_step()) << code;
    EXPECT_FALSE(flight.chunking_refused()) << code;
    EXPECT_EQ(RefusalOf(flight), 550);
  }
}

TEST(Flight, TellsARefusedChunkFromARefusedCommand) {
  for (const int code : {500, 501, 502, 503, 504}) {
    Flight flight({.pipelined = true, .chunked = true});
    EXPECT_EQ(Play(flight, {250, 250, code}), Move::kLost) << code;
    EXPECT_TRUE(flight.chunking_refused()) << code;
    EXPECT_FALSE(flight.in_step());
  }
  for (const int code : {550, 552, 554, 451}) {
    Flight flight({.pipelined = true, .chunked = true});
    EXPECT_EQ(Play(flight, {250, 250, code}), Move::kRefused) << code;
    EXPECT_FALSE(flight.chunking_refused()) << code;
    EXPECT_EQ(flight.refusal()->phase, Phase::kBody);
    EXPECT_TRUE(flight.in_step());
  }
  Flight unknown({.pipelined = true, .chunked = true});
  EXPECT_EQ(Play(unknown, {250, 550, 500}), Move::kRefused);
  EXPECT_TRUE(unknown.chunking_refused()) << "the chunk was taken for commands";
  EXPECT_FALSE(unknown.in_step());
}

TEST(Flight, KnowsWhenTheRelayHasLostCount) {
  Flight flight({.pipelined = true});
  EXPECT_EQ(Play(flight, {503}), Move::kLost);
  EXPECT_TRUE(flight.lost_count());
  Flight refused({.pipelined = true});
  Play(refused, {550, 503, 503});
  EXPECT_FALSE(refused.lost_count());
}

// Whatever three replies come: the rest of the message only after three yeses, and a dot by itself
// only if nobody could get it.
TEST(Flight, HoldsForEveryCombinationOfReplies) {
  const int codes[] = {220, 250, 252, 354, 421, 450, 452, 500, 503, 550, 552};
  for (const bool pipelined : {false, true}) {
    for (const bool chunked : {false, true}) {
      for (const int mail : codes) {
        for (const int rcpt : codes) {
          for (const int last : codes) {
            Flight flight({.pipelined = pipelined, .chunked = chunked});
            Move move = flight.Take(Code(mail));
            if (move == Move::kSend || move == Move::kHear) move = flight.Take(Code(rcpt));
            if (move == Move::kSend || move == Move::kHear) move = flight.Take(Code(last));
            SCOPED_TRACE(testing::Message() << mail << ' ' << rcpt << ' ' << last);
            const bool both = mail / 100 == 2 && rcpt / 100 == 2;
            EXPECT_EQ(move == Move::kBody, both && !chunked && last == 354);
            EXPECT_EQ(move == Move::kCommit, both && chunked && last / 100 == 2);
            EXPECT_TRUE(move != Move::kSend && move != Move::kHear);
            if (move == Move::kLoneDot) {
              EXPECT_FALSE(flight.recipient_accepted());
              EXPECT_TRUE(pipelined && !chunked && last == 354);
            }
            if (move == Move::kLost) {
              EXPECT_FALSE(flight.in_step());
            }
            EXPECT_EQ(move == Move::kRefused || move == Move::kLoneDot,
                      flight.refusal().has_value());
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace posthaste::smtp
