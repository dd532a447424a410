// The cryptographic primitives that we use, each a function of values over OpenSSL's EVP. The only
// place outside the TLS files that includes OpenSSL.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace posthaste::crypto {

// `size` bytes of RAND_bytes. Ends the process if there is no entropy: nothing sensible can follow.
std::string RandomBytes(size_t size);

std::string Sha256(std::string_view data);                            // 32 bytes, FIPS 180-4.
std::string HmacSha256(std::string_view key, std::string_view data);  // 32 bytes, RFC 2104.

// For CRAM-MD5 (RFC 2195) only, which an operator must ask for. 16 bytes.
std::string HmacMd5(std::string_view key, std::string_view data);

// PBKDF2 with HMAC-SHA-256 (RFC 8018), 32 bytes. About 0.3 µs for each iteration. REQUIRES:
// iterations > 0.
std::string Pbkdf2Sha256(std::string_view password, std::string_view salt, int iterations);

// HMAC-SHA-256 over the fields, each preceded by its length as 4 big-endian bytes, so that no two
// lists of fields collide.
std::string HmacFields(std::string_view key, std::initializer_list<std::string_view> fields);

// Compares in time that depends on the lengths only.
bool EqualConstantTime(std::string_view a, std::string_view b);

// AES-256-GCM (SP 800-38D). `key` 32 bytes, `nonce` 12; the 16-byte tag ends the ciphertext.
std::string GcmSeal(std::string_view key, std::string_view nonce, std::string_view aad,
                    std::string_view plain);
// DATA_LOSS if key, nonce, aad or bytes are not those that were sealed.
absl::StatusOr<std::string> GcmOpen(std::string_view key, std::string_view nonce,
                                    std::string_view aad, std::string_view sealed);

// Overwrites the bytes in a way that is not optimised away, and empties the string.
void Wipe(std::string& bytes);

}  // namespace posthaste::crypto
