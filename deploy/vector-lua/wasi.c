/* WASI preview 1 as far as the filter uses it (https://github.com/WebAssembly/WASI, preview1 witx). Paths are relative to
 * a folder and never leave it; every address is checked against the memory. A call that is missing here is answered
 * with "not supported" (stubs.c, written by oddline vector-module). */
#define _GNU_SOURCE
#include "wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OK 0
#define ACCES 2
#define BADF 8
#define DQUOT 19
#define EXIST 20
#define FAULT 21
#define FBIG 22
#define INVAL 28
#define IO 29
#define ISDIR 31
#define LOOP 32
#define MFILE 33
#define NFILE 41
#define NOENT 44
#define NOSPC 51
#define NOSYS 52
#define NOTDIR 54
#define PERM 63
#define ROFS 69
#define NOTCAPABLE 76

#define PATH_BYTES_MAX 256
#define VECTORS_MAX 16
#define LOOKUP_FOLLOW 1
#define OPEN_CREATE 1
#define OPEN_EXCLUSIVE 4
#define OPEN_TRUNCATE 8
#define RIGHT_WRITE 64

static void* at(wasi_t* wasi, uint32_t ptr, uint32_t bytes) {
  if ((uint64_t)ptr + bytes > wasi->memory->size) return NULL;
  return wasi->memory->data + ptr;
}

static uint32_t code(int error) {
  static const int codes[][2] = {
      {EACCES, ACCES}, {EDQUOT, DQUOT},   {EEXIST, EXIST}, {EFBIG, FBIG},     {EISDIR, ISDIR}, {ELOOP, LOOP}, {EMFILE, MFILE},
      {ENFILE, NFILE}, {ENOENT, NOENT},   {ENOSPC, NOSPC}, {ENOTDIR, NOTDIR}, {EPERM, PERM},   {EROFS, ROFS},
  };
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    if (codes[i][0] == error) return (uint32_t)codes[i][1];
  }
  return IO;
}

static uint64_t file_type(mode_t mode) {
  if (S_ISREG(mode)) return 4;
  if (S_ISDIR(mode)) return 3;
  if (S_ISLNK(mode)) return 7;
  if (S_ISCHR(mode)) return 2;
  if (S_ISBLK(mode)) return 1;
  return S_ISSOCK(mode) ? 6 : 0;
}

int wasi_open(wasi_t* wasi, wasm_rt_memory_t* memory, const char* model_folder, const char* state_folder) {
  const char* folders[2] = {model_folder, state_folder};
  wasi->memory = memory;
  wasi->folders = 0;
  for (int i = 0; i < WASI_FILES; i++) wasi->files[i] = -1;
  for (int i = 0; i < 2 && folders[i]; i++) {
    int file = open(folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return errno;
    wasi->files[WASI_FIRST_FOLDER + i] = file;
    wasi->folders++;
  }
  return 0;
}

void wasi_close(wasi_t* wasi) {
  for (int i = 0; i < WASI_FILES; i++) {
    if (wasi->files[i] >= 0) close(wasi->files[i]);
    wasi->files[i] = -1;
  }
}

static int is_folder(wasi_t* wasi, uint32_t fd) {
  return fd >= WASI_FIRST_FOLDER && fd < WASI_FIRST_FOLDER + (uint32_t)wasi->folders;
}

static int file_of(wasi_t* wasi, uint32_t fd) {
  if (fd == 2) return STDERR_FILENO;
  return fd < WASI_FILES && !is_folder(wasi, fd) ? wasi->files[fd] : -1;
}

/* A plain name or a path below the folder, as a C string; OK or an error. */
static uint32_t path_of(wasi_t* wasi, uint32_t fd, uint32_t ptr, uint32_t bytes, char* path) {
  const char* given = at(wasi, ptr, bytes);
  if (!is_folder(wasi, fd)) return BADF;
  if (!given) return FAULT;
  if (bytes == 0 || bytes >= PATH_BYTES_MAX || memchr(given, 0, bytes)) return INVAL;
  memcpy(path, given, bytes);
  path[bytes] = 0;
  if (path[0] == '/' || strstr(path, "..")) return NOTCAPABLE;
  return OK;
}

uint32_t Z_wasi_snapshot_preview1Z_clock_time_get(wasi_t* wasi, uint32_t clock, uint64_t precision, uint32_t out) {
  struct timespec now;
  void* target = at(wasi, out, 8);
  (void)precision;
  if (!target) return FAULT;
  if (clock_gettime(clock == 1 ? CLOCK_MONOTONIC : CLOCK_REALTIME, &now) != 0) return INVAL;
  uint64_t nanoseconds = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  memcpy(target, &nanoseconds, 8);
  return OK;
}

uint32_t Z_wasi_snapshot_preview1Z_random_get(wasi_t* wasi, uint32_t ptr, uint32_t bytes) {
  void* target = at(wasi, ptr, bytes);
  if (!target || bytes > 256) return FAULT;
  return getrandom(target, bytes, 0) == (ssize_t)bytes ? OK : IO;
}

uint32_t Z_wasi_snapshot_preview1Z_fd_prestat_get(wasi_t* wasi, uint32_t fd, uint32_t out) {
  uint8_t* target = at(wasi, out, 8);
  if (!is_folder(wasi, fd)) return BADF;
  if (!target) return FAULT;
  memset(target, 0, 8);
  target[4] = 1; /* bytes of its name, "." */
  return OK;
}

uint32_t Z_wasi_snapshot_preview1Z_path_open(wasi_t* wasi, uint32_t fd, uint32_t lookup, uint32_t path_ptr,
                                             uint32_t path_bytes, uint32_t how, uint64_t rights, uint64_t inherited,
                                             uint32_t flags, uint32_t out) {
  char path[PATH_BYTES_MAX];
  uint32_t problem = path_of(wasi, fd, path_ptr, path_bytes, path);
  void* target = at(wasi, out, 4);
  (void)inherited, (void)flags;
  if (problem) return problem;
  if (!target) return FAULT;
  /* Nothing is ever written beside the model. */
  int writes = (rights & RIGHT_WRITE) != 0 || (how & (OPEN_CREATE | OPEN_TRUNCATE)) != 0;
  if (writes && fd == WASI_FIRST_FOLDER) return NOTCAPABLE;
  uint32_t slot = WASI_FIRST_FOLDER + wasi->folders;
  while (slot < WASI_FILES && wasi->files[slot] >= 0) slot++;
  if (slot == WASI_FILES) return MFILE;
  int mode = O_CLOEXEC | O_NONBLOCK | (writes ? O_WRONLY : O_RDONLY);
  if (!(lookup & LOOKUP_FOLLOW)) mode |= O_NOFOLLOW;
  if (how & OPEN_CREATE) mode |= O_CREAT;
  if (how & OPEN_EXCLUSIVE) mode |= O_EXCL;
  if (how & OPEN_TRUNCATE) mode |= O_TRUNC;
  int file = openat(wasi->files[fd], path, mode, 0640);
  if (file < 0) return code(errno);
  wasi->files[slot] = file;
  memcpy(target, &slot, 4);
  return OK;
}

uint32_t Z_wasi_snapshot_preview1Z_path_filestat_get(wasi_t* wasi, uint32_t fd, uint32_t lookup, uint32_t path_ptr,
                                                     uint32_t path_bytes, uint32_t out) {
  char path[PATH_BYTES_MAX];
  struct stat found;
  uint32_t problem = path_of(wasi, fd, path_ptr, path_bytes, path);
  uint8_t* target = at(wasi, out, 64);
  if (problem) return problem;
  if (!target) return FAULT;
  if (fstatat(wasi->files[fd], path, &found, lookup & LOOKUP_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW) != 0) return code(errno);
  /* device, inode, type, links, size, accessed, modified, changed */
  uint64_t words[8] = {found.st_dev, found.st_ino, file_type(found.st_mode), found.st_nlink, (uint64_t)found.st_size};
  const struct timespec times[3] = {found.st_atim, found.st_mtim, found.st_ctim};
  for (int i = 0; i < 3; i++) words[5 + i] = (uint64_t)times[i].tv_sec * 1000000000u + (uint64_t)times[i].tv_nsec;
  memcpy(target, words, 64);
  return OK;
}

typedef ssize_t (*transfer_t)(int, void*, size_t);

static ssize_t write_out(int file, void* bytes, size_t count) { return write(file, bytes, count); }

static uint32_t transfer(wasi_t* wasi, transfer_t move, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t out) {
  int file = file_of(wasi, fd);
  uint32_t* list = at(wasi, vectors, count <= VECTORS_MAX ? count * 8 : UINT32_MAX);
  void* target = at(wasi, out, 4);
  if (file < 0) return BADF;
  if (!list || !target) return FAULT;
  uint32_t total = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t range[2];
    memcpy(range, list + i * 2, 8);
    void* bytes = at(wasi, range[0], range[1]);
    if (!bytes) return FAULT;
    ssize_t done;
    do done = move(file, bytes, range[1]);
    while (done < 0 && errno == EINTR);
    if (done < 0) return code(errno);
    total += (uint32_t)done;
    if ((uint32_t)done < range[1]) break;
  }
  memcpy(target, &total, 4);
  return OK;
}

uint32_t Z_wasi_snapshot_preview1Z_fd_read(wasi_t* wasi, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t out) {
  return transfer(wasi, read, fd, vectors, count, out);
}

uint32_t Z_wasi_snapshot_preview1Z_fd_write(wasi_t* wasi, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t out) {
  return transfer(wasi, write_out, fd, vectors, count, out);
}

uint32_t Z_wasi_snapshot_preview1Z_fd_sync(wasi_t* wasi, uint32_t fd) {
  int file = file_of(wasi, fd);
  return file < 0 ? BADF : fsync(file) == 0 ? OK : IO;
}

uint32_t Z_wasi_snapshot_preview1Z_fd_close(wasi_t* wasi, uint32_t fd) {
  int file = file_of(wasi, fd);
  if (file < 0 || fd == 2) return BADF;
  close(file);
  wasi->files[fd] = -1;
  return OK;
}

uint32_t Z_wasi_snapshot_preview1Z_path_rename(wasi_t* wasi, uint32_t fd, uint32_t from_ptr, uint32_t from_bytes,
                                               uint32_t to_fd, uint32_t to_ptr, uint32_t to_bytes) {
  char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX];
  uint32_t problem = path_of(wasi, fd, from_ptr, from_bytes, from);
  if (!problem) problem = path_of(wasi, to_fd, to_ptr, to_bytes, to);
  if (problem) return problem;
  if (fd == WASI_FIRST_FOLDER || to_fd == WASI_FIRST_FOLDER) return NOTCAPABLE;
  return renameat(wasi->files[fd], from, wasi->files[to_fd], to) == 0 ? OK : code(errno);
}

uint32_t Z_wasi_snapshot_preview1Z_path_unlink_file(wasi_t* wasi, uint32_t fd, uint32_t path_ptr, uint32_t path_bytes) {
  char path[PATH_BYTES_MAX];
  uint32_t problem = path_of(wasi, fd, path_ptr, path_bytes, path);
  if (problem) return problem;
  if (fd == WASI_FIRST_FOLDER) return NOTCAPABLE;
  return unlinkat(wasi->files[fd], path, 0) == 0 ? OK : code(errno);
}
