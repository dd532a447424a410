// Reads composed messages with GMime and compares them with what was composed.
//
// usage: ph_gmime_oracle FILE; records are "key=base64" lines, an empty line after each, as
// email_oracle.py takes them. Prints up to ten differences, then "N messages, D differences"; exits
// 1 if there is any.
//
// GMime drops blanks around header values, names and file names, whether they were encoded or not:
// blanks at either end are not compared. Everything else is, to the byte.
#include <gmime/gmime.h>

#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"

namespace {

using Record = std::map<std::string, std::vector<std::string>>;

// The next record; nothing at the end of the file.
std::optional<Record> Next(std::istream& file) {
  Record record;
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const size_t equals = line.find('=');
    record[line.substr(0, equals)].push_back(
        posthaste::FromBase64(std::string_view(line).substr(equals + 1)).value());
  }
  if (record.empty()) return std::nullopt;
  return record;
}

std::string First(const Record& record, const std::string& key) {
  const auto found = record.find(key);
  return found == record.end() ? "" : found->second.front();
}

const std::vector<std::string>& All(const Record& record, const std::string& key) {
  static const std::vector<std::string> kNone;
  const auto found = record.find(key);
  return found == record.end() ? kNone : found->second;
}

std::string Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

std::string Text(const char* text) { return text == nullptr ? "" : text; }

// What differs, collected.
class Comparison {
 public:
  void Same(std::string_view what, std::string_view read, std::string_view written) {
    if (read == written) return;
    (differences_ += what) += ": read '";
    (differences_ += read.substr(0, 400)) += "' for '";
    (differences_ += written.substr(0, 400)) += "'\n";
  }
  void SameLine(std::string_view what, std::string_view read, std::string_view written) {
    Same(what, Trimmed(read), Trimmed(written));
  }
  const std::string& differences() const { return differences_; }

 private:
  std::string differences_;
};

void CompareAddress(InternetAddressList* list, const Record& record, const std::string& key,
                    Comparison& all) {
  const std::string written = First(record, key + "_written");
  const int count = list == nullptr ? 0 : internet_address_list_length(list);
  all.Same(key + " addresses", std::to_string(count), written.empty() ? "0" : "1");
  if (count != 1) return;
  InternetAddress* const address = internet_address_list_get_address(list, 0);
  if (!INTERNET_ADDRESS_IS_MAILBOX(address)) return all.Same(key, "a group", "a mailbox");
  all.SameLine(key + " name", Text(internet_address_get_name(address)),
               First(record, key + "_name"));
  // GMime shows a domain's A-labels as what they stand for, unless it is asked for them: then it
  // writes all domains so. We write them where the local part is ASCII, else what the caller gave.
  InternetAddressMailbox* const mailbox = INTERNET_ADDRESS_MAILBOX(address);
  const std::string shown = Text(internet_address_mailbox_get_addr(mailbox));
  const std::string ascii = Text(internet_address_mailbox_get_idn_addr(mailbox));
  const std::string mixed =
      shown.substr(0, shown.rfind('@') + 1) + ascii.substr(ascii.rfind('@') + 1);
  all.Same(key, written == ascii || written == mixed ? written : shown, written);
}

void CompareHeader(GMimeMessage* message, const Record& record, Comparison& all) {
  CompareAddress(g_mime_message_get_from(message), record, "from", all);
  CompareAddress(g_mime_message_get_to(message), record, "to", all);
  CompareAddress(g_mime_message_get_reply_to(message), record, "reply_to", all);
  all.SameLine("subject", Text(g_mime_message_get_subject(message)), First(record, "subject"));
  all.Same("message_id", Text(g_mime_message_get_message_id(message)), First(record, "message_id"));
  GDateTime* const date = g_mime_message_get_date(message);
  all.Same("date", date == nullptr ? "none" : std::to_string(g_date_time_to_unix(date)),
           First(record, "date"));
  const auto header = [message](const char* name) {
    return Text(g_mime_object_get_header(GMIME_OBJECT(message), name));
  };
  all.SameLine("label", header("X-Label"), First(record, "label"));
  all.Same("entity_ref_id", header("X-Entity-Ref-ID"), First(record, "entity_ref_id"));
  all.Same("feedback_id", header("Feedback-ID"), First(record, "feedback_id"));
  GMimeObject* const body = g_mime_message_get_mime_part(message);
  all.Same("content_language", Text(g_mime_object_get_header(body, "Content-Language")),
           First(record, "content_language"));
  const std::string url = First(record, "list_unsubscribe");
  all.Same("list_unsubscribe", Trimmed(header("List-Unsubscribe")),
           url.empty() ? "" : "<" + url + ">");
}

std::string TypeOf(GMimePart* part) {
  GMimeContentType* const type = g_mime_object_get_content_type(GMIME_OBJECT(part));
  return Text(g_mime_content_type_get_media_type(type)) + "/" +
         Text(g_mime_content_type_get_media_subtype(type));
}

std::string ContentOf(GMimePart* part) {
  GMimeDataWrapper* const content = g_mime_part_get_content(part);
  if (content == nullptr) return "";
  GMimeStream* const out = g_mime_stream_mem_new();
  g_mime_data_wrapper_write_to_stream(content, out);
  const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
  std::string text(reinterpret_cast<const char*>(bytes->data), bytes->len);
  g_object_unref(out);
  return text;
}

// In the order in which they stand; null at the end.
std::vector<GMimePart*> LeavesOf(GMimeMessage* message) {
  std::vector<GMimePart*> leaves;
  GMimePartIter* const iter = g_mime_part_iter_new(GMIME_OBJECT(message));
  do {
    GMimeObject* const one = g_mime_part_iter_get_current(iter);
    if (one != nullptr && GMIME_IS_PART(one)) leaves.push_back(GMIME_PART(one));
  } while (g_mime_part_iter_next(iter));
  g_mime_part_iter_free(iter);
  return leaves;
}

void CompareAttachment(GMimePart* part, const Record& record, size_t i, Comparison& all) {
  const std::string& id = All(record, "content_id")[i];
  all.SameLine("file name", Text(g_mime_part_get_filename(part)), All(record, "file_name")[i]);
  all.Same("media type", TypeOf(part), All(record, "media_type")[i]);
  all.Same("content id", Text(g_mime_part_get_content_id(part)), id);
  all.Same("disposition", Text(g_mime_object_get_disposition(GMIME_OBJECT(part))),
           id.empty() ? "attachment" : "inline");
  if (ContentOf(part) != All(record, "bytes")[i]) all.Same("attachment", "other bytes", "");
}

void CompareParts(GMimeMessage* message, const Record& record, Comparison& all) {
  const std::vector<GMimePart*> leaves = LeavesOf(message);
  std::vector<std::pair<std::string, std::string>> texts;
  const std::string text = First(record, "text"), html = First(record, "html");
  if (!text.empty() || html.empty()) texts.emplace_back("text/plain", text);
  if (!html.empty()) texts.emplace_back("text/html", html);
  // What the HTML shows stands beside it, before what is attached to the whole.
  std::vector<size_t> order;
  const std::vector<std::string>& ids = All(record, "content_id");
  for (const bool shown : {true, false}) {
    for (size_t i = 0; i < ids.size(); ++i) {
      if (ids[i].empty() != shown) order.push_back(i);
    }
  }
  all.Same("parts", std::to_string(leaves.size()), std::to_string(texts.size() + order.size()));
  if (leaves.size() != texts.size() + order.size()) return;
  for (size_t i = 0; i < texts.size(); ++i) {
    all.Same("type of a text", TypeOf(leaves[i]), texts[i].first);
    const char* const charset =
        g_mime_object_get_content_type_parameter(GMIME_OBJECT(leaves[i]), "charset");
    all.Same("charset", Text(charset), "utf-8");
    all.Same(texts[i].first, ContentOf(leaves[i]), texts[i].second);
  }
  for (size_t i = 0; i < order.size(); ++i)
    CompareAttachment(leaves[texts.size() + i], record, order[i], all);
}

std::string Differences(const Record& record) {
  const std::string eml = First(record, "eml");
  GMimeStream* const stream = g_mime_stream_mem_new_with_buffer(eml.data(), eml.size());
  GMimeParser* const parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage* const message = g_mime_parser_construct_message(parser, nullptr);
  Comparison all;
  if (message == nullptr) {
    all.Same("message", "none", "one");
  } else {
    CompareHeader(message, record, all);
    CompareParts(message, record, all);
    g_object_unref(message);
  }
  g_object_unref(parser);
  g_object_unref(stream);
  return all.differences();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  g_mime_init();
  std::ifstream file(argv[1]);
  int count = 0, different = 0;
  while (const std::optional<Record> record = Next(file)) {
    ++count;
    const std::string differences = Differences(*record);
    if (differences.empty()) continue;
    if (++different <= 10) {
      std::cout << "message " << count << ": " << differences
                << First(*record, "eml").substr(0, 2500) << "\n";
    }
  }
  std::cout << count << " messages, " << different << " differences\n";
  return different > 0 || count == 0 ? 1 : 0;
}
