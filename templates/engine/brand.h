// The tenant's name and colours: variables that every template may use beside its own, always
// there.
//
//   product_name     string  who writes, "Acme"
//   logo_text        string  stands at the top; product_name if not given
//   logo_image       list    the picture to stand there instead: one item with logo_url (cid:…),
//                            logo_width and logo_height, in pixels; none if the tenant has none
//   product_url      url     where the logo leads; no link if not given
//   accent_color     color   of the line at the top and of the button
//   support_contact  string  an address or a page, shown as text; left out if not given
//   company_address  string  the sender's postal address, at the bottom; left out if not given
//   site_domain      domain  binds the code to the site for autofill (`@example.com #123456`); left
//   out if not given
#pragma once

#include <string>

#include "templates/engine/schema.h"
#include "templates/engine/value.h"

namespace posthaste::templates {

const Schema& BrandSchema();

// `brand` with the defaults for what it does not give. Unchecked: see Check(BrandSchema(), brand).
Value CompleteBrand(const Value& brand);

// A tenant like any other, without a picture: for skeletons and previews.
const Value& SampleBrand();

// The same with a picture, which the mail would carry under kSampleLogoUrl: nobody writes that by
// hand, so lint knows the logo by it.
const Value& SampleBrandWithLogo();
inline constexpr char kSampleLogoUrl[] = "cid:logo-of-the-sample";

// What `logo_image` is for a picture that the mail carries and shows so large. An empty `url`: for
// none.
Value LogoImage(const std::string& url, int width, int height);

// What the engine itself adds, before the brand: `lang` ("en") and `dir` ("ltr", "rtl") of the
// template's locale.
const Schema& SystemSchema();

}  // namespace posthaste::templates
