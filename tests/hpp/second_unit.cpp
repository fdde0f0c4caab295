#include "second_unit.h"

#include "lab_cpp.h"

namespace second_unit {

const std::error_category& category() {
  return multicast::category();
}

void fail_with_port() {
  multicast::send_to(hpp::kGroup, 0, "x");
}

void throw_from_now_on(void* listener) {
  multicast::listener borrowed(static_cast<mc_listener*>(listener));
  borrowed.set_handler([](multicast::packet_view) { throw hpp::Thrown("second unit"); });
  (void)borrowed.release();
}

}  // namespace second_unit
