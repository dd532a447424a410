#include "templates/engine/render.h"

#include <fmt/format.h>

#include <string_view>

#include "templates/engine/escape.h"

namespace posthaste::templates {
namespace {

class Renderer {
 public:
  Renderer(const Program& program, const std::vector<const Value*>& contexts, const Reader& reader)
      : program_(program), stack_(contexts), reader_(reader) {
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
  const Value* Find(const std::vector<std::string>& path) const {
    if (path.empty()) return stack_.empty() ? nullptr : stack_.back();
    const Value* value = nullptr;
    for (auto at = stack_.rbegin(); at != stack_.rend() && value == nullptr; ++at) {
      value = (*at)->Find(path[0]);
    }
    for (size_t i = 1; i < path.size() && value != nullptr; ++i) value = value->Find(path[i]);
    return value;
  }

  absl::Status Fail(const Op& op, std::string_view fault) const {
    return absl::InvalidArgumentError(fmt::format("{}: {}", PathText(op.path), fault));
  }

  absl::Status Write(const Op& op) {
    const Value* value = Find(op.path);
    if (program_.lenient) {
      if (value == nullptr) return absl::OkStatus();
      const absl::StatusOr<std::string> text = Format(op.formatter, *value, reader_);
      if (!text.ok()) return Fail(op, std::string(text.status().message()));
      if (op.slot == Slot::kHtml) {
        AppendHtml(*text, out_);
      } else {
        out_ += *text;
      }
      return absl::OkStatus();
    }
    if (value == nullptr || value->is_null()) return Fail(op, "is missing");
    absl::Status status;
    if (op.formatter == Formatter::kNone && value->string() != nullptr) {
      status = AppendEscaped(op.slot, *value->string(), out_);
    } else {
      const absl::StatusOr<std::string> text = Format(op.formatter, *value, reader_);
      status = text.ok() ? AppendEscaped(op.slot, *text, out_) : text.status();
    }
    return status.ok() ? status : Fail(op, std::string(status.message()));
  }

  absl::Status Section(const Op& op) {
    if (op.choice_of != nullptr) {
      const bool chosen = IsChosen(*op.choice_of, Find({op.path[0]}), op.path[1]);
      return chosen == (op.kind == Op::Kind::kSection) ? Execute(op.body) : absl::OkStatus();
    }
    const Value* value = Find(op.path);
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
  const Reader& reader_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

absl::StatusOr<std::string> Render(const Program& program,
                                   const std::vector<const Value*>& contexts,
                                   const Reader& reader) {
  return Renderer(program, contexts, reader).Run();
}

}  // namespace posthaste::templates
