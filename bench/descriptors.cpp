#include "descriptors.h"

#include <sys/resource.h>

#include "text.h"

namespace bench {

std::string too_few_descriptors(size_t needed) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return {};
  return cat({"needs ", std::to_string(needed), " descriptors; the hard limit is ",
              std::to_string(limit.rlim_cur), " (ulimit -Hn)"});
}

}  // namespace bench
