// The handlers as an operator calls them.
#pragma once

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {

class OperatorTest : public StoreTest {
 protected:
  using StoreTest::StoreTest;

  template <typename Request, typename Response>
  absl::Status Operate(Task<absl::Status> (*handle)(Call&, const Request&, Response&),
                       const Request& request, Response& response) {
    Caller caller;
    caller.tenant = "operator";
    caller.key = "night-shift";
    caller.scopes = {"ops.read", "ops.write"};
    Call call{backend_, caller, nullptr};
    response.Clear();
    return Run(handle(call, request, response));
  }
};

}  // namespace posthaste::api
