/* What the filter may reach outside itself: up to two folders, the clock, random bytes, standard error. */
#ifndef ODDLINE_WASI_H
#define ODDLINE_WASI_H

#include <stdint.h>

#include "wasm-rt.h"

#define WASI_FILES 16
#define WASI_FIRST_FOLDER 3

/* wasm2c names the imports' instance so. Real descriptors by the filter's own; -1 is closed. */
struct Z_wasi_snapshot_preview1_instance_t {
  wasm_rt_memory_t* memory;
  int files[WASI_FILES];
  int folders;
};

typedef struct Z_wasi_snapshot_preview1_instance_t wasi_t;

/* The second folder may be NULL. Returns 0, or the error number of the folder that cannot be opened. */
int wasi_open(wasi_t* wasi, wasm_rt_memory_t* memory, const char* model_folder, const char* state_folder);
void wasi_close(wasi_t* wasi);

#endif
