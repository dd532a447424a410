#include "tests/bench/render_peers.h"

#include <ctemplate/template.h>
#include <gmime/gmime.h>

#include <kainjow/mustache.hpp>
#include <memory>

namespace posthaste {
namespace {

// {{name}} as ctemplate escapes it.
std::string ForCtemplate(const PeerPart& part) {
  std::string text = part.text;
  for (const auto& [name, value] : part.values) {
    const std::string tag = "{{" + name + "}}", escaped = "{{" + name + ":h}}";
    for (size_t at = text.find(tag); part.html && at != std::string::npos; at = text.find(tag, at))
      text.replace(at, tag.size(), escaped);
  }
  return text;
}

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

Owned<GMimePart> Part(const char* subtype, const std::string& text) {
  Owned<GMimePart> part(g_mime_part_new_with_type("text", subtype));
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
  const Owned<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part.get(), content.get());
  g_mime_part_set_content_encoding(part.get(), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
  return part;
}

}  // namespace

std::function<std::string()> WithCtemplate(const PeerPart& part) {
  static int parts = 0;
  const std::string key = "part " + std::to_string(++parts);
  ctemplate::StringToTemplateCache(key, ForCtemplate(part), ctemplate::DO_NOT_STRIP);
  return [key, &part] {
    ctemplate::TemplateDictionary dictionary("mail");
    for (const auto& [name, value] : part.values) dictionary.SetValue(name, value);
    std::string out;
    ctemplate::ExpandTemplate(key, ctemplate::DO_NOT_STRIP, &dictionary, &out);
    return out;
  };
}

std::function<std::string()> WithKainjow(const PeerPart& part) {
  auto compiled = std::make_shared<kainjow::mustache::mustache>(part.text);
  if (!part.html) compiled->set_custom_escape([](const std::string& text) { return text; });
  return [compiled, &part] {
    kainjow::mustache::data data;
    for (const auto& [name, value] : part.values) data.set(name, value);
    return compiled->render(data);
  };
}

std::string ComposedByGMime(const smtp::Message& message) {
  static const bool ready = (g_mime_init(), true);
  static_cast<void>(ready);
  const Owned<GMimeMessage> mail(g_mime_message_new(TRUE));
  g_mime_message_add_mailbox(mail.get(), GMIME_ADDRESS_TYPE_FROM, message.from.name.c_str(),
                             message.from.mailbox.c_str());
  g_mime_message_add_mailbox(mail.get(), GMIME_ADDRESS_TYPE_TO, message.to.name.c_str(),
                             message.to.mailbox.c_str());
  g_mime_message_set_subject(mail.get(), message.subject.c_str(), "utf-8");
  g_mime_message_set_message_id(mail.get(), message.message_id.c_str());
  GDateTime* const date = g_date_time_new_from_unix_utc(absl::ToUnixSeconds(message.date));
  g_mime_message_set_date(mail.get(), date);
  g_date_time_unref(date);
  const Owned<GMimeMultipart> both(g_mime_multipart_new_with_subtype("alternative"));
  for (const auto& part : {Part("plain", message.text), Part("html", message.html)}) {
    g_mime_multipart_add(both.get(), GMIME_OBJECT(part.get()));
  }
  g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(both.get()));
  GMimeFormatOptions* const format = g_mime_format_options_new();
  g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
  const Owned<GMimeStream> out(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(mail.get()), format, out.get());
  g_mime_format_options_free(format);
  const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
  return std::string(reinterpret_cast<const char*>(bytes->data), bytes->len);
}

}  // namespace posthaste
