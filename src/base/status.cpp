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
  if (sentence_) *sentence_ = cat(wanted, ": ", *sentence_);
  return std::move(*this);
}

const char* Status::sentence() const noexcept {
  if (sentence_) return sentence_->c_str();
  return ok() ? "" : "the operation failed, and there is no memory to say more";
}

}  // namespace mc
