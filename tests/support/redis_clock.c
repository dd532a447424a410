// Loaded into redis-server (LD_PRELOAD): adds to its wall clock the microseconds that stand in the
// file PH_CLOCK_FILE, so that a test moves TIME and every PX together. System calls rather than
// dlsym, which allocates before jemalloc is ready.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* offset;

__attribute__((constructor)) static void Map(void) {
  const char* path = getenv("PH_CLOCK_FILE");
  const int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void* memory = fd >= 0 ? mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (memory != MAP_FAILED) offset = memory;
  if (fd >= 0) close(fd);
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  const long error = syscall(SYS_clock_gettime, clock, time);
  if (error == 0 && clock == CLOCK_REALTIME && offset != NULL) {
    const int64_t micros = time->tv_sec * 1000000LL + time->tv_nsec / 1000 + *offset;
    time->tv_sec = micros / 1000000;
    time->tv_nsec = micros % 1000000 * 1000 + time->tv_nsec % 1000;
  }
  return (int)error;
}

int gettimeofday(struct timeval* restrict time, void* restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}
