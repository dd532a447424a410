// What a caller may attach to general mail: files, and images that the HTML shows.
//
// Refused is what a mail program would run, or a receiver's gateway would not let in: programs,
// scripts, HTML and SVG (which hold scripts), and entities of mail. It is refused by its type and
// by the end of its name, because either alone decides what a double click does. What is in the
// bytes is the caller's word.
#pragma once

#include "google/protobuf/repeated_ptr_field.h"
#include "posthaste/store/v1/record.pb.h"
#include "posthaste/v1/notification_service.pb.h"
#include "service/api/fields.h"
#include "service/api/order.h"

namespace posthaste::api {

inline constexpr int kAttachmentsMax = 10;
inline constexpr size_t kAttachmentNameMax = 150;  // Bytes.
inline constexpr size_t kAttachmentTypeMax = 100;  // Bytes.
inline constexpr size_t kContentIdMax = 64;        // Bytes.

// Puts what is good into `order`. Its template, if it has one, must be of the class GENERAL.
void CheckAttachments(const google::protobuf::RepeatedPtrField<v1::Attachment>& attachments,
                      Fields& fields, SendOrder& order);

// As they are stored.
store::v1::Attachments AttachmentsOf(const SendOrder& order);

// Says of every inline image that `html`, as it was rendered, does not show, and of an HTML that
// shows one that is not there. `logo`: the content id under which the mail carries its tenant's; ""
// if it carries none.
absl::Status CheckShown(const std::vector<smtp::Attachment>& attachments, std::string_view html,
                        const std::string& logo = "");

}  // namespace posthaste::api
