// The words of `posthaste --help` and of each command's: what it does, and an example that works in
// the sandbox.
#pragma once

namespace posthaste::cli::help {

inline constexpr char kProgram[] =
    "Posthaste sends verification codes and security notices: asked over gRPC, queued in Redis, "
    "handed to your relay by SMTP, "
    "on time or not at all.";

inline constexpr char kProgramFooter[] = R"(First steps, in two terminals:
  posthaste sandbox
  posthaste send-code me@example.test
  posthaste inbox code --to me@example.test --wait 5s
  posthaste check-code me@example.test CODE

Exit codes:
  0  ok
  1  the answer was no: a wrong code, nothing found, a refusal
  2  the command line, a key or the configuration is wrong
  3  nobody answers, or asks to be asked later)";

inline constexpr char kServeFooter[] = R"(Example:
  posthaste check-config /etc/posthaste/posthaste.yaml
  posthaste serve --config /etc/posthaste/posthaste.yaml --role api

SIGTERM or Ctrl-C ends it in order: nothing new is taken, what is being handed over is finished, the rest stays queued.
A second one ends it at once.)";

inline constexpr char kDoctorFooter[] =
    R"(Looks at the configuration and its files, at this machine, and asks Redis, each relay (TLS and password, no
mail) and the DNS (SPF, DKIM, DMARC of each sender). Starts nothing. Run it as the service's user.

Exit codes: 0 nothing is wrong, 1 a fault was found, 2 the configuration cannot be read.

Example:
  posthaste doctor --config deploy/posthaste.yaml)";

inline constexpr char kCheckConfigFooter[] =
    R"(Reads the file and every file that it names, compiles and lints the templates, and starts nothing.
The first thing that is wrong is named on one line.

Example:
  posthaste check-config deploy/posthaste.yaml)";

inline constexpr char kSandboxFooter[] =
    R"(Everything on this machine: a private redis-server, a mail server that keeps what it receives, and the service.
Its data stays in --data-dir for the next time.

Example:
  posthaste sandbox
  posthaste sandbox --relay smtps://me@mail.example.com:465 --password-file pw --from no-reply@example.com

With --relay mail goes to real mailboxes. smtps:// is TLS from the first byte (port 465), smtp:// is STARTTLS (port 587);
in both the relay's certificate must be good.)";

inline constexpr char kDemoFooter[] =
    R"(Starts a sandbox of its own, asks for a code over gRPC, reads it back from the received mail, checks a wrong one and the
right one, sends a notice, shows both mails, and cleans up. Exit 0 only if all of that happened. Ctrl-C cleans up too: exit 1.)";

inline constexpr char kSendCodeFooter[] =
    R"(Asking again is safe: while the code is pending, the same code is sent again.

Example:
  posthaste send-code me@example.test
  posthaste send-code me@example.test --purpose password_reset --locale de --ttl 5m)";

inline constexpr char kCheckCodeFooter[] =
    R"(Spaces and dashes in the code do not matter. Exit 0 if the code is right, 1 if it is not.

Example:
  posthaste check-code me@example.test "123 456")";

inline constexpr char kSendPasswordChangedFooter[] = R"(Example:
  posthaste send-password-changed me@example.test --account ana --device "Firefox on Linux")";

inline constexpr char kSendEmailChangedFooter[] =
    R"(Two mails: the old address learns the way back, the new one that it is in use. Each is answered for by itself.

Example:
  posthaste send-email-changed old@example.test new@example.test --not-me-url https://example.test/not-me)";

inline constexpr char kSendNewSignInFooter[] = R"(Example:
  posthaste send-new-sign-in me@example.test --device "Firefox on Linux" --location "Lisbon, Portugal" --ip 203.0.113.7)";

inline constexpr char kSendMfaChangedFooter[] = R"(Example:
  posthaste send-mfa-changed me@example.test --change method_added --method "Security key")";

inline constexpr char kSendTemplateFooter[] =
    R"(What waits for --at can be withdrawn: posthaste message cancel ID.

Example:
  posthaste send-template me@example.test --template welcome
  posthaste send-template me@example.test --template news --var name=Ana --var count:=3 --at 2026-12-24T08:00:00Z
  posthaste send-template me@example.test --template invoice --attach invoice-7.pdf)";

inline constexpr char kTemplateFooter[] = R"(Example:
  posthaste template new hello
  posthaste template preview hello --out /tmp/mail --watch
  posthaste template publish hello)";

inline constexpr char kTemplateLintFooter[] =
    R"(A folder named "layout" beside the template's is used too. Exit 0 if the template is clean, 1 if it is not.

Example:
  posthaste template lint templates/hello)";

inline constexpr char kTemplatePreviewFooter[] =
    R"(Writes NAME.LOCALE.eml and .html, and .png where Chromium is installed. What is watched is shown live by the console
of a sandbox that runs meanwhile, on the page Drafts.

Example:
  posthaste template preview templates/hello --locale de --var first_name=Bea --out /tmp/mail --watch)";

inline constexpr char kTemplateNewFooter[] = R"(Example:
  posthaste template new hello --class general --out templates)";

inline constexpr char kTemplatePublishFooter[] =
    R"(Every process sends it within two seconds. What does not compile or lint changes nothing.

Example:
  posthaste template publish templates/hello
  posthaste template rollback hello)";

inline constexpr char kMessageFooter[] = R"(Example:
  posthaste message list me@example.test
  posthaste message show ID --transcript)";

inline constexpr char kMessageShowFooter[] =
    R"("Accepted" means that the relay took it: that is all a sender can know.

Example:
  posthaste message show ID --transcript)";

inline constexpr char kMessageListFooter[] = R"(Example:
  posthaste message list me@example.test
  posthaste message list --state deferred)";

inline constexpr char kMessageWatchFooter[] =
    R"(Prints a line at each change, until the message has ended. Exit 0 if it was accepted.

Example:
  posthaste message watch ID)";

inline constexpr char kMessageCancelFooter[] =
    R"(Only what has not been handed over can be cancelled.

Example:
  posthaste message cancel ID)";

inline constexpr char kMessageReportBounceFooter[] =
    R"(For a bounce that came as mail, or by a relay's webhook: an accepted message becomes bounced, late. ID may also be the
address that the bounce came to (bounces+…).

Example:
  posthaste message report-bounce ID --code 5.1.1 --text "smtp; 550 5.1.1 No such user")";

inline constexpr char kEventsFooter[] =
    R"(Every change of the key's tenant: of messages, verifications and suppressions. At the end the place is told from which to go on;
events are kept for 72 hours. Needs a key with the scope events.read.

Example:
  posthaste events tail
  posthaste events tail --json --max 10)";

inline constexpr char kSuppressionFooter[] =
    R"(Who is on the list gets no notices and no general mail. Relays that refuse a recipient for good put it there.

Example:
  posthaste suppression list
  posthaste suppression show me@example.test
  posthaste suppression delete me@example.test --reason "mailbox was made again")";

inline constexpr char kHoldFooter[] =
    R"(Keeps mail back for a while: notices and general mail stay queued, codes are refused with the time to wait. SCOPE is one of
all, tenant, class, relay, provider; TARGET the tenant's or relay's id, CODE, NOTICE or GENERAL, or gmail, microsoft, yahoo,
apple, qq, netease, mailru, other.

Example:
  posthaste hold create relay mx1 --reason "asked us to slow down" --for 30m
  posthaste hold list
  posthaste hold delete h17 --reason "they are well again")";

inline constexpr char kQueueFooter[] = R"(Example:
  posthaste queue stats
  posthaste queue shape
  posthaste queue parked
  posthaste queue redrive --all --reason "the seal key is back")";

inline constexpr char kQueueShapeFooter[] =
    R"(How many jobs of each class and provider were taken how long ago: whose mail is late, and since when.

Example:
  posthaste queue shape)";

inline constexpr char kQueueRedriveFooter[] =
    R"(Sends messages back that were parked, or that ended uncertain: with new life, the same Message-ID and body. Codes are never sent
back. --dry-run says what would become of each.

Example:
  posthaste queue redrive ID ID --reason "the relay is back"
  posthaste queue redrive --all --tenant acme --dry-run)";

inline constexpr char kRelayFooter[] =
    R"(What came of attempts in the last five minutes, and how each relay is; a probe opens a session as a message would, up to and
without MAIL. One that passes ends the relay's suspension.

Example:
  posthaste relay list
  posthaste relay probe mx1 --transcript)";

inline constexpr char kRecipientFooter[] =
    R"(An owner who was guessed at all day gets longer codes with one guess each, and may run into limits of sends. Unlocking forgets both;
what is pending stays as it is. A person who asks what is held of them gets an export; one who wants to be forgotten is: messages,
attempts and verifications go, limits stay until they lapse, a suppression stays as a keyed hash.

Example:
  posthaste recipient unlock me@example.test --tenant acme --reason "called us, ticket 17"
  posthaste recipient export me@example.test --json > held.json
  posthaste recipient forget me@example.test --reason "asked to be forgotten, ticket 18")";

inline constexpr char kUsageFooter[] = R"(Example:
  posthaste usage
  posthaste usage --days 7 --json)";

inline constexpr char kTopFooter[] = R"(Ctrl-C ends it.

Example:
  posthaste top
  posthaste top --once)";

inline constexpr char kInboxFooter[] = R"(Example:
  posthaste inbox list
  posthaste inbox code --to me@example.test --wait 5s)";

inline constexpr char kInboxShowFooter[] = R"(Without an id: the newest.

Example:
  posthaste inbox show --to me@example.test
  posthaste inbox show ID --source)";

inline constexpr char kInboxCodeFooter[] =
    R"text(Prints the code of the newest mail and nothing else. Exit 1 if there is none.

Example:
  posthaste check-code me@example.test "$(posthaste inbox code --to me@example.test --wait 5s)")text";

inline constexpr char kCaptureFooter[] =
    R"(Listens on 127.0.0.1 and answers 250 when a mail is on the disk; posthaste inbox reads it. The newest 1000 are kept.
SIGTERM or Ctrl-C ends it.

Example:
  posthaste capture --data-dir /var/lib/capture
  posthaste inbox code --data-dir /var/lib/capture --wait 5s)";

inline constexpr char kKeysFooter[] = R"(Example:
  posthaste keys create --dir /etc/posthaste/keys
  posthaste keys create --api-key web --scope verifications.send --scope verifications.check
  posthaste keys list
  posthaste keys rotate seal
  posthaste keys dkim example.com --selector s1 --dir /etc/posthaste/keys)";

inline constexpr char kKeysListFooter[] =
    R"(USE: writes is the one that seals, makes codes or signs; waits is to be the next; opens is for what it wrote before.
AGE is the file's: a copy is younger. NEEDED counts from the time at which keys rotate wrote down that another key took its place:
36 days for a seal key (30 to a message's send_time, 3 of life, 3 parked), 30 minutes for code and receipt keys. Where a process read
its configuration again later than that, count from then.

A key that may go is taken out of the configuration first; when every process has read it again, delete the file.

Example:
  posthaste keys list
  posthaste keys list --config posthaste.yaml --json)";

inline constexpr char kKeysRotateFooter[] =
    R"text(Two steps, because every process must have a key before one of them writes with it.

1. posthaste keys rotate seal makes seal-2.key beside the present one (mode 0600, same owner) and lists it in the configuration before
   it: it opens, and nothing is sealed with it. Give key and configuration to every machine, and have each process read them again.
2. posthaste keys rotate seal --activate makes it the last, which is the one that writes. Give that to every process too.

With a single process --at-once does both. Old keys stay: what waits in the queue, codes and receipts that are out stay good. The
changed configuration is proved as check-config does, and put in place whole; if anything is wrong, nothing is changed.
Under systemd and in Kubernetes, where the configuration names the keys elsewhere than they are made, --dir says where that is.
Exit 1: a key waits already, none waits, or a receipt key is younger than the hour for which others keep the public keys.

Example:
  posthaste keys rotate seal
  posthaste keys rotate seal --activate
  posthaste keys rotate code --at-once --pid "$(systemctl show -P MainPID posthaste)"
  posthaste keys rotate seal --dir /etc/posthaste/keys)text";

inline constexpr char kKeysDkimFooter[] =
    R"(An RSA key and an Ed25519 key: receivers verify the one that they know. The records are public, the files are not.

Example:
  posthaste keys dkim example.com --selector s1 --dir /etc/posthaste/keys)";

}  // namespace posthaste::cli::help
