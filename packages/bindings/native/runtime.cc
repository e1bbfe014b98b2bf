// What the glue needs of a C++ runtime, so that it does not link libstdc++: the shared one may be
// older where the binary is loaded, and the static one brings an unwinder that ties the binary to
// this machine's glibc. Nothing here is seen outside (exports.map).
#include <stdio.h>
#include <stdlib.h>

#include <new>

namespace {
[[noreturn]] void Stop(const char* what) {
  fprintf(stderr, "miou-solo5: %s\n", what);
  abort();
}
}  // namespace

void* operator new(size_t size) {
  void* memory = malloc(size > 0 ? size : 1);
  if (memory == nullptr) Stop("out of memory");
  return memory;
}
void* operator new[](size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
void operator delete[](void* memory, size_t) noexcept { free(memory); }

// Exceptions are off, so what the headers of the standard library would throw ends the process.
namespace std {
void __throw_length_error(const char* what) { Stop(what); }
void __throw_logic_error(const char* what) { Stop(what); }
void __throw_system_error(int) { Stop("a mutex can't be locked"); }
}  // namespace std
