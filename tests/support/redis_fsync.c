// Loaded into redis-server (LD_PRELOAD): notes in the table PH_SYNC_FILE how long each file was
// when it was last synced, so that after kill -9 a test can cut away what a power failure would
// have taken. Keyed by inode: files are renamed after a sync.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct Row {
  uint64_t inode;  // 0: the row is free.
  uint64_t bytes;
};
enum { kRows = 256 };

static struct Row* rows;

__attribute__((constructor)) static void Map(void) {
  const char* path = getenv("PH_SYNC_FILE");
  const int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
  void* memory =
      fd >= 0 ? mmap(NULL, kRows * sizeof(struct Row), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
              : MAP_FAILED;
  if (memory != MAP_FAILED) rows = memory;
  if (fd >= 0) close(fd);
}

// The length is taken before the call: what another thread appends meanwhile is not covered by it.
static int Sync(int fd, long call) {
  struct stat file;
  const int known = rows != NULL && fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
  const long error = syscall(call, fd);
  if (error != 0 || !known) return (int)error;
  for (int i = 0; i < kRows; ++i) {
    uint64_t expected = 0;
    if (__atomic_compare_exchange_n(&rows[i].inode, &expected, file.st_ino, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST) ||
        expected == file.st_ino) {
      __atomic_store_n(&rows[i].bytes, (uint64_t)file.st_size, __ATOMIC_SEQ_CST);
      return 0;
    }
  }
  abort();  // A full table would make a test cut too much.
}

int fdatasync(int fd) { return Sync(fd, SYS_fdatasync); }
int fsync(int fd) { return Sync(fd, SYS_fsync); }
