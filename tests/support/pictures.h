// Pictures whose heads tell a size; behind it stands what no program compresses.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace posthaste {

// `bytes` in all, at the least the head. The same each time.
inline std::string Filled(std::string head, size_t bytes) {
  std::mt19937 random(20'261);  // NOLINT: the same each time.
  while (head.size() < bytes) head.push_back(static_cast<char>(random() & 0xFF));
  return head;
}

inline std::string BigEndian(int number, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(number >> 8 * i));
  return out;
}

inline std::string PngOf(int width, int height, size_t bytes = 0) {
  return Filled(std::string("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", 16) + BigEndian(width, 4) +
                    BigEndian(height, 4) + std::string("\x08\x06\0\0\0", 5),
                bytes);
}

// With an application's segment, padding and tables before the frame.
inline std::string JpegOf(int width, int height, size_t bytes = 0) {
  return Filled(std::string("\xFF\xD8\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 20) +
                    std::string("\xFF\xFF\xC4\0\x04\1\2", 7) +
                    std::string("\xFF\xC2\0\x11\x08", 5) + BigEndian(height, 2) +
                    BigEndian(width, 2) + "\3",
                bytes);
}

inline std::string GifOf(int width, int height, size_t bytes = 0) {
  const std::string w = BigEndian(width, 2), h = BigEndian(height, 2);
  return Filled(std::string("GIF89a") + w[1] + w[0] + h[1] + h[0] + std::string("\xF7\0\0", 3),
                bytes);
}

}  // namespace posthaste
