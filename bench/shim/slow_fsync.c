// A slow disk: loaded before a program's libraries, it makes each fsync and fdatasync of it wait
// DELAY_US microseconds more. What still is fast owes that to grouping, not to the disk.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int after_delay(const char *name, int file) {
  const char *delay = getenv("DELAY_US");
  if (delay) usleep((useconds_t)atoi(delay));
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return sync(file);
}

int fsync(int file) { return after_delay("fsync", file); }
int fdatasync(int file) { return after_delay("fdatasync", file); }
