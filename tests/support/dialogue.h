// An SMTP dialogue kept as a text file: what tests/dialogues/README.md describes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace posthaste::smtp {

struct DialogueLine {
  enum class Kind {
    kServer,   // "S: text": a line of a reply.
    kEvent,    // "S: <word …>": something else that the relay does.
    kClient,   // "C: text": a command.
    kAct,      // "C: <word>" and "C: .": something else that the client does.
    kExpect,   // "= words": what the attempt that ends here must be.
    kSetting,  // "@ words": how the client is set up from here on.
  };
  Kind kind;
  std::string text;  // Without the prefix; of events and acts, without the angle brackets.
  int number;        // In the file.
};

struct Dialogue {
  std::string name;     // The file's, without ".txt".
  std::string comment;  // Its first line.
  std::vector<DialogueLine> lines;
};

// Throws std::runtime_error with the line if `text` is no dialogue.
Dialogue ParseDialogue(const std::string& text);

// The same for a file, which the error names.
Dialogue ReadDialogue(const std::string& path);

// Every dialogue in tests/dialogues, by name.
std::vector<Dialogue> AllDialogues();

// "a b c" as {"a", "b", "c"}.
std::vector<std::string> Words(std::string_view text);

}  // namespace posthaste::smtp
