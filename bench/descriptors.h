// Whether the process may have as many descriptors as something needs.
#pragma once

#include <cstddef>
#include <string>

namespace bench {

/// Why not; empty when it may. The soft limit is the hard one here (lab::enter_private_network).
std::string too_few_descriptors(size_t needed);

}  // namespace bench
