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

Variable Required(Type type, Value sample, std::string description) {
  Variable variable = Optional(type, std::move(sample), std::move(description));
  variable.required = true;
  return variable;
}

Variable LogoVariable() {
  Variable logo = Optional(Type::kList, LogoImage(kSampleLogoUrl, 120, 32),
                           "The picture at the top: one item, or none.");
  logo.fields = {{"logo_url", Required(Type::kUrl, kSampleLogoUrl, "Where the mail carries it.")},
                 {"logo_width", Required(Type::kNumber, 120, "As it is shown, in pixels.")},
                 {"logo_height", Required(Type::kNumber, 32, "As it is shown, in pixels.")}};
  return logo;
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
      {"logo_image", LogoVariable()},
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
    fields.erase("logo_image");
    return new Value(Value::Object(std::move(fields)));
  }();
  return *kBrand;
}

const Value& SampleBrandWithLogo() {
  static const Value* const kBrand = [] {
    Value::Fields fields = *SampleBrand().object();
    fields["logo_image"] = BrandSchema().at("logo_image").sample;
    return new Value(Value::Object(std::move(fields)));
  }();
  return *kBrand;
}

Value LogoImage(const std::string& url, int width, int height) {
  if (url.empty()) return Value::List({});
  return Value::List(
      {Value::Object({{"logo_url", url}, {"logo_width", width}, {"logo_height", height}})});
}

const Schema& SystemSchema() {
  static const Schema* const kSchema =
      new Schema{{"lang", Always(Type::kString, "en", "The locale.")},
                 {"dir", Always(Type::kString, "ltr", "The direction.")}};
  return *kSchema;
}

}  // namespace posthaste::templates
