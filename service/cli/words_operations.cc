#include "service/cli/commands.h"
#include "service/cli/help.h"
#include "service/cli/words.h"

namespace posthaste::cli {
namespace {

constexpr bool kOperates = true;

CLI::App* AddGroup(CLI::App& app, const std::string& name, const std::string& what,
                   const char* footer) {
  CLI::App* group = Add(app, name, what, footer);
  group->require_subcommand(1);
  return group;
}

void AddHolds(CLI::App& app, CommandLine& words) {
  CLI::App* hold = AddGroup(app, "hold", "Keep mail back for a while", help::kHoldFooter);
  HoldOptions& options = words.hold;
  CLI::App* create = AddAsking(*hold, words, options, "create", "Keep mail back", help::kHoldFooter,
                               CreateHold, kOperates);
  AddText(*create, "scope", options.scope, "all, tenant, class, relay or provider", "SCOPE")
      ->required();
  AddText(*create, "target", options.target, "Whose mail; none with all", "TARGET");
  AddText(*create, "--reason", options.reason, "Why; callers see it")->required();
  AddTime(*create, "--for", options.life, "How long [1h]");
  AddAsking(*hold, words, options, "list", "The holds in force", help::kHoldFooter, ListHolds,
            kOperates);
  CLI::App* remove = AddAsking(*hold, words, options, "delete", "End a hold: its mail is due",
                               help::kHoldFooter, DeleteHold, kOperates);
  AddText(*remove, "id", options.id, "The hold", "ID")->required();
  AddText(*remove, "--reason", options.reason, "For the log");
}

void AddFilter(CLI::App& command, QueueOptions& options) {
  AddText(command, "--tenant", options.tenant, "Only this tenant's", "ID");
  AddText(command, "--class", options.mail_class, "Only NOTICE or GENERAL", "CLASS");
}

void AddQueue(CLI::App& app, CommandLine& words) {
  CLI::App* queue = AddGroup(app, "queue", "How the queue stands", help::kQueueFooter);
  QueueOptions& options = words.queue;
  AddAsking(*queue, words, options, "stats", "Jobs by class, the oldest, what is set aside",
            help::kQueueFooter, ShowQueue, kOperates);
  AddAsking(*queue, words, options, "shape", "Jobs by provider and age", help::kQueueShapeFooter,
            ShowShape, kOperates);
  CLI::App* parked = AddAsking(*queue, words, options, "parked", "What is set aside, and why",
                               help::kQueueFooter, ListParked, kOperates);
  AddFilter(*parked, options);
  CLI::App* redrive = AddAsking(*queue, words, options, "redrive", "Send messages back",
                                help::kQueueRedriveFooter, Redrive, kOperates);
  CLI::Option* ids =
      redrive->add_option("ids", options.ids, "The messages")->type_name("ID")->expected(-1);
  redrive->add_flag("--all", options.all, "All that is parked and fits")->excludes(ids);
  AddFilter(*redrive, options);
  redrive->add_flag("--dry-run", options.dry_run, "Only say what would become of them");
  AddText(*redrive, "--reason", options.reason, "Why; for the log");
}

void AddRelays(CLI::App& app, CommandLine& words) {
  CLI::App* relay = AddGroup(app, "relay", "How the relays are", help::kRelayFooter);
  RelayOptions& options = words.relay;
  AddAsking(*relay, words, options, "list", "What came of attempts lately, and each relay's state",
            help::kRelayFooter, ShowRelays, kOperates);
  CLI::App* probe = AddAsking(*relay, words, options, "probe", "Open a session to a relay",
                              help::kRelayFooter, ProbeRelay, kOperates);
  AddText(*probe, "relay", options.id, "The relay", "ID")->required();
  AddText(*probe, "--reason", options.reason, "For the log");
  probe->add_flag("--transcript", options.transcript, "Also what was said");
}

void AddAccounts(CLI::App& app, CommandLine& words) {
  CLI::App* recipient =
      AddGroup(app, "recipient", "What is known of a recipient", help::kRecipientFooter);
  RecipientOptions& options = words.recipient;
  CLI::App* unlock =
      AddAsking(*recipient, words, options, "unlock", "Forget its limits and wrong guesses",
                help::kRecipientFooter, UnlockRecipient, kOperates);
  AddText(*unlock, "address", options.recipient, "The recipient", "ADDRESS")->required();
  AddText(*unlock, "--tenant", options.tenant, "Whose recipient", "ID")->required();
  AddText(*unlock, "--reason", options.reason, "Why; for the log")->required();
  CLI::App* all = AddAsking(*recipient, words, options, "export", "All that is stored of a person",
                            help::kRecipientFooter, ExportRecipient);
  AddText(*all, "address", options.recipient, "The recipient", "ADDRESS")->required();
  CLI::App* forget =
      AddAsking(*recipient, words, options, "forget", "Forget a person, at once and for good",
                help::kRecipientFooter, ForgetRecipient);
  AddText(*forget, "address", options.recipient, "The recipient", "ADDRESS")->required();
  AddText(*forget, "--reason", options.reason, "Why; for the log")->required();
  CLI::App* usage = AddAsking(app, words, words.usage, "usage", "Messages of your tenant by day",
                              help::kUsageFooter, ShowUsage);
  usage->add_option("--days", words.usage.days, "How many days, to 90 [30]")->type_name("N");
}

}  // namespace

void AddOperations(CLI::App& app, CommandLine& words) {
  AddHolds(app, words);
  AddQueue(app, words);
  AddRelays(app, words);
  AddAccounts(app, words);
  CLI::App* top = AddAsking(app, words, words.top, "top", "Queue and relays, live",
                            help::kTopFooter, Top, kOperates);
  AddTime(*top, "--every", words.top.every, "How often [2s]");
  top->add_flag("--once", words.top.once, "Only now");
}

}  // namespace posthaste::cli
