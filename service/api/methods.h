// Every RPC that we serve, and the scope that it asks for. A method that is not here cannot be
// called; a test walks the descriptors.
#pragma once

#include <array>
#include <string_view>

namespace posthaste::api {

// In place of a scope: whoever has a key that is good.
inline constexpr std::string_view kAnyKey = "*";

struct Method {
  std::string_view service, name;
  std::string_view scope;  // Either of `scope` and `other_scope` is enough.
  std::string_view other_scope = {};
  bool watch = false;  // Stays open: counted apart from those that are answered at once.
};

inline constexpr std::array kMethods = {
    Method{"VerificationService", "SendVerificationCode", "verifications.send"},
    Method{"VerificationService", "ResendVerificationCode", "verifications.send"},
    Method{"VerificationService", "CheckVerificationCode", "verifications.check"},
    Method{"VerificationService", "CancelVerification", "verifications.send"},
    Method{"VerificationService", "GetVerification", "verifications.send", "verifications.check"},
    Method{"VerificationService", "GetSigningKeys", kAnyKey},
    Method{"NotificationService", "SendPasswordChanged", "messages.send"},
    Method{"NotificationService", "SendEmailChanged", "messages.send"},
    Method{"NotificationService", "SendNewSignIn", "messages.send"},
    Method{"NotificationService", "SendMfaChanged", "messages.send"},
    Method{"NotificationService", "SendTemplate", "messages.send"},
    Method{"NotificationService", "BatchSendTemplates", "messages.send"},
    Method{"MessageService", "GetMessage", "messages.read"},
    Method{"MessageService", "ListMessages", "messages.read"},
    Method{"MessageService", "ListAttempts", "messages.read"},
    Method{"MessageService", "WatchMessage", "messages.read", "", true},
    Method{"MessageService", "CancelMessage", "messages.send"},
    Method{"MessageService", "ReportBounce", "messages.report"},
    Method{"EventService", "StreamEvents", "events.read", "", true},
    Method{"SuppressionService", "CreateSuppression", "suppressions.write"},
    Method{"SuppressionService", "GetSuppression", "suppressions.read"},
    Method{"SuppressionService", "ListSuppressions", "suppressions.read"},
    Method{"SuppressionService", "DeleteSuppression", "suppressions.write"},
    Method{"OperationsService", "CreateHold", "ops.write"},
    Method{"OperationsService", "ListHolds", "ops.read"},
    Method{"OperationsService", "DeleteHold", "ops.write"},
    Method{"OperationsService", "RedriveMessages", "ops.write"},
    Method{"OperationsService", "ProbeRelay", "ops.write"},
    Method{"OperationsService", "ResetRecipientLimits", "ops.write"},
    Method{"OperationsService", "GetQueueStats", "ops.read"},
    Method{"OperationsService", "GetDeliveryStats", "ops.read"},
    Method{"TemplateService", "ListTemplates", "templates.read"},
    Method{"TemplateService", "GetTemplate", "templates.read"},
    Method{"TemplateService", "PreviewTemplate", "templates.read"},
    Method{"TemplateService", "LintTemplate", "templates.read"},
    Method{"TemplateService", "PublishTemplate", "templates.write"},
    Method{"TemplateService", "RollbackTemplate", "templates.write"},
    Method{"AccountService", "GetUsage", kAnyKey},
    Method{"AccountService", "ExportRecipient", "recipients.read"},
    Method{"AccountService", "ForgetRecipient", "recipients.write"},
};

// Null if there is none of that name.
constexpr const Method* FindMethod(std::string_view name) {
  for (const Method& method : kMethods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

}  // namespace posthaste::api
