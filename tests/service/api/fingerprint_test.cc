// The fingerprint tells whether two requests with one request_id ask for the same thing.
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <set>

#include "posthaste/v1/notification_service.pb.h"
#include "service/api/order.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

v1::SendVerificationCodeRequest Request() {
  v1::SendVerificationCodeRequest request;
  request.set_recipient("ana@example.com");
  request.set_purpose("password_reset");
  return request;
}

std::string Print(const google::protobuf::Message& request) {
  return Fingerprint(request, kHashKey);
}

// Sets a field to something that it is not by default.
void Touch(const google::protobuf::FieldDescriptor* field, google::protobuf::Message& message) {
  using Field = google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (field->is_map()) {
    google::protobuf::Message& entry = *reflection.AddMessage(&message, field);
    Touch(entry.GetDescriptor()->map_key(), entry);
    Touch(entry.GetDescriptor()->map_value(), entry);
  } else if (field->is_repeated() && field->message_type() != nullptr) {
    google::protobuf::Message& inner = *reflection.AddMessage(&message, field);
    Touch(inner.GetDescriptor()->field(0), inner);
  } else if (field->is_repeated()) {
    reflection.AddString(&message, field, "other");
  } else if (field->cpp_type() == Field::CPPTYPE_STRING) {
    reflection.SetString(&message, field, "other");
  } else if (field->cpp_type() == Field::CPPTYPE_BOOL) {
    reflection.SetBool(&message, field, true);
  } else if (field->cpp_type() == Field::CPPTYPE_INT32) {
    reflection.SetInt32(&message, field, 7);
  } else if (field->cpp_type() == Field::CPPTYPE_INT64) {
    reflection.SetInt64(&message, field, 7);
  } else if (field->cpp_type() == Field::CPPTYPE_ENUM) {
    reflection.SetEnumValue(&message, field, 1);
  } else if (field->message_type()->field_count() > 0) {
    google::protobuf::Message& inner = *reflection.MutableMessage(&message, field);
    Touch(inner.GetDescriptor()->field(0), inner);
  }
}

// The request as it is and with each field changed, request_id apart: all different.
template <typename Request>
void ExpectEveryFieldMatters(const Request& request) {
  std::set<std::string> prints = {Print(request)};
  const google::protobuf::Descriptor& type = *Request::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    Request changed = request;
    Touch(type.field(i), changed);
    const bool is_new = prints.insert(Print(changed)).second;
    EXPECT_EQ(is_new, type.field(i)->name() != "request_id") << type.field(i)->full_name();
  }
}

TEST(Fingerprint, IsSixteenBytesAndTheSameForTheSameContent) {
  EXPECT_EQ(Print(Request()).size(), 16u);
  EXPECT_EQ(Print(Request()), Print(Request()));
}

TEST(Fingerprint, DiffersWhenAnyFieldButTheRequestIdDiffers) {
  ExpectEveryFieldMatters(Request());
  ExpectEveryFieldMatters(v1::ResendVerificationCodeRequest());
  ExpectEveryFieldMatters(v1::CheckVerificationCodeRequest());
  ExpectEveryFieldMatters(v1::SendPasswordChangedRequest());
  ExpectEveryFieldMatters(v1::SendTemplateRequest());
}

TEST(Fingerprint, DoesNotDependOnTheOrderOfMaps) {
  v1::SendVerificationCodeRequest forward = Request(), backward = Request();
  for (int i = 0; i < 8; ++i) {
    (*forward.mutable_labels())["k" + std::to_string(i)] = "x";
    (*backward.mutable_labels())["k" + std::to_string(7 - i)] = "x";
    (*forward.mutable_variables()->mutable_fields())["v" + std::to_string(i)].set_bool_value(true);
    (*backward.mutable_variables()->mutable_fields())["v" + std::to_string(7 - i)].set_bool_value(
        true);
  }
  EXPECT_EQ(Print(forward), Print(backward));
}

TEST(Fingerprint, IgnoresFieldsThatWeDoNotKnow) {
  v1::SendVerificationCodeRequest request = Request();
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(9999, 1);
  request.mutable_client_context();
  v1::SendVerificationCodeRequest plain = Request();
  plain.mutable_client_context();
  v1::ClientContext& context = *request.mutable_client_context();
  context.GetReflection()->MutableUnknownFields(&context)->AddVarint(9999, 1);
  EXPECT_EQ(Print(request), Print(plain));
}

TEST(Fingerprint, IsKeyedAndOfOneTypeOfRequest) {
  EXPECT_NE(Print(Request()), Fingerprint(Request(), "other key"));
  EXPECT_NE(Print(v1::SendTemplateRequest()), Print(v1::SendPasswordChangedRequest()));
}

}  // namespace
}  // namespace posthaste::api
