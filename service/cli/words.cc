#include "service/cli/words.h"

#include "absl/time/time.h"

namespace posthaste::cli {

CLI::Option* AddTime(CLI::App& app, const std::string& name, absl::Duration& value,
                     const std::string& help) {
  const auto parse = [&value](const std::string& text) {
    return absl::ParseDuration(text, &value) && value >= absl::ZeroDuration();
  };
  return app
      .add_option_function<std::string>(
          name,
          [name, parse](const std::string& text) {
            if (!parse(text))
              throw CLI::ValidationError(name, text + " is not a time like 5s, 500ms or 2m");
          },
          help)
      ->type_name("TIME");
}

CLI::Option* AddText(CLI::App& app, const std::string& name, std::string& value,
                     const std::string& help, const std::string& type) {
  return app.add_option(name, value, help)->type_name(type);
}

CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& what,
              const char* footer) {
  CLI::App* command = parent.add_subcommand(name, what);
  command->footer(footer);
  return command;
}

void AddDataDir(CLI::App& app, std::string& value) {
  AddText(app, "--data-dir", value, "The sandbox's folder [$XDG_STATE_HOME/posthaste/sandbox]",
          "DIR");
}

void AddAccess(CLI::App& app, AccessOptions& access) {
  AddText(app, "--address", access.address,
          "Where the service is [POSTHASTE_ADDRESS, else the sandbox]", "HOST:PORT");
  AddText(app, "--key-file", access.key_file,
          "Holds the API key [POSTHASTE_KEY_FILE, else the sandbox's]", "FILE");
  AddText(app, "--ca-file", access.ca_file, "Authorities to trust, PEM [the system's]", "FILE");
  AddDataDir(app, access.data_dir);
  AddTime(app, "--timeout", access.timeout, "How long to wait for an answer [10s]");
  app.add_flag("--json", access.json, "Answer as JSON, one object a line");
}

}  // namespace posthaste::cli
