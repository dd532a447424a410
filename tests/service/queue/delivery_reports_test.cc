#include "service/queue/delivery_reports.h"

#include "tests/service/queue/admission_fixture.h"
#include "tests/support/run_task.h"

namespace posthaste::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class DeliveryReportsTest : public AdmissionTest {
 protected:
  void Write(const std::string& process, const std::string& bytes) {
    EXPECT_TRUE(RunTask(node_->loop_, reports_.Write(process, bytes)).ok());
  }
  std::vector<std::pair<std::string, std::string>> Read() {
    std::vector<std::pair<std::string, std::string>> read;
    for (const ToldReport& one : node_->Run(reports_.Read()))
      read.emplace_back(one.process, one.bytes);
    return read;
  }
  void Later(absl::Duration by) {
    server_.MoveClock(by);
    Admit(Message());  // Learns the time.
  }

  DeliveryReports reports_{*node_->client_, node_->clock_};
};

TEST_F(DeliveryReportsTest, KeepTheLastOfEachProcess) {
  EXPECT_THAT(Read(), IsEmpty());
  Write("a", "early");
  Later(absl::Seconds(1));
  Write("b", std::string("\0bytes", 6));
  Later(absl::Seconds(1));
  Write("a", "late");
  EXPECT_THAT(Read(), ElementsAre(Pair("a", "late"), Pair("b", std::string("\0bytes", 6))));
}

TEST_F(DeliveryReportsTest, ForgetAProcessThatEnded) {
  Write("gone", "old");
  Later(absl::Minutes(10));
  Write("here", "new");
  EXPECT_THAT(Read(), ElementsAre(Pair("here", "new"), Pair("gone", "old")));
  Later(absl::Minutes(6));
  EXPECT_THAT(Read(), ElementsAre(Pair("here", "new")));
  Write("here", "newer");
  EXPECT_EQ(server_.Call({"ZCARD", Keys::Reports()}), "1");
  Later(absl::Minutes(16));
  EXPECT_EQ(server_.Call({"EXISTS", Keys::Reports(), Keys::Report("here")}), "0")
      << "nothing stays of an installation that stopped";
}

}  // namespace
}  // namespace posthaste::queue
