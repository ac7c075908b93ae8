/* Where a trap of the calling thread's filter goes. */
#ifndef ODDLINE_RUNTIME_H
#define ODDLINE_RUNTIME_H

#include <setjmp.h>

extern __thread jmp_buf* oddline_trap_target;

#endif
