/* The few functions that code made by wasm2c calls (wasm-rt.h of wabt). wabt's own wasm-rt-impl.c keeps its jump buffer
 * in one global and installs signal handlers; inside Vector several threads run filters, and signals are Vector's. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include "wasm-rt.h"
#include "runtime.h"

#define PAGE_BYTES 65536u
#define TYPES_MAX 64
#define TYPE_WORDS 32

__thread jmp_buf* oddline_trap_target;

bool wasm_rt_is_initialized(void) { return true; }

void wasm_rt_trap(wasm_rt_trap_t code) {
  if (oddline_trap_target) longjmp(*oddline_trap_target, (int)code);
  abort(); /* only while an instance is made; the module needs nothing then that could trap */
}

/* Equal signatures get equal numbers. */
uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  static int types[TYPES_MAX][TYPE_WORDS];
  static uint32_t count;
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  int type[TYPE_WORDS] = {(int)params, (int)results};
  va_list list;
  va_start(list, results);
  for (uint32_t i = 0; i < params + results && i + 2 < TYPE_WORDS; i++) type[i + 2] = va_arg(list, int);
  va_end(list);
  pthread_mutex_lock(&lock);
  uint32_t found = 0;
  while (found < count && memcmp(types[found], type, sizeof type) != 0) found++;
  if (found == count && count < TYPES_MAX) memcpy(types[count++], type, sizeof type);
  pthread_mutex_unlock(&lock);
  return found + 1;
}

/* Pages come zeroed from the kernel and take no memory before they are used. */
void wasm_rt_allocate_memory(wasm_rt_memory_t* memory, uint32_t pages, uint32_t max_pages) {
  size_t bytes = (size_t)pages * PAGE_BYTES;
  void* data = mmap(NULL, bytes ? bytes : PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memory->data = data == MAP_FAILED ? NULL : data;
  memory->pages = memory->data ? pages : 0;
  memory->max_pages = max_pages < 65535 ? max_pages : 65535; /* its size in bytes must fit 32 bits */
  memory->size = memory->pages * PAGE_BYTES;
}

uint32_t wasm_rt_grow_memory(wasm_rt_memory_t* memory, uint32_t more) {
  uint32_t before = memory->pages;
  if (more == 0) return before;
  if (!memory->data || more > memory->max_pages || before > memory->max_pages - more) return UINT32_MAX;
  size_t bytes = (size_t)before * PAGE_BYTES;
  void* data = mremap(memory->data, bytes ? bytes : PAGE_BYTES, bytes + (size_t)more * PAGE_BYTES, MREMAP_MAYMOVE);
  if (data == MAP_FAILED) return UINT32_MAX;
  memory->data = data;
  memory->pages = before + more;
  memory->size = memory->pages * PAGE_BYTES;
  return before;
}

void wasm_rt_free_memory(wasm_rt_memory_t* memory) {
  if (memory->data) munmap(memory->data, memory->size ? memory->size : PAGE_BYTES);
  memory->data = NULL;
  memory->pages = memory->size = 0;
}
