#include "templates/engine/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "templates/engine/html_place.h"
#include "templates/engine/marks.h"

namespace posthaste::templates {
namespace {

constexpr std::string_view kCode = "code";

bool IsTimeFormatter(Formatter formatter) {
  return formatter == Formatter::kTime || formatter == Formatter::kClock ||
         formatter == Formatter::kDate;
}

// Whether a variable of this type can be written by this formatter; says why not.
std::string FormatterFault(Type type, Formatter formatter) {
  if (formatter == Formatter::kGrouped) return "only the code can be grouped";
  if (type == Type::kTime)
    return IsTimeFormatter(formatter) ? "" : "a time needs '| time', '| clock' or '| date'";
  if (type == Type::kDuration) {
    const bool fits = formatter == Formatter::kMinutes || formatter == Formatter::kDuration;
    return fits ? "" : "a duration needs '| minutes' or '| duration'";
  }
  if (type == Type::kMoney)
    return formatter == Formatter::kMoney ? "" : "an amount of money needs '| money'";
  if (type == Type::kNumber && formatter == Formatter::kNumber) return "";
  if (type == Type::kColor && formatter == Formatter::kReadable) return "";
  if (type == Type::kBool || type == Type::kList || type == Type::kChoice) {
    return fmt::format("a {} cannot be written, only asked for in a section", TypeName(type));
  }
  return formatter == Formatter::kNone
             ? ""
             : fmt::format("this formatter does not fit a {}", TypeName(type));
}

class Compiler {
 public:
  explicit Compiler(const CompileOptions& options) : options_(options), scopes_(options.scopes) {
    program_.lenient = options.lenient;
  }

  absl::StatusOr<Program> Run(const SourceFile& file) {
    if (absl::Status status = CompileFile(file, "", program_.ops); !status.ok()) return status;
    if (Html() && place_.state() != HtmlPlace::State::kText) {
      return ErrorAt(file.path, {}, fmt::format("the file ends {}", place_.Describe()));
    }
    return std::move(program_);
  }

 private:
  bool Html() const { return !options_.lenient && options_.medium == Medium::kHtml; }

  absl::Status Fail(const Node& node, std::string_view message) const {
    return ErrorAt(file_->path, node.place, message);
  }

  absl::Status CompileFile(const SourceFile& file, std::string_view indent, std::vector<Op>& out) {
    absl::StatusOr<std::vector<Node>> nodes = Parse(file.path, file.bytes, indent);
    if (!nodes.ok()) return nodes.status();
    const SourceFile* const outer = std::exchange(file_, &file);
    absl::Status status = CompileNodes(*nodes, out);
    file_ = outer;
    return status;
  }

  absl::Status CompileNodes(const std::vector<Node>& nodes, std::vector<Op>& out) {
    for (const Node& node : nodes) {
      if (++nodes_ > Limits::kNodes)
        return Fail(node, fmt::format("more than {} tags and texts", Limits::kNodes));
      absl::Status status;
      switch (node.kind) {
        case Node::Kind::kText:
          status = AddText(node, out);
          break;
        case Node::Kind::kVariable:
          status = AddVariable(node, out);
          break;
        case Node::Kind::kPartial:
          status = AddPartial(node, out);
          break;
        default:
          status = AddSection(node, out);
      }
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  static void Append(std::string_view text, std::vector<Op>& out) {
    if (out.empty() || out.back().kind != Op::Kind::kText) out.emplace_back();
    out.back().text += text;
  }

  absl::Status AddText(const Node& node, std::vector<Op>& out) {
    if (!options_.lenient && HasBadControl(TabsAndReturnsRemoved(node.text))) {
      return Fail(node, "the text has a control character");
    }
    if (Html()) {
      if (absl::Status status = ReadHtml(node); !status.ok()) return status;
    }
    Append(node.text, out);
    return absl::OkStatus();
  }

  static std::string TabsAndReturnsRemoved(std::string text) {
    std::erase_if(text, [](char c) { return c == '\t' || c == '\r'; });
    return text;
  }

  // Reads the text line by line so that an error names its line.
  absl::Status ReadHtml(const Node& node) {
    Node at = node;
    std::string_view rest = node.text;
    while (!rest.empty()) {
      const size_t newline = rest.find('\n');
      const size_t size = newline == std::string_view::npos ? rest.size() : newline + 1;
      if (absl::Status status = place_.Read(rest.substr(0, size)); !status.ok()) {
        return Fail(at, std::string(status.message()));
      }
      rest.remove_prefix(size);
      at.place = {at.place.line + 1, 1};
    }
    return absl::OkStatus();
  }

  // The declared variable that a path means, in the innermost scope that has it.
  const Variable* Declared(const std::string& name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      const auto found = (*scope)->find(name);
      if (found != (*scope)->end()) return &found->second;
    }
    return nullptr;
  }

  void SetPath(const std::vector<std::string>& path, Op& op) {
    op.path = path;
    if (path.empty()) return;
    op.name = names_.try_emplace(path[0], names_.size()).first->second;
    program_.names = names_.size();
  }

  absl::Status AddVariable(const Node& node, std::vector<Op>& out) {
    Op op;
    op.kind = Op::Kind::kVariable;
    SetPath(node.path, op);
    if (!node.formatter.empty()) {
      const std::optional<Formatter> formatter = FindFormatter(node.formatter);
      if (!formatter) return Fail(node, fmt::format("unknown formatter '{}'", node.formatter));
      op.formatter = *formatter;
    }
    if (options_.lenient) {
      op.slot = node.raw ? Slot::kPlain : Slot::kHtml;
      out.push_back(std::move(op));
      return absl::OkStatus();
    }
    if (node.raw && options_.medium == Medium::kHtml) {
      return Fail(node, "{{{…}}} and {{&…}} would write a variable unescaped");
    }
    if (node.path.size() == 1 && node.path[0] == kCode) return AddCode(node, op.formatter, out);
    const Variable* variable = nullptr;
    if (absl::Status status = CheckVariable(node, op.formatter, variable); !status.ok())
      return status;
    if (absl::Status status = FindSlot(node, *variable, op); !status.ok()) return status;
    place_.PassVariable();
    out.push_back(std::move(op));
    return absl::OkStatus();
  }

  absl::Status CheckVariable(const Node& node, Formatter formatter, const Variable*& variable) {
    if (node.path.empty()) return Fail(node, "'.' says nothing to a reader: name the variable");
    if (node.path.size() > 1) return Fail(node, fmt::format("'{}' has no fields", node.path[0]));
    variable = Declared(node.path[0]);
    if (variable == nullptr)
      return Fail(node, fmt::format("undeclared variable '{}'", node.path[0]));
    program_.used.insert(node.path[0]);
    if (!variable->required && !variable->has_default && guards_.count(variable) == 0) {
      return Fail(node,
                  fmt::format("'{0}' is optional: put it in a section {{{{#{0}}}}}…{{{{/{0}}}}}",
                              node.path[0]));
    }
    const std::string fault = FormatterFault(variable->type, formatter);
    return fault.empty() ? absl::OkStatus()
                         : Fail(node, fmt::format("'{}': {}", node.path[0], fault));
  }

  absl::Status AddCode(const Node& node, Formatter formatter, std::vector<Op>& out) {
    if (!options_.allow_code) return Fail(node, "the code may not stand here");
    if (formatter != Formatter::kNone && formatter != Formatter::kGrouped) {
      return Fail(node, "the code can only be grouped");
    }
    if (Html() && (place_.state() != HtmlPlace::State::kText || place_.begins_tag())) {
      return Fail(node, fmt::format("the code may not stand {}", place_.Describe()));
    }
    program_.used.insert(std::string(kCode));
    Append(formatter == Formatter::kGrouped ? kGroupedCodeMark : kCodeMark, out);
    return absl::OkStatus();
  }

  // Decides how the variable is escaped, or that it may not stand here at all.
  absl::Status FindSlot(const Node& node, const Variable& variable, Op& op) const {
    if (options_.medium != Medium::kHtml) {
      op.slot = options_.medium == Medium::kSubject ? Slot::kSubject : Slot::kPlain;
      return absl::OkStatus();
    }
    if (place_.state() == HtmlPlace::State::kText && !place_.begins_tag()) {
      op.slot = Slot::kHtml;
      return absl::OkStatus();
    }
    const std::string refusal =
        fmt::format("'{}' may not stand {}", node.path[0], place_.Describe());
    if (place_.state() != HtmlPlace::State::kQuoted) return Fail(node, refusal);
    switch (place_.attribute()) {
      case HtmlPlace::Attribute::kPlain:
        op.slot = Slot::kHtml;
        return absl::OkStatus();
      case HtmlPlace::Attribute::kStyle:
        op.slot = Slot::kColor;
        if (variable.type == Type::kColor) return absl::OkStatus();
        return Fail(node, refusal + ": only a color may");
      case HtmlPlace::Attribute::kUrl:
        return FindUrlSlot(node, variable, op);
      case HtmlPlace::Attribute::kRefused:
        break;
    }
    return Fail(node, refusal);
  }

  absl::Status FindUrlSlot(const Node& node, const Variable& variable, Op& op) const {
    const std::string& before = place_.value();
    if (before.empty() && !place_.value_has_variable()) {
      op.slot = Slot::kUrl;
      if (variable.type == Type::kUrl) return absl::OkStatus();
      return Fail(node,
                  fmt::format("'{}' begins a URL, so it must be declared as url", node.path[0]));
    }
    op.slot = Slot::kUrlPart;
    // What decides where the link goes, the scheme and the host, must have ended.
    if (place_.value_has_variable()) {
      if (!before.empty() && std::string_view("/?#&").find(before[0]) != std::string_view::npos) {
        return absl::OkStatus();
      }
    } else if (before.starts_with("mailto:") || before.starts_with("tel:")) {
      return absl::OkStatus();
    } else if (IsSafeUrl(before) &&
               before.find_first_of("/?#", before.find("//") + 2) != std::string::npos) {
      return absl::OkStatus();
    }
    return Fail(node,
                fmt::format("'{}' may not decide the scheme or the host of a URL", node.path[0]));
  }

  absl::Status AddSection(const Node& node, std::vector<Op>& out) {
    Op op;
    op.kind = node.kind == Node::Kind::kSection ? Op::Kind::kSection : Op::Kind::kInverted;
    SetPath(node.path, op);
    const Variable* variable = nullptr;
    if (!options_.lenient) {
      if (absl::Status status = CheckSection(node, op, variable); !status.ok()) return status;
    }
    const HtmlPlace before = place_;
    const bool positive = op.kind == Op::Kind::kSection;
    const bool list = positive && variable != nullptr && variable->type == Type::kList;
    const bool guard = positive && variable != nullptr && op.choice_of == nullptr;
    if (list) scopes_.push_back(&variable->fields);
    if (guard) guards_.insert(variable);
    absl::Status status = CompileNodes(node.children, op.body);
    if (guard) guards_.erase(guards_.find(variable));
    if (list) scopes_.pop_back();
    if (!status.ok()) return status;
    if (Html() && !(place_ == before)) {
      return Fail(node, fmt::format("section '{}' begins {} and ends {}: close what it opens",
                                    PathText(node.path), before.Describe(), place_.Describe()));
    }
    out.push_back(std::move(op));
    return absl::OkStatus();
  }

  absl::Status CheckSection(const Node& node, Op& op, const Variable*& variable) {
    if (node.path.empty()) return Fail(node, "'.' says nothing to a reader: name the variable");
    const std::string& name = node.path[0];
    variable = Declared(name);
    if (variable == nullptr)
      return Fail(node, fmt::format("undeclared variable '{}'", PathText(node.path)));
    program_.used.insert(name);
    if (variable->type == Type::kChoice) {
      const auto& choices = variable->choices;
      const bool known = node.path.size() == 2 &&
                         (node.path[1] == "other" ||
                          std::find(choices.begin(), choices.end(), node.path[1]) != choices.end());
      if (!known)
        return Fail(node,
                    fmt::format("'{}' is none of the choices of '{}'", PathText(node.path), name));
      op.choice_of = variable;
    } else if (node.path.size() > 1) {
      return Fail(node, fmt::format("'{}' has no fields", name));
    }
    return absl::OkStatus();
  }

  absl::Status AddPartial(const Node& node, std::vector<Op>& out) {
    const SourceFile* found = options_.partials ? options_.partials(node.text) : nullptr;
    if (found == nullptr) {
      return options_.lenient ? absl::OkStatus()
                              : Fail(node, fmt::format("no partial '{}'", node.text));
    }
    const SourceFile file = *found;
    const std::pair<std::string, std::string> key(node.text, node.indent);
    if (options_.lenient) return AddSharedPartial(node, file, key, out);
    if (std::find(open_.begin(), open_.end(), node.text) != open_.end()) {
      return Fail(node, fmt::format("partial '{}' includes itself", node.text));
    }
    if (open_.size() >= static_cast<size_t>(Limits::kDepth)) {
      return Fail(node, fmt::format("partials nest deeper than {}", Limits::kDepth));
    }
    open_.push_back(node.text);
    absl::Status status = CompileFile(file, node.indent, out);
    open_.pop_back();
    return status;
  }

  // Lenient: compiled once for each indentation, and called, for it may call itself.
  absl::Status AddSharedPartial(const Node& node, const SourceFile& file,
                                const std::pair<std::string, std::string>& key,
                                std::vector<Op>& out) {
    auto [at, fresh] = shared_.try_emplace(key, program_.partials.size());
    const size_t index = at->second;
    if (fresh) {
      if (shared_.size() > static_cast<size_t>(Limits::kDepth))
        return Fail(node, "too many partials");
      program_.partials.emplace_back();
      std::vector<Op> ops;
      if (absl::Status status = CompileFile(file, node.indent, ops); !status.ok()) return status;
      program_.partials[index] = std::move(ops);
    }
    Op op;
    op.kind = Op::Kind::kPartial;
    op.partial = index;
    out.push_back(std::move(op));
    return absl::OkStatus();
  }

  const CompileOptions& options_;
  Program program_;
  HtmlPlace place_;
  std::vector<const Schema*> scopes_;
  std::multiset<const Variable*> guards_;
  std::vector<std::string> open_;
  std::map<std::pair<std::string, std::string>, size_t> shared_;
  std::map<std::string, size_t> names_;
  const SourceFile* file_ = nullptr;
  size_t nodes_ = 0;
};

}  // namespace

absl::StatusOr<Program> Compile(const SourceFile& file, const CompileOptions& options) {
  return Compiler(options).Run(file);
}

}  // namespace posthaste::templates
