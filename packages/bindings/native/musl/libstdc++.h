// Read before everything else where a g++ that targets glibc compiles the glue for musl (targets.mjs): what
// the headers of such a g++'s libstdc++ expect of the C library, in templates and inline functions that the
// glue never uses. Only these headers are taken: nothing of libstdc++ is linked (runtime.cc), so that what
// its configuration says of glibc's data has no effect. A test looks at the symbols of what comes out.
#ifndef MIOU_MUSL_LIBSTDCXX_H
#define MIOU_MUSL_LIBSTDCXX_H

#include <locale.h>
#include <pthread.h>
#include <time.h>

#define __GLIBC_PREREQ(major, minor) 0
#define __locale_t locale_t

extern "C" {
int pthread_cond_clockwait(pthread_cond_t*, pthread_mutex_t*, clockid_t, const struct timespec*);
int pthread_mutex_clocklock(pthread_mutex_t*, clockid_t, const struct timespec*);
}

#endif
