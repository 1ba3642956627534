#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <sys/syscall.h>
#include <unistd.h>

// glibc declares sync_file_range for GNU sources only, which a Swift module does not see.
// Dirty pages of the whole file start on their way to the disk; nothing is waited for. SYNC_FILE_RANGE_WRITE is 2.
static inline int clinux_start_writeback(int descriptor) {
#ifdef SYS_sync_file_range
  return (int)syscall(SYS_sync_file_range, descriptor, 0L, 0L, 2U);
#else
  return -1;
#endif
}

#endif
