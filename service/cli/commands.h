// The commands that ask the service something. Each returns the exit code.
#pragma once

#include "service/cli/options.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

int SendCode(const AccessOptions& access, const SendCodeOptions& options, Terminal& terminal);
int CheckCode(const AccessOptions& access, const CheckCodeOptions& options, Terminal& terminal);

int SendPasswordChanged(const AccessOptions& access, const NoticeOptions& options,
                        Terminal& terminal);
int SendEmailChanged(const AccessOptions& access, const NoticeOptions& options, Terminal& terminal);
int SendNewSignIn(const AccessOptions& access, const NoticeOptions& options, Terminal& terminal);
int SendMfaChanged(const AccessOptions& access, const NoticeOptions& options, Terminal& terminal);
int SendTemplate(const AccessOptions& access, const SendTemplateOptions& options,
                 Terminal& terminal);

int ListTemplates(const AccessOptions& access, const TemplateOptions& options, Terminal& terminal);
int PublishTemplate(const AccessOptions& access, const TemplateOptions& options,
                    Terminal& terminal);
int RollbackTemplate(const AccessOptions& access, const TemplateOptions& options,
                     Terminal& terminal);
// These three ask nobody.
int LintTemplate(const TemplateOptions& options, Terminal& terminal);
int PreviewTemplate(const TemplateOptions& options, Terminal& terminal);
int NewTemplate(const TemplateOptions& options, Terminal& terminal);

int ShowMessage(const AccessOptions& access, const MessageOptions& options, Terminal& terminal);
int ListMessages(const AccessOptions& access, const MessageOptions& options, Terminal& terminal);
int WatchMessage(const AccessOptions& access, const MessageOptions& options, Terminal& terminal);
int CancelMessage(const AccessOptions& access, const MessageOptions& options, Terminal& terminal);
int ReportBounce(const AccessOptions& access, const MessageOptions& options, Terminal& terminal);

int TailEvents(const AccessOptions& access, const EventOptions& options, Terminal& terminal);

int CreateSuppression(const AccessOptions& access, const SuppressionOptions& options,
                      Terminal& terminal);
int ShowSuppression(const AccessOptions& access, const SuppressionOptions& options,
                    Terminal& terminal);
int ListSuppressions(const AccessOptions& access, const SuppressionOptions& options,
                     Terminal& terminal);
int DeleteSuppression(const AccessOptions& access, const SuppressionOptions& options,
                      Terminal& terminal);

int CreateHold(const AccessOptions& access, const HoldOptions& options, Terminal& terminal);
int ListHolds(const AccessOptions& access, const HoldOptions& options, Terminal& terminal);
int DeleteHold(const AccessOptions& access, const HoldOptions& options, Terminal& terminal);

int ShowQueue(const AccessOptions& access, const QueueOptions& options, Terminal& terminal);
int ShowShape(const AccessOptions& access, const QueueOptions& options, Terminal& terminal);
int ListParked(const AccessOptions& access, const QueueOptions& options, Terminal& terminal);
int Redrive(const AccessOptions& access, const QueueOptions& options, Terminal& terminal);

int UnlockRecipient(const AccessOptions& access, const RecipientOptions& options,
                    Terminal& terminal);
int ExportRecipient(const AccessOptions& access, const RecipientOptions& options,
                    Terminal& terminal);
int ForgetRecipient(const AccessOptions& access, const RecipientOptions& options,
                    Terminal& terminal);
int ShowUsage(const AccessOptions& access, const UsageOptions& options, Terminal& terminal);

int ShowRelays(const AccessOptions& access, const RelayOptions& options, Terminal& terminal);
int ProbeRelay(const AccessOptions& access, const RelayOptions& options, Terminal& terminal);

// The queue and the relays, again and again.
int Top(const AccessOptions& access, const TopOptions& options, Terminal& terminal);

}  // namespace posthaste::cli
