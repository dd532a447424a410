#include "service/cli/commands.h"
#include "service/cli/help.h"
#include "service/cli/words.h"

namespace posthaste::cli {
namespace {

void AddSend(CLI::App& app, SendOptions& options) {
  AddText(app, "recipient,--to", options.recipient, "The address", "ADDRESS")->required();
  AddText(app, "--name", options.recipient_name, "The recipient's name");
  AddText(app, "--locale", options.locale, "Language of the mail: en, de, … [the tenant's]");
  AddText(app, "--sender", options.sender, "Id of a configured sender [the tenant's first]", "ID");
  AddText(app, "--request-id", options.request_id, "Makes a retry safe", "ID");
  AddTime(app, "--wait", options.wait, "How long to follow the mail; 0s: not at all [5s]");
}

void AddCodes(CLI::App& app, CommandLine& words) {
  CLI::App* send = Add(app, "send-code", "Send a verification code", help::kSendCodeFooter);
  AddSend(*send, words.send_code);
  AddText(*send, "--purpose", words.send_code.purpose, "What it is for [email_verification]");
  AddTime(*send, "--ttl", words.send_code.ttl, "How long it is valid [10m]");
  send->add_option("--length", words.send_code.length, "Digits [6]")->type_name("N");
  send->add_flag("--force-new", words.send_code.force_new,
                 "End the pending verification and begin another");
  AddAccess(*send, words.access);
  send->final_callback([&words] {
    words.chosen = [&words](Terminal& terminal) {
      return SendCode(words.access, words.send_code, terminal);
    };
  });
  CLI::App* check = Add(app, "check-code", "Check a code", help::kCheckCodeFooter);
  AddText(*check, "recipient,--to", words.check_code.recipient,
          "The address, or the verification's id", "ADDRESS")
      ->required();
  AddText(*check, "code,--code", words.check_code.code, "As the user typed it", "CODE")->required();
  AddText(*check, "--purpose", words.check_code.purpose,
          "What it was sent for [email_verification]");
  AddAccess(*check, words.access);
  check->final_callback([&words] {
    words.chosen = [&words](Terminal& terminal) {
      return CheckCode(words.access, words.check_code, terminal);
    };
  });
}

// One of the security notices; they share their words.
CLI::App* AddNotice(CLI::App& app, CommandLine& words, const std::string& name,
                    const std::string& what, const char* footer,
                    int (*command)(const AccessOptions&, const NoticeOptions&, Terminal&)) {
  NoticeOptions& options = words.notice;
  CLI::App* notice = AddAsking(app, words, options, name, what, footer, command);
  AddSend(*notice, options);
  AddText(*notice, "--account", options.account_label, "The account as its owner knows it");
  AddText(*notice, "--device", options.device_label, "\"Firefox on Linux\"");
  AddText(*notice, "--location", options.location_label, "\"Lisbon, Portugal\"");
  AddText(*notice, "--ip", options.ip_address, "The address it was done from", "ADDRESS");
  AddText(*notice, "--not-me-url", options.not_me_url, "Where to go if it was not them, https",
          "URL");
  return notice;
}

void AddNotices(CLI::App& app, CommandLine& words) {
  NoticeOptions& options = words.notice;
  AddNotice(app, words, "send-password-changed", "Tell someone that a password was changed",
            help::kSendPasswordChangedFooter, SendPasswordChanged);
  CLI::App* moved = AddNotice(app, words, "send-email-changed",
                              "Tell the old and the new address that one took the other's place",
                              help::kSendEmailChangedFooter, SendEmailChanged);
  AddText(*moved, "new,--new", options.new_recipient, "The new address", "ADDRESS")->required();
  AddNotice(app, words, "send-new-sign-in", "Tell someone that somebody signed in",
            help::kSendNewSignInFooter, SendNewSignIn);
  CLI::App* secured =
      AddNotice(app, words, "send-mfa-changed", "Tell someone that a second factor was changed",
                help::kSendMfaChangedFooter, SendMfaChanged);
  AddText(*secured, "--change", options.change,
          "enabled, disabled, method_added, method_removed, recovery_codes_replaced", "CHANGE")
      ->required();
  AddText(*secured, "--method", options.method_label, "\"Authenticator app\"");
}

void AddTemplate(CLI::App& app, CommandLine& words) {
  SendTemplateOptions& options = words.send_template;
  CLI::App* send = AddAsking(app, words, options, "send-template", "Send a template by name",
                             help::kSendTemplateFooter, SendTemplate);
  AddSend(*send, options);
  AddText(*send, "--template", options.template_name, "The template", "NAME")->required();
  send->add_option("--var", options.variables,
                   "NAME=TEXT, or NAME:=JSON for what is no text; again for more")
      ->type_name("VAR");
  AddText(*send, "--at", options.send_time, "Not before: 2026-12-24T08:00:00Z [now]", "TIME");
  AddTime(*send, "--ttl", options.ttl, "How long it makes sense [72h]");
  AddText(*send, "--supersede-key", options.supersede_key,
          "Withdraws what still waits with the same key", "KEY");
  AddText(*send, "--list-unsubscribe", options.list_unsubscribe_url,
          "Where a click on \"unsubscribe\" goes, https", "URL");
  send->add_option("--header", options.headers,
                   "\"Name: value\", a further field of the header; again for more")
      ->type_name("FIELD");
  send->add_option("--attach", options.attach,
                   "A file that goes with it; again for more, together 512 KiB")
      ->type_name("FILE");
  send->add_option("--inline", options.inlined,
                   "NAME=FILE, an image that the template shows by cid:NAME; again for more")
      ->type_name("IMAGE");
}

}  // namespace

void AddSends(CLI::App& app, CommandLine& words) {
  AddCodes(app, words);
  AddNotices(app, words);
  AddTemplate(app, words);
}

}  // namespace posthaste::cli
