// The words of the command line as options of CLI11, which is included here and nowhere else.
//
// One function a group of commands: each adds its commands to `app`, and their words fill in
// `words`, which outlives the parsing.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "service/cli/app.h"
#include "service/cli/doctor_options.h"
#include "service/cli/options.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

// Everything that the words can fill in, and the command that was chosen.
struct CommandLine {
  AccessOptions access;
  ServeOptions serve;
  DoctorOptions doctor;
  std::string role = "all", config;
  SandboxOptions sandbox;
  uint16_t port_base = 0;
  DemoOptions demo;
  SendCodeOptions send_code;
  CheckCodeOptions check_code;
  NoticeOptions notice;
  SendTemplateOptions send_template;
  MessageOptions message;
  EventOptions events;
  SuppressionOptions suppression;
  HoldOptions hold;
  QueueOptions queue;
  RelayOptions relay;
  RecipientOptions recipient;
  UsageOptions usage;
  TopOptions top;
  TemplateOptions templates;
  InboxOptions inbox;
  CaptureOptions capture;
  KeysOptions keys;
  KeyRingOptions key_ring;
  DkimKeysOptions dkim_keys;
  std::function<int(Terminal&)> chosen;
};

// An option whose value is a time: "5s", "500ms", "2m".
CLI::Option* AddTime(CLI::App& app, const std::string& name, absl::Duration& value,
                     const std::string& help);
CLI::Option* AddText(CLI::App& app, const std::string& name, std::string& value,
                     const std::string& help, const std::string& type = "TEXT");
CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& what,
              const char* footer);
void AddDataDir(CLI::App& app, std::string& value);
void AddAccess(CLI::App& app, AccessOptions& access);

// A command that asks the service, with what its words fill in; `operates`: with an operator's key.
template <typename Options>
CLI::App* AddAsking(CLI::App& parent, CommandLine& words, Options& options, const std::string& name,
                    const std::string& what, const char* footer,
                    int (*command)(const AccessOptions&, const Options&, Terminal&),
                    bool operates = false) {
  CLI::App* added = Add(parent, name, what, footer);
  AddAccess(*added, words.access);
  added->final_callback([&words, &options, command, operates] {
    words.access.operates = operates;
    words.chosen = [&words, &options, command](Terminal& terminal) {
      return command(words.access, options, terminal);
    };
  });
  return added;
}

// send-…, check-code.
void AddSends(CLI::App& app, CommandLine& words);
// hold, queue, relay, recipient, usage, top.
void AddOperations(CLI::App& app, CommandLine& words);
// template …
void AddTemplates(CLI::App& app, CommandLine& words);

}  // namespace posthaste::cli
