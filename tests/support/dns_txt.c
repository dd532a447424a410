/* Answers a program's DNS queries for TXT from a file, so that a verifier needs no name server:
 * preloaded, it stands for the C library's res_nquery. PH_DNS_TXT names the file: "name value" a
 * line. */
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { kLine = 4096, kString = 255, kHeader = 12, kTxt = 16 };

static int Put16(unsigned char* out, unsigned value) {
  out[0] = (unsigned char)(value >> 8);
  out[1] = (unsigned char)value;
  return 2;
}

static int PutName(unsigned char* out, const char* name) {
  int size = 0;
  while (*name != '\0') {
    const int label = (int)strcspn(name, ".");
    out[size++] = (unsigned char)label;
    memcpy(out + size, name, (size_t)label);
    size += label;
    name += label + (name[label] == '.');
  }
  out[size++] = 0;
  return size;
}

/* The value of `name`, or null. */
static const char* Find(const char* name, char* line) {
  FILE* const file = fopen(getenv("PH_DNS_TXT"), "r");
  const char* found = NULL;
  while (file != NULL && found == NULL && fgets(line, kLine, file) != NULL) {
    char* const space = strchr(line, ' ');
    line[strcspn(line, "\n")] = '\0';
    if (space == NULL) continue;
    *space = '\0';
    if (strcasecmp(line, name) == 0) found = space + 1;
  }
  if (file != NULL) fclose(file);
  return found;
}

int res_nquery(res_state state, const char* name, int class, int type, unsigned char* answer,
               int size) {
  char line[kLine];
  const char* const text = type == kTxt ? Find(name, line) : NULL;
  (void)state;
  if (text == NULL || size < kHeader + (int)strlen(name) + (int)strlen(text) + 64) {
    h_errno = HOST_NOT_FOUND;
    return -1;
  }
  memset(answer, 0, kHeader);
  Put16(answer + 2, 0x8180);
  Put16(answer + 4, 1);
  Put16(answer + 6, 1);
  int at = kHeader;
  at += PutName(answer + at, name);
  at += Put16(answer + at, (unsigned)type);
  at += Put16(answer + at, (unsigned)class);
  at += Put16(answer + at, 0xC000 | kHeader);
  at += Put16(answer + at, (unsigned)type);
  at += Put16(answer + at, (unsigned)class);
  at += Put16(answer + at, 0);
  at += Put16(answer + at, 60);
  const int length_at = at;
  at += 2;
  for (size_t left = strlen(text), done = 0; left > 0;) {
    const size_t part = left < kString ? left : kString;
    answer[at++] = (unsigned char)part;
    memcpy(answer + at, text + done, part);
    at += (int)part;
    done += part;
    left -= part;
  }
  Put16(answer + length_at, (unsigned)(at - length_at - 2));
  return at;
}
