#include "service/cli/app.h"

#include <sstream>
#include <string>

#include "service/cli/commands.h"
#include "service/cli/dkim_keys.h"
#include "service/cli/exit_code.h"
#include "service/cli/help.h"
#include "service/cli/key_list.h"
#include "service/cli/key_rotation.h"
#include "service/cli/keys.h"
#include "service/cli/serve.h"
#include "service/cli/words.h"

namespace posthaste::cli {
namespace {

// "api", "worker", "all" or several with commas.
void ReadRoles(const std::string& text, ServeOptions& options) {
  options.api = options.worker = false;
  for (const std::string& role : CLI::detail::split(text, ',')) {
    if (role != "all" && role != "api" && role != "worker") {
      throw CLI::ValidationError("--role", role + " is not one of all, api, worker");
    }
    options.api |= role != "worker";
    options.worker |= role != "api";
  }
}

void AddServe(CLI::App& app, CommandLine& words, const Hooks& hooks) {
  CLI::App* serve = Add(app, "serve", "Run the service", help::kServeFooter);
  AddText(*serve, "--config", words.serve.config, "The configuration, YAML", "FILE")->required();
  AddText(*serve, "--role", words.role, "all, api or worker [all]", "ROLE")
      ->check([&words](const std::string& text) {
        ReadRoles(text, words.serve);
        return std::string();
      });
  serve->final_callback([&words, &hooks] {
    words.chosen = [&words, &hooks](Terminal& terminal) {
      return Serve(words.serve, hooks.start, terminal);
    };
  });
  CLI::App* check =
      Add(app, "check-config", "Say whether a configuration is good", help::kCheckConfigFooter);
  AddText(*check, "config,--config", words.config, "The configuration, YAML", "FILE")->required();
  check->final_callback([&words, &hooks] {
    words.chosen = [&words, &hooks](Terminal& terminal) {
      return CheckConfig(words.config, hooks.check, terminal);
    };
  });
}

void AddDoctor(CLI::App& app, CommandLine& words, const Hooks& hooks) {
  CLI::App* doctor = Add(app, "doctor", "Say what is wrong with an installation, and what to do",
                         help::kDoctorFooter);
  AddText(*doctor, "config,--config", words.doctor.config,
          "The configuration [/etc/posthaste/posthaste.yaml]", "FILE");
  doctor->add_flag("--json", words.doctor.json, "Answer as JSON, one object a line");
  doctor->final_callback([&words, &hooks] {
    words.chosen = [&words, &hooks](Terminal& terminal) {
      return hooks.doctor(words.doctor, terminal);
    };
  });
}

// CLI11 would say so in the help of each option, at length.
void CheckTogether(const CLI::App& sandbox) {
  const auto given = [&sandbox](const char* name) { return sandbox.count(name) > 0; };
  for (const char* port : {"--grpc-port", "--http-port", "--smtp-port"}) {
    if (given("--port-base") && given(port)) throw CLI::ExcludesError("--port-base", port);
  }
  for (const char* name : {"--from", "--password-file", "--ca-file"}) {
    if (given(name) && !given("--relay")) throw CLI::RequiresError(name, "--relay");
  }
  if (given("--relay") && !given("--from")) throw CLI::RequiresError("--relay", "--from");
}

void AddSandbox(CLI::App& app, CommandLine& words, const Hooks& hooks) {
  SandboxOptions& options = words.sandbox;
  CLI::App* sandbox =
      Add(app, "sandbox", "Everything on this machine, to try it out", help::kSandboxFooter);
  const auto add_port = [sandbox](const char* name, uint16_t& port, const char* what) {
    sandbox->add_option(name, port, what)->type_name("PORT");
  };
  AddDataDir(*sandbox, options.data_dir);
  add_port("--port-base", words.port_base, "The first of three ports [8525]");
  add_port("--grpc-port", options.grpc_port, "0: one that is free [8525]");
  add_port("--http-port", options.http_port, "Operators' HTTP [8526]");
  add_port("--smtp-port", options.smtp_port, "Where mail is kept [8527]");
  AddText(*sandbox, "--relay", options.relay, "Send real mail: smtps://USER@HOST:465", "URL");
  AddText(*sandbox, "--from", options.from, "With --relay: the sender's address", "ADDRESS");
  AddText(*sandbox, "--password-file", options.password_file, "The relay's password, mode 0600",
          "FILE");
  AddText(*sandbox, "--ca-file", options.ca_file, "Who may vouch for the relay, PEM [the system's]",
          "FILE");
  sandbox->final_callback([&words, &hooks, sandbox] {
    CheckTogether(*sandbox);
    if (words.port_base != 0) {
      words.sandbox.grpc_port = words.port_base;
      words.sandbox.http_port = static_cast<uint16_t>(words.port_base + 1);
      words.sandbox.smtp_port = static_cast<uint16_t>(words.port_base + 2);
    }
    words.chosen = [&words, &hooks](Terminal& terminal) {
      return hooks.sandbox(words.sandbox, terminal);
    };
  });
  CLI::App* demo = Add(app, "demo", "The whole way of a code, once", help::kDemoFooter);
  AddText(*demo, "--to", words.demo.recipient, "The address [ana@example.test]", "ADDRESS");
  demo->final_callback([&words, &hooks] {
    words.chosen = [&words, &hooks](Terminal& terminal) {
      return hooks.demo(words.demo, terminal);
    };
  });
}

void AddMessages(CLI::App& app, CommandLine& words) {
  MessageOptions& options = words.message;
  CLI::App* message = Add(app, "message", "Look at messages", help::kMessageFooter);
  message->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, const char* footer, auto command) {
    return AddAsking(*message, words, options, name, what, footer, command);
  };
  CLI::App* show =
      add("show", "The fate of a message, and each attempt", help::kMessageShowFooter, ShowMessage);
  CLI::App* list =
      add("list", "Messages to an address, or in a state", help::kMessageListFooter, ListMessages);
  CLI::App* watch = add("watch", "Follow a message", help::kMessageWatchFooter, WatchMessage);
  CLI::App* cancel = add("cancel", "Withdraw a message", help::kMessageCancelFooter, CancelMessage);
  CLI::App* report = add("report-bounce", "Tell that a message came back",
                         help::kMessageReportBounceFooter, ReportBounce);
  for (CLI::App* command : {show, watch, cancel, report})
    AddText(*command, "id", words.message.id, "The message", "ID")->required();
  AddText(*report, "--code", words.message.status_code, "Its status, like 5.1.1");
  AddText(*report, "--text", words.message.diagnostic, "What the next hop said");
  show->add_flag("--transcript", words.message.transcript, "Also what was said to the relay");
  CLI::Option* to =
      AddText(*list, "recipient,--to", words.message.recipient, "The address", "ADDRESS");
  AddText(*list, "--state", words.message.state, "queued, deferred, sending or parked", "STATE")
      ->excludes(to);
  list->add_option("--max", words.message.max, "At most so many [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 200));
}

void AddEvents(CLI::App& app, CommandLine& words) {
  EventOptions& options = words.events;
  CLI::App* events = Add(app, "events", "What happens, as it happens", help::kEventsFooter);
  events->require_subcommand(1);
  CLI::App* tail = AddAsking(*events, words, options, "tail", "Print events until stopped",
                             help::kEventsFooter, TailEvents);
  AddText(*tail, "--from", options.from, "Behind this place [from now on]", "TOKEN");
  tail->add_option("--max", options.max, "At most so many")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  AddTime(*tail, "--for", options.limit, "So long");
}

void AddSuppressions(CLI::App& app, CommandLine& words) {
  SuppressionOptions& options = words.suppression;
  CLI::App* list = Add(app, "suppression", "Who gets no mail any more", help::kSuppressionFooter);
  list->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, auto command) {
    return AddAsking(*list, words, options, name, what, help::kSuppressionFooter, command);
  };
  CLI::App* create = add("create", "Put an address on the list", CreateSuppression);
  CLI::App* show = add("show", "Why, since when, until when", ShowSuppression);
  CLI::App* all = add("list", "Who is on it, the last to end first", ListSuppressions);
  CLI::App* off = add("delete", "Take an address off the list", DeleteSuppression);
  AddText(*create, "recipient,--to", options.whom, "The address", "ADDRESS")->required();
  AddText(*create, "--cause", options.cause, "requested, complaint, … [requested]", "CAUSE");
  AddTime(*create, "--for", options.life, "How long [for good]");
  for (CLI::App* command : {show, off})
    AddText(*command, "recipient,--to", options.whom, "The address, or the id", "ADDRESS")
        ->required();
  for (CLI::App* command : {create, off})
    AddText(*command, "--reason", options.reason, "For the log, and who reads the list");
  all->add_option("--max", options.max, "At most so many [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 200));
}

CLI::App* AddInboxVerb(CLI::App& parent, CommandLine& words, const Hooks& hooks,
                       InboxOptions::Verb verb, const std::string& name, const std::string& what,
                       const char* footer) {
  CLI::App* added = Add(parent, name, what, footer);
  AddText(*added, "--to", words.inbox.to, "Only mail to this address", "ADDRESS");
  AddDataDir(*added, words.inbox.data_dir);
  added->add_flag("--json", words.inbox.json, "Answer as JSON, one object a line");
  added->final_callback([&words, &hooks, verb] {
    words.inbox.verb = verb;
    words.chosen = [&words, &hooks](Terminal& terminal) {
      return hooks.inbox(words.inbox, terminal);
    };
  });
  return added;
}

void AddInbox(CLI::App& app, CommandLine& words, const Hooks& hooks) {
  using Verb = InboxOptions::Verb;
  CLI::App* inbox = Add(app, "inbox", "Read the mail that the sandbox kept", help::kInboxFooter);
  inbox->require_subcommand(1);
  CLI::App* list = AddInboxVerb(*inbox, words, hooks, Verb::kList, "list", "The newest mails",
                                help::kInboxFooter);
  list->add_option("--max", words.inbox.max, "At most so many [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  CLI::App* show =
      AddInboxVerb(*inbox, words, hooks, Verb::kShow, "show", "A mail", help::kInboxShowFooter);
  AddText(*show, "id", words.inbox.id, "The mail [the newest]", "ID");
  CLI::Option* source = show->add_flag("--source", words.inbox.source, "As it came");
  show->add_flag("--html", words.inbox.html, "The HTML part")->excludes(source);
  CLI::App* code = AddInboxVerb(*inbox, words, hooks, Verb::kCode, "code",
                                "The code in the newest mail", help::kInboxCodeFooter);
  for (CLI::App* command : {show, code}) {
    AddTime(*command, "--wait", words.inbox.wait, "Wait for a mail [0s]");
    AddText(*command, "--newer-than", words.inbox.newer_than,
            "Only a mail that came after this one", "ID");
  }
}

void AddCapture(CLI::App& app, CommandLine& words, const Hooks& hooks) {
  CLI::App* capture = Add(app, "capture", "The sandbox's mail server, alone", help::kCaptureFooter);
  AddDataDir(*capture, words.capture.data_dir);
  capture->add_option("--smtp-port", words.capture.smtp_port, "0: one that is free [8527]")
      ->type_name("PORT");
  capture->final_callback([&words, &hooks] {
    words.chosen = [&words, &hooks](Terminal& terminal) {
      return hooks.capture(words.capture, terminal);
    };
  });
}

void AddKeyRing(CLI::App& keys, CommandLine& words, const Hooks& hooks) {
  KeyRingOptions& options = words.key_ring;
  CLI::App* list =
      Add(keys, "list", "Which keys there are, and from when on one may go", help::kKeysListFooter);
  CLI::App* rotate = Add(keys, "rotate", "A new key, and then in the place of the one that writes",
                         help::kKeysRotateFooter);
  for (CLI::App* command : {list, rotate}) {
    AddText(*command, "--config", options.config,
            "The configuration [/etc/posthaste/posthaste.yaml]", "FILE");
    AddText(*command, "--dir", options.dir, "Where the key files are, if not where it says", "DIR");
    command->add_flag("--json", options.json, "Answer as JSON");
  }
  AddText(*rotate, "kind", options.kind, "seal, code or receipt", "KIND")->required();
  rotate->add_flag("--activate", options.activate, "The second step: the key that waits writes");
  rotate->add_flag("--at-once", options.at_once, "Both steps: only one process runs");
  rotate->add_option("--pid", options.pids, "Send it SIGHUP afterwards; again for more")
      ->type_name("PID")
      ->allow_extra_args(false);
  list->final_callback([&words] {
    words.chosen = [&words](Terminal& terminal) { return ListKeys(words.key_ring, terminal); };
  });
  rotate->final_callback([&words, &hooks] {
    words.chosen = [&words, &hooks](Terminal& terminal) {
      return RotateKeys(words.key_ring, hooks.check, terminal);
    };
  });
}

void AddKeys(CLI::App& app, CommandLine& words, const Hooks& hooks) {
  CLI::App* keys =
      Add(app, "keys", "Keys of the installation and of its callers", help::kKeysFooter);
  keys->require_subcommand(1);
  CLI::App* create =
      Add(*keys, "create", "Make keys, and print the YAML that names them", help::kKeysFooter);
  CLI::Option* dir = AddText(*create, "--dir", words.keys.dir,
                             "Make hash.key, code-1.key, seal-1.key, receipt-1.pem here", "DIR");
  AddText(*create, "--api-key", words.keys.api_key, "Make a caller's key with this id", "ID")
      ->excludes(dir);
  create
      ->add_option("--scope", words.keys.scopes,
                   "What the caller may do; again for more [all but ops]")
      ->type_name("SCOPE");
  create->add_flag("--json", words.keys.json, "Answer as JSON");
  create->final_callback([&words] {
    words.chosen = [&words](Terminal& terminal) { return CreateKeys(words.keys, terminal); };
  });
  AddKeyRing(*keys, words, hooks);
  CLI::App* dkim =
      Add(*keys, "dkim", "Make the keys that sign a domain's mail, and print their DNS records",
          help::kKeysDkimFooter);
  AddText(*dkim, "domain,--domain", words.dkim_keys.domain, "The domain", "DOMAIN")->required();
  AddText(*dkim, "--selector", words.dkim_keys.selector, "Names the pair, new at each change",
          "NAME")
      ->required();
  AddText(*dkim, "--dir", words.dkim_keys.dir, "Where the keys go", "DIR")->required();
  dkim->final_callback([&words] {
    words.chosen = [&words](Terminal& terminal) {
      return PrintDkimKeys(words.dkim_keys, terminal);
    };
  });
}

// What to say where a command is missing: the word that stands in its place and is none, if any.
std::string MissingCommand(const CLI::App& app, int argc, const char* const* argv) {
  const CLI::App* at = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto named =
        at->get_subcommands([&word](const CLI::App* one) { return one->check_name(word); });
    if (named.empty() && !word.empty() && word[0] != '-') return "no command " + word;
    if (named.empty()) break;
    at = named.front();
  }
  return "a command is missing";
}

}  // namespace

int Run(int argc, const char* const* argv, const Hooks& hooks, Terminal& terminal) {
  CommandLine words;
  CLI::App app(help::kProgram, "posthaste");
  app.footer(help::kProgramFooter);
  app.set_version_flag("--version", std::string("posthaste " PH_VERSION));
  app.get_formatter()->column_width(30);
  app.require_subcommand(1);
  AddSandbox(app, words, hooks);
  AddSends(app, words);
  AddMessages(app, words);
  AddEvents(app, words);
  AddSuppressions(app, words);
  AddTemplates(app, words);
  AddInbox(app, words, hooks);
  AddCapture(app, words, hooks);
  AddServe(app, words, hooks);
  AddDoctor(app, words, hooks);
  AddOperations(app, words);
  AddKeys(app, words, hooks);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version.
    std::ostringstream out;
    app.exit(asked, out, out);
    terminal.Raw(out.str());
    return kOk;
  } catch (const CLI::ParseError& error) {
    const bool no_command = std::string(error.what()) == CLI::RequiredError::Subcommand(1).what();
    terminal.Error(no_command ? MissingCommand(app, argc, argv) : error.what());
    terminal.Hint("posthaste --help, or --help after a command, tells more.");
    return kUsage;
  }
  const int code = words.chosen(terminal);
  terminal.Flush();
  return code;
}

}  // namespace posthaste::cli
