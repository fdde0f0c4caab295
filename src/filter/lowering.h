// Internal header: filters as a program for the kernel.
#pragma once

#include <span>
#include <vector>

#include "filter/filter.h"
#include "net/address.h"
#include "net/instruction.h"

namespace mc::filter {

// A program that lets pass, of datagrams of this family, at least what one of the filters accepts:
// what cannot be told in the kernel passes. Empty: it would let everything pass, or be too long.
std::vector<net::Instruction> lower(std::span<const Filter* const> filters, net::Family family);

}  // namespace mc::filter
