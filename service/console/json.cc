#include "service/console/json.h"

#include "absl/strings/str_cat.h"

namespace posthaste::console {

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &json, options));
  return json;
}

std::string TextField(const std::string& json, const std::string& name) {
  google::protobuf::Struct fields;
  if (!google::protobuf::util::JsonStringToMessage(json, &fields).ok()) return "";
  const auto found = fields.fields().find(name);
  return found == fields.fields().end() ? "" : found->second.string_value();
}

absl::Status FromJson(const std::string& json, google::protobuf::Message& message) {
  const auto read = google::protobuf::util::JsonStringToMessage(json, &message);
  if (read.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("request: ", std::string(read.message().data(), read.message().size())));
}

void AddCall(api::Backend& backend, const char* name, bool acts, CallFunction run,
             ops::ConsoleParts& parts) {
  parts.calls[name] = {
      acts, [&backend, run](ops::Order order) { return run(backend, std::move(order)); }};
}

api::Call CallOf(api::Backend& backend, const ops::Operator& who) {
  api::Call call{backend};
  call.caller.tenant = "operator";
  call.caller.key = who.key;
  call.tenant = backend.shared->tenants->Find(call.caller.tenant);
  return call;
}

void SetReason(const std::string& reason, google::protobuf::Message& request) {
  const google::protobuf::FieldDescriptor* field =
      request.GetDescriptor()->FindFieldByName("reason");
  if (field != nullptr && !reason.empty())
    request.GetReflection()->SetString(&request, field, reason);
}

}  // namespace posthaste::console
