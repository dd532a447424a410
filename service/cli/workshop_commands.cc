// template lint, preview, new: what a designer does without a service.
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "service/cli/browser.h"
#include "service/cli/commands.h"
#include "service/cli/draft.h"
#include "service/cli/exit_code.h"
#include "service/cli/variables.h"
#include "service/cli/workshop.h"

namespace posthaste::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kPictureWidth = 800;
constexpr absl::Duration kLook = absl::Milliseconds(200);

int Fail(const absl::Status& status, Terminal& terminal) {
  terminal.Error(std::string(status.message()));
  return kUsage;
}

void PrintFindings(const std::vector<templates::Finding>& findings, Terminal& terminal) {
  for (const templates::Finding& finding : findings) {
    terminal.Line(absl::StrCat(finding.place, finding.place.empty() ? "" : ": ",
                               terminal.Bad(finding.rule), ": ", finding.message));
  }
}

absl::Status Write(const fs::path& file, const std::string& bytes) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary);
  out << bytes;
  out.close();
  return out ? absl::OkStatus()
             : absl::InvalidArgumentError(absl::StrCat(file.string(), ": cannot be written"));
}

templates::Value ToValue(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kBoolValue:
      return value.bool_value();
    case google::protobuf::Value::kNumberValue:
      return value.number_value();
    case google::protobuf::Value::kStringValue:
      return value.string_value();
    case google::protobuf::Value::kStructValue: {
      templates::Value::Fields fields;
      for (const auto& [name, field] : value.struct_value().fields())
        fields.emplace(name, ToValue(field));
      return templates::Value::Object(std::move(fields));
    }
    case google::protobuf::Value::kListValue: {
      templates::Value::Items items;
      for (const google::protobuf::Value& item : value.list_value().values())
        items.push_back(ToValue(item));
      return templates::Value::List(std::move(items));
    }
    default:
      return {};
  }
}

// Writes one language's files; tells each.
absl::Status WriteSample(const std::string& name, const std::string& locale, const Sample& sample,
                         const TemplateOptions& options, Terminal& terminal) {
  const fs::path base = fs::path(options.out) / absl::StrCat(name, ".", locale);
  absl::Status status = Write(base.string() + ".eml", sample.eml);
  if (status.ok()) status = Write(base.string() + ".html", sample.html);
  if (!status.ok()) return status;
  std::string kinds = ".eml .html";
  if (!options.no_picture) {
    const absl::Status drawn = Draw(base.string() + ".html", base.string() + ".png", kPictureWidth);
    if (!drawn.ok() && !absl::IsNotFound(drawn)) return drawn;
    if (drawn.ok()) kinds += " .png";
  }
  terminal.Line(absl::StrCat(base.string(), "  ", kinds, "  ", sample.subject));
  return absl::OkStatus();
}

// Where a sandbox shows what is watched.
absl::Status Show(const Draft& draft, const TemplateOptions& options) {
  if (!options.watch || !ShowsDrafts(options.data_dir)) return absl::OkStatus();
  return WriteDraft(DraftsFolder(options.data_dir), draft);
}

int PreviewOnce(const TemplateOptions& options, Terminal& terminal) {
  const absl::StatusOr<Workpiece> piece = ReadWorkpiece(options.folder);
  if (!piece.ok()) return Fail(piece.status(), terminal);
  google::protobuf::Value given;
  const absl::Status read = ReadVariables(options.variables, *given.mutable_struct_value());
  if (!read.ok()) return Fail(read, terminal);
  const Worked worked = Work(*piece);
  PrintFindings(worked.findings, terminal);
  Draft draft{piece->name, SystemClock().Now(), {}, {}};
  for (const templates::Finding& finding : worked.findings)
    draft.findings.push_back(absl::StrCat(finding.place, finding.place.empty() ? "" : ": ",
                                          finding.rule, ": ", finding.message));
  std::vector<std::string> locales;
  if (worked.mail != nullptr) locales = worked.mail->Locales();
  if (worked.mail != nullptr && !options.locale.empty()) locales = {options.locale};
  for (const std::string& locale : locales) {
    const absl::StatusOr<Sample> sample = MakeSample(*worked.mail, ToValue(given), locale);
    if (!sample.ok()) return Fail(sample.status(), terminal);
    const absl::Status written = WriteSample(piece->name, locale, *sample, options, terminal);
    if (!written.ok()) return Fail(written, terminal);
    draft.mails.push_back({locale, sample->subject, sample->text, sample->html});
  }
  if (const absl::Status shown = Show(draft, options); !shown.ok()) return Fail(shown, terminal);
  return worked.findings.empty() ? kOk : kNo;
}

// When each file below the folder and its neighbouring layout was written last.
std::map<std::string, fs::file_time_type> Times(const std::string& folder) {
  std::map<std::string, fs::file_time_type> times;
  std::error_code error;
  const fs::path path = fs::weakly_canonical(folder, error);
  for (const fs::path& each : {path, path.parent_path() / "layout"}) {
    fs::recursive_directory_iterator at(each, error), end;
    for (; !error && at != end; at.increment(error)) {
      const fs::file_time_type time = at->last_write_time(error);
      if (!error) times.emplace(at->path().string(), time);
      error.clear();
    }
    error.clear();
  }
  return times;
}

}  // namespace

int LintTemplate(const TemplateOptions& options, Terminal& terminal) {
  const absl::StatusOr<Workpiece> piece = ReadWorkpiece(options.folder);
  if (!piece.ok()) return Fail(piece.status(), terminal);
  const Worked worked = Work(*piece);
  PrintFindings(worked.findings, terminal);
  if (!worked.findings.empty()) return kNo;
  terminal.Line(absl::StrCat(terminal.Bold(piece->name), ": ", terminal.Good("clean"), ", ",
                             absl::StrJoin(worked.mail->Locales(), " ")));
  return kOk;
}

int PreviewTemplate(const TemplateOptions& options, Terminal& terminal) {
  int code = PreviewOnce(options, terminal);
  // Ends with the program: Ctrl-C is how one stops watching.
  while (options.watch) {
    terminal.Flush();
    const auto before = Times(options.folder);
    while (Times(options.folder) == before) absl::SleepFor(kLook);
    code = PreviewOnce(options, terminal);
  }
  return code;
}

int NewTemplate(const TemplateOptions& options, Terminal& terminal) {
  const fs::path folder = fs::path(options.out) / options.name;
  const absl::StatusOr<templates::Files> files = Scaffold(options.name, options.mail_class);
  if (!files.ok()) return Fail(files.status(), terminal);
  std::error_code error;
  if (fs::exists(folder, error))
    return Fail(absl::AlreadyExistsError(absl::StrCat(folder.string(), ": is there already")),
                terminal);
  for (const auto& [path, bytes] : *files) {
    const absl::Status written = Write(folder / path, bytes);
    if (!written.ok()) return Fail(written, terminal);
    terminal.Line((folder / path).string());
  }
  return kOk;
}

}  // namespace posthaste::cli
