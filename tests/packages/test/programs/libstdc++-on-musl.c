// What Debian's libstdc++ and libgcc, made for glibc, ask for beyond what musl has, so that a Node for musl can
// run on this machine (nodeOnMusl in musl.ts). Only this Node uses it: the addon under test needs no C++
// library. Node raises no exceptions and reads no thread-exit handlers of C++, so that little is enough.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

long syscall(long, ...);
size_t strftime_l(char *, size_t, const char *, const void *, void *);
int pthread_key_create(unsigned *, void (*)(void *));

char __libc_single_threaded;
int __cpu_model[4];

int __cpu_indicator_init(void) { return 0; }
int __cxa_thread_atexit_impl(void (*handler)(void *), void *object, void *handle) {
  (void)handler, (void)object, (void)handle;
  return 0;
}
int __pthread_key_create(unsigned *key, void (*destroy)(void *)) {
  return pthread_key_create(key, destroy);
}
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}
size_t __strftime_l(char *text, size_t room, const char *format, const void *time, void *locale) {
  return strftime_l(text, room, format, time, locale);
}
unsigned arc4random(void) {
  unsigned value;
  syscall(SYS_getrandom, &value, sizeof value, 0);
  return value;
}
// musl has it from 1.2.5 on.
int statx(int folder, const char *path, int flags, unsigned mask, void *status) {
  return (int)syscall(SYS_statx, folder, path, flags, mask, status);
}

// std::istream::ignore(long) and its wide twin: named by a table, never called.
void _ZNSi6ignoreEl(void) { abort(); }
void _ZNSt13basic_istreamIwSt11char_traitsIwEE6ignoreEl(void) { abort(); }

// std::string::_M_replace_cold, which g++ 13 moved out of line: replaces `count` bytes at `at` by `size` bytes
// that may lie in the string itself; `after` bytes follow.
void _ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE15_M_replace_coldEPcmPKcmm(
    void *string, char *at, size_t count, const char *source, size_t size, size_t after) {
  (void)string;
  char *copy = malloc(size + 1);
  memcpy(copy, source, size);
  if (after != 0 && count != size) memmove(at + size, at + count, after);
  memcpy(at, copy, size);
  free(copy);
}
