#include "tests/support/dialogue.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace posthaste::smtp {
namespace {

using Kind = DialogueLine::Kind;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// "\xe4" in a file stands for that byte.
std::string Unescape(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 3 < text.size() && text[i] == '\\' && text[i + 1] == 'x' &&
        HexValue(text[i + 2]) >= 0 && HexValue(text[i + 3]) >= 0) {
      out += static_cast<char>(HexValue(text[i + 2]) * 16 + HexValue(text[i + 3]));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool IsBracketed(const std::string& text) {
  return text.size() > 2 && text.front() == '<' && text.back() == '>';
}

DialogueLine ParseLine(const std::string& line, int number) {
  if (line.rfind("= ", 0) == 0) return {Kind::kExpect, line.substr(2), number};
  if (line.rfind("@ ", 0) == 0) return {Kind::kSetting, line.substr(2), number};
  const bool server = line.rfind("S: ", 0) == 0;
  if (!server && line.rfind("C: ", 0) != 0) {
    throw std::runtime_error("line begins with none of S:, C:, =, @, #");
  }
  const std::string text = line.substr(3);
  if (IsBracketed(text)) {
    return {server ? Kind::kEvent : Kind::kAct, text.substr(1, text.size() - 2), number};
  }
  // "<drip 10s> 220 hello": an event that has text with it.
  if (server && text.front() == '<') return {Kind::kEvent, Unescape(text.substr(1)), number};
  if (!server && text == ".") return {Kind::kAct, text, number};
  return {server ? Kind::kServer : Kind::kClient, Unescape(text), number};
}

}  // namespace

Dialogue ParseDialogue(const std::string& text) {
  std::istringstream in(text);
  Dialogue dialogue;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (number == 1) {
      if (line.rfind("# ", 0) != 0) throw std::runtime_error("no comment on top");
      dialogue.comment = line.substr(2);
    } else if (!line.empty() && line[0] != '#') {
      try {
        dialogue.lines.push_back(ParseLine(line, number));
      } catch (const std::runtime_error& error) {
        throw std::runtime_error("line " + std::to_string(number) + ": " + error.what());
      }
    }
  }
  if (dialogue.lines.empty()) throw std::runtime_error("no dialogue");
  return dialogue;
}

Dialogue ReadDialogue(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  try {
    Dialogue dialogue = ParseDialogue(text.str());
    dialogue.name = std::filesystem::path(path).stem().string();
    return dialogue;
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

std::vector<Dialogue> AllDialogues() {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PH_SOURCE_DIR) + "/tests/dialogues")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Dialogue> dialogues;
  for (const std::string& path : paths) dialogues.push_back(ReadDialogue(path));
  return dialogues;
}

std::vector<std::string> Words(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace posthaste::smtp
