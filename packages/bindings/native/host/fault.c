#include "fault.h"

const char *s5_reason_name(enum s5_reason reason) {
  switch (reason) {
#define S5_REASON_CASE(name, text)                                                               \
  case S5_##name:                                                                                \
    return text;
    S5_REASONS(S5_REASON_CASE)
#undef S5_REASON_CASE
  }
  return "system";
}

int s5_fault_system(struct s5_fault *fault, enum s5_reason reason, int error, const char *call) {
  *fault = (struct s5_fault){.reason = reason, .error = error, .call = call};
  return S5_FAILED;
}

int s5_fault_value(struct s5_fault *fault, enum s5_reason reason, int64_t a, int64_t b) {
  *fault = (struct s5_fault){.reason = reason, .a = a, .b = b};
  return S5_FAILED;
}
