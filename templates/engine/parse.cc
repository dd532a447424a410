#include "templates/engine/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

namespace posthaste::templates {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(text.front())) text.remove_prefix(1);
  while (!text.empty() && absl::ascii_isspace(text.back())) text.remove_suffix(1);
  return text;
}

bool HasSpace(std::string_view text) {
  return text.find_first_of(" \t\r\n") != std::string_view::npos;
}

std::string Indented(std::string_view source, std::string_view indent) {
  if (indent.empty()) return std::string(source);
  std::string out;
  out.reserve(source.size() * 2);
  while (!source.empty()) {
    const size_t end = source.find('\n');
    const std::string_view line =
        source.substr(0, end == std::string_view::npos ? source.size() : end + 1);
    if (line != "\n" && line != "\r\n") out += indent;  // No trailing blanks on empty lines.
    out += line;
    source.remove_prefix(line.size());
  }
  return out;
}

// One tag as it was found: [begin, end) in the source, sigil 0 for a plain variable.
struct Tag {
  size_t begin = 0;
  size_t end = 0;
  char sigil = 0;
  std::string_view content;
};

class Parser {
 public:
  Parser(std::string_view file, std::string_view source, size_t indent)
      : file_(file), source_(source), indent_(indent) {
    levels_.emplace_back();
  }

  absl::StatusOr<std::vector<Node>> Run() {
    while (true) {
      const size_t open = source_.find(open_, at_);
      if (open == std::string_view::npos) break;
      Tag tag;
      if (absl::Status status = ReadTag(open, tag); !status.ok()) return status;
      if (absl::Status status = Take(tag); !status.ok()) return status;
    }
    AddText(source_.size());
    if (levels_.size() > 1) {
      const Node& section = levels_.back().section;
      return ErrorAt(file_, section.place,
                     fmt::format("section '{}' is never closed", PathText(section.path)));
    }
    return std::move(levels_.front().nodes);
  }

 private:
  struct Level {
    Node section;  // Unused in the outermost.
    std::vector<Node> nodes;
  };

  Place PlaceOf(size_t offset) {
    for (; counted_ < offset; ++counted_) {
      if (source_[counted_] != '\n') continue;
      ++line_;
      line_start_ = counted_ + 1;
    }
    const size_t column = offset - line_start_;
    return {line_, static_cast<int>(column >= indent_ ? column - indent_ : column) + 1};
  }

  absl::Status Fail(size_t offset, std::string_view message) {
    return ErrorAt(file_, PlaceOf(offset), message);
  }

  void AddText(size_t until) {
    if (until > at_) {
      Node node;
      node.place = PlaceOf(at_);
      node.text = std::string(source_.substr(at_, until - at_));
      levels_.back().nodes.push_back(std::move(node));
    }
    at_ = until;
  }

  absl::Status ReadTag(size_t open, Tag& tag) {
    tag.begin = open;
    const size_t start = open + open_.size();
    const char first = start < source_.size() ? source_[start] : '\0';
    std::string close = close_;
    if (first == '{') close = "}" + close_;
    if (first == '=') close = "=" + close_;
    const bool sigil =
        first != '\0' && std::string_view("#^/>!&={").find(first) != std::string_view::npos;
    const size_t content = start + (sigil ? 1 : 0);
    const size_t end = source_.find(close, content);
    if (end == std::string_view::npos) return Fail(open, "tag is never closed");
    tag.sigil = sigil ? first : '\0';
    tag.content = Trim(source_.substr(content, end - content));
    tag.end = end + close.size();
    return absl::OkStatus();
  }

  // A tag alone on its line takes the line with it. `indent` becomes the blanks before it.
  bool Standalone(const Tag& tag, size_t& line_begin, size_t& line_end) const {
    line_begin = tag.begin;
    while (line_begin > 0 && (source_[line_begin - 1] == ' ' || source_[line_begin - 1] == '\t')) {
      --line_begin;
    }
    if (line_begin > 0 && source_[line_begin - 1] != '\n') return false;
    line_end = tag.end;
    while (line_end < source_.size() && (source_[line_end] == ' ' || source_[line_end] == '\t')) {
      ++line_end;
    }
    if (line_end == source_.size()) return true;
    if (source_.substr(line_end).starts_with("\r\n")) ++line_end;
    if (source_[line_end] != '\n') return false;
    ++line_end;
    return true;
  }

  absl::Status Take(const Tag& tag) {
    const bool inlined = tag.sigil == 0 || tag.sigil == '&' || tag.sigil == '{';
    size_t line_begin = 0;
    size_t line_end = 0;
    const bool standalone = !inlined && Standalone(tag, line_begin, line_end);
    AddText(standalone ? line_begin : tag.begin);
    at_ = standalone ? line_end : tag.end;
    switch (tag.sigil) {
      case '!':
        return absl::OkStatus();
      case '=':
        return SetDelimiters(tag);
      case '#':
      case '^':
        return Open(tag);
      case '/':
        return Close(tag);
      case '>':
        return AddPartial(tag,
                          standalone ? source_.substr(line_begin, tag.begin - line_begin) : "");
      default:
        return AddVariable(tag);
    }
  }

  absl::Status SetDelimiters(const Tag& tag) {
    const size_t gap = tag.content.find_first_of(" \t\r\n");
    const std::string_view open = tag.content.substr(0, gap);
    const std::string_view close =
        gap == std::string_view::npos ? std::string_view() : Trim(tag.content.substr(gap));
    if (open.empty() || close.empty() || HasSpace(close) ||
        tag.content.find('=') != std::string_view::npos) {
      return Fail(tag.begin, "delimiters are two words without '='");
    }
    open_ = std::string(open);
    close_ = std::string(close);
    return absl::OkStatus();
  }

  absl::Status ReadPath(const Tag& tag, std::string_view name, std::vector<std::string>& path) {
    if (name == ".") return absl::OkStatus();
    if (name.empty()) return Fail(tag.begin, "tag without a name");
    std::string_view rest = name;
    while (true) {
      const size_t dot = rest.find('.');
      const std::string_view part = rest.substr(0, dot);
      if (part.empty() || HasSpace(part)) {
        return Fail(tag.begin, fmt::format("'{}' is no name", name));
      }
      path.emplace_back(part);
      if (dot == std::string_view::npos) return absl::OkStatus();
      rest.remove_prefix(dot + 1);
    }
  }

  absl::Status AddVariable(const Tag& tag) {
    Node node;
    node.kind = Node::Kind::kVariable;
    node.place = PlaceOf(tag.begin);
    node.raw = tag.sigil != 0;
    std::string_view name = tag.content;
    if (const size_t bar = name.find('|'); bar != std::string_view::npos) {
      node.formatter = std::string(Trim(name.substr(bar + 1)));
      name = Trim(name.substr(0, bar));
      if (node.formatter.empty()) return Fail(tag.begin, "no formatter after '|'");
    }
    if (absl::Status status = ReadPath(tag, name, node.path); !status.ok()) return status;
    levels_.back().nodes.push_back(std::move(node));
    return absl::OkStatus();
  }

  absl::Status AddPartial(const Tag& tag, std::string_view indent) {
    if (tag.content.empty() || HasSpace(tag.content))
      return Fail(tag.begin, "partial without a name");
    Node node;
    node.kind = Node::Kind::kPartial;
    node.place = PlaceOf(tag.begin);
    node.text = std::string(tag.content);
    node.indent = std::string(indent);
    levels_.back().nodes.push_back(std::move(node));
    return absl::OkStatus();
  }

  absl::Status Open(const Tag& tag) {
    if (levels_.size() >= static_cast<size_t>(Limits::kDepth)) {
      return Fail(tag.begin, fmt::format("sections nest deeper than {}", Limits::kDepth));
    }
    Level level;
    level.section.kind = tag.sigil == '#' ? Node::Kind::kSection : Node::Kind::kInverted;
    level.section.place = PlaceOf(tag.begin);
    if (absl::Status status = ReadPath(tag, tag.content, level.section.path); !status.ok())
      return status;
    levels_.push_back(std::move(level));
    return absl::OkStatus();
  }

  absl::Status Close(const Tag& tag) {
    std::vector<std::string> path;
    if (absl::Status status = ReadPath(tag, tag.content, path); !status.ok()) return status;
    if (levels_.size() == 1) {
      return Fail(tag.begin, fmt::format("'{}' is closed but was never opened", PathText(path)));
    }
    Level level = std::move(levels_.back());
    levels_.pop_back();
    if (level.section.path != path) {
      return Fail(tag.begin, fmt::format("'{}' closes section '{}' of line {}", PathText(path),
                                         PathText(level.section.path), level.section.place.line));
    }
    level.section.children = std::move(level.nodes);
    levels_.back().nodes.push_back(std::move(level.section));
    return absl::OkStatus();
  }

  const std::string_view file_;
  const std::string_view source_;
  const size_t indent_;
  std::string open_ = "{{";
  std::string close_ = "}}";
  std::vector<Level> levels_;
  size_t at_ = 0;  // The first byte that no node covers yet.
  size_t counted_ = 0;
  size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace

absl::Status ErrorAt(std::string_view file, Place place, std::string_view message) {
  return absl::InvalidArgumentError(
      fmt::format("{}:{}:{}: {}", file, place.line, place.column, message));
}

std::string PathText(const std::vector<std::string>& path) {
  return path.empty() ? "." : fmt::format("{}", fmt::join(path, "."));
}

absl::StatusOr<std::vector<Node>> Parse(std::string_view file, std::string_view source,
                                        std::string_view indent) {
  if (source.size() > Limits::kSourceBytes) {
    return ErrorAt(file, {}, fmt::format("file is larger than {} bytes", Limits::kSourceBytes));
  }
  const std::string text = Indented(source, indent);
  return Parser(file, text, indent.size()).Run();
}

}  // namespace posthaste::templates
