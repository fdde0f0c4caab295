#include "base/status.h"

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace mc {

Status Status::system(int error_number, std::string_view tried, std::string_view advice) {
  const char* description = strerrordesc_np(error_number);
  std::string reason = description != nullptr ? description : cat("error ", error_number);
  std::string sentence = cat(tried, ": ", reason);
  const bool is_exhausted = error_number == EMFILE || error_number == ENFILE;
  if (advice.empty() && is_exhausted) advice = "close descriptors or raise the limit (ulimit -n)";
  if (!advice.empty()) sentence += cat("; ", advice);
  return Status(-error_number, std::move(sentence));
}

Status Status::in_context(std::string_view wanted) && {
  if (rep_) rep_->sentence = cat(wanted, ": ", rep_->sentence);
  return std::move(*this);
}

const std::string& Status::sentence() const noexcept {
  static const std::string none;
  return rep_ ? rep_->sentence : none;
}

}  // namespace mc
