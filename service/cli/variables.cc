#include "service/cli/variables.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"

namespace posthaste::cli {

absl::Status ReadVariables(const std::vector<std::string>& words,
                           google::protobuf::Struct& variables) {
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    const bool json = equals != std::string::npos && equals > 0 && word[equals - 1] == ':';
    const std::string name = word.substr(0, json ? equals - 1 : equals);
    if (equals == std::string::npos || name.empty())
      return absl::InvalidArgumentError(absl::StrCat("--var: ", word, " has no name and value"));
    google::protobuf::Value& value = (*variables.mutable_fields())[name];
    const std::string text = word.substr(equals + 1);
    if (!json) {
      value.set_string_value(text);
    } else if (!google::protobuf::util::JsonStringToMessage(text, &value).ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--var: what ", name, " is given is no JSON"));
    }
  }
  return absl::OkStatus();
}

}  // namespace posthaste::cli
