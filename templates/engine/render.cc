#include "templates/engine/render.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "templates/engine/escape.h"

namespace posthaste::templates {
namespace {

class Renderer {
 public:
  Renderer(const Program& program, const std::vector<const Value*>& contexts, Writer& writer)
      : program_(program),
        stack_(contexts),
        outer_(contexts.size()),
        found_(program.names),
        writer_(writer) {
    out_.reserve(8192);
  }

  absl::StatusOr<std::string> Run() {
    if (absl::Status status = Execute(program_.ops); !status.ok()) return status;
    return std::move(out_);
  }

 private:
  absl::Status Execute(const std::vector<Op>& ops) {
    if (++depth_ > 4 * Limits::kDepth)
      return absl::ResourceExhaustedError("template nests too deeply");
    for (const Op& op : ops) {
      absl::Status status;
      switch (op.kind) {
        case Op::Kind::kText:
          out_ += op.text;
          break;
        case Op::Kind::kVariable:
          status = Write(op);
          break;
        case Op::Kind::kPartial:
          status = Execute(program_.partials[op.partial]);
          break;
        default:
          status = Section(op);
      }
      if (!status.ok()) return status;
      if (out_.size() > Limits::kOutputBytes) {
        return absl::ResourceExhaustedError(
            fmt::format("the rendering passes {} bytes", Limits::kOutputBytes));
      }
    }
    --depth_;
    return absl::OkStatus();
  }

  // The first part is looked for from the innermost context outwards, the rest only within what was
  // found.
  const Value* Find(const Op& op) {
    if (op.path.empty()) return stack_.empty() ? nullptr : stack_.back();
    const Value* value = FindFirst(op);
    for (size_t i = 1; i < op.path.size() && value != nullptr; ++i) value = value->Find(op.path[i]);
    return value;
  }

  const Value* FindFirst(const Op& op) {
    for (size_t at = stack_.size(); at > outer_; --at) {
      if (const Value* const value = stack_[at - 1]->Find(op.path[0])) return value;
    }
    std::optional<const Value*>& known = found_[op.name];
    if (!known) {
      known = nullptr;
      for (size_t at = outer_; at > 0 && *known == nullptr; --at)
        known = stack_[at - 1]->Find(op.path[0]);
    }
    return *known;
  }

  absl::Status Fail(const Op& op, std::string_view fault) const {
    return absl::InvalidArgumentError(fmt::format("{}: {}", PathText(op.path), fault));
  }

  absl::Status Write(const Op& op) {
    const Value* value = Find(op);
    if (program_.lenient) {
      if (value == nullptr) return absl::OkStatus();
      const absl::StatusOr<std::string_view> text = writer_.Write(op.formatter, *value);
      if (!text.ok()) return Fail(op, std::string(text.status().message()));
      if (op.slot == Slot::kHtml) {
        AppendHtml(*text, out_);
      } else {
        out_ += *text;
      }
      return absl::OkStatus();
    }
    if (value == nullptr || value->is_null()) return Fail(op, "is missing");
    const absl::StatusOr<std::string_view> text = writer_.Write(op.formatter, *value);
    const absl::Status status = text.ok() ? AppendEscaped(op.slot, *text, out_) : text.status();
    return status.ok() ? status : Fail(op, std::string(status.message()));
  }

  absl::Status Section(const Op& op) {
    if (op.choice_of != nullptr) {
      const bool chosen = IsChosen(*op.choice_of, FindFirst(op), op.path[1]);
      return chosen == (op.kind == Op::Kind::kSection) ? Execute(op.body) : absl::OkStatus();
    }
    const Value* value = Find(op);
    const bool truthy = value != nullptr && value->Truthy();
    if (op.kind == Op::Kind::kInverted) return truthy ? absl::OkStatus() : Execute(op.body);
    if (!truthy) return absl::OkStatus();
    const Value::Items* items = value->list();
    if (items == nullptr) return ExecuteWith(*value, op.body);
    for (const Value& item : *items) {
      if (absl::Status status = ExecuteWith(item, op.body); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ExecuteWith(const Value& context, const std::vector<Op>& body) {
    stack_.push_back(&context);
    absl::Status status = Execute(body);
    stack_.pop_back();
    return status;
  }

  const Program& program_;
  std::vector<const Value*> stack_;
  const size_t outer_;  // Of them were given; the rest are of open sections.
  // What each name means in the contexts that were given: looked for once, for a mail says its
  // product's name a dozen times.
  std::vector<std::optional<const Value*>> found_;
  Writer& writer_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

absl::StatusOr<std::string> Render(const Program& program,
                                   const std::vector<const Value*>& contexts, Writer& writer) {
  return Renderer(program, contexts, writer).Run();
}

}  // namespace posthaste::templates
