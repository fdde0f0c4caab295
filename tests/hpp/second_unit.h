// A second translation unit that includes multicast.hpp, of which a program has many.
#pragma once

#include <system_error>

namespace second_unit {

const std::error_category& category();
void fail_with_port();
/// Sets a handler that throws hpp::Thrown("second unit") on the listener of the C interface.
void throw_from_now_on(void* listener);

}  // namespace second_unit
