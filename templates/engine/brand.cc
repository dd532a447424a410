#include "templates/engine/brand.h"

#include <utility>

namespace posthaste::templates {
namespace {

Variable Optional(Type type, Value sample, std::string description) {
  Variable variable;
  variable.type = type;
  variable.sample = std::move(sample);
  variable.description = std::move(description);
  return variable;
}

Variable Always(Type type, Value sample, std::string description) {
  Variable variable = Optional(type, std::move(sample), std::move(description));
  variable.has_default = true;
  return variable;
}

}  // namespace

const Schema& BrandSchema() {
  static const Schema* const kSchema = new Schema{
      {"product_name", Always(Type::kString, "Posthaste", "Who writes.")},
      {"logo_text", Always(Type::kString, "Posthaste", "Stands at the top.")},
      {"accent_color",
       Always(Type::kColor, "#3b5bdb", "Of the line at the top and of the button.")},
      {"product_url", Optional(Type::kUrl, "https://example.com/", "Where the logo leads.")},
      {"support_contact", Optional(Type::kString, "support@example.com", "An address or a page.")},
      {"company_address", Optional(Type::kString, "Example Ltd, 1 High Street, London",
                                   "The sender's postal address.")},
      {"site_domain",
       Optional(Type::kDomain, "example.com", "Binds the code to the site for autofill.")}};
  return *kSchema;
}

Value CompleteBrand(const Value& brand) {
  Value::Fields fields;
  if (brand.object() != nullptr) fields = *brand.object();
  const auto absent = [&fields](const char* name) {
    const auto found = fields.find(name);
    return found == fields.end() || !found->second.Truthy();
  };
  if (absent("product_name")) fields["product_name"] = BrandSchema().at("product_name").sample;
  if (absent("logo_text")) fields["logo_text"] = fields["product_name"];
  if (absent("accent_color")) fields["accent_color"] = BrandSchema().at("accent_color").sample;
  return Value::Object(std::move(fields));
}

const Value& SampleBrand() {
  static const Value* const kBrand = [] {
    Value::Fields fields;
    for (const auto& [name, variable] : BrandSchema()) fields[name] = variable.sample;
    return new Value(Value::Object(std::move(fields)));
  }();
  return *kBrand;
}

const Schema& SystemSchema() {
  static const Schema* const kSchema =
      new Schema{{"lang", Always(Type::kString, "en", "The locale.")},
                 {"dir", Always(Type::kString, "ltr", "The direction.")}};
  return *kSchema;
}

}  // namespace posthaste::templates
