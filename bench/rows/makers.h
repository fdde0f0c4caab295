// What the makers of rows share.
#pragma once

#include <string>
#include <vector>

#include "rows.h"

namespace bench {

/// A candidate that competes against itself, to show the noise.
std::string again(const std::string& candidate);

std::string label(int family, size_t size);   ///< "64 B IPv4"
std::string suffix(int family, size_t size);  ///< "-ipv4-64"
Target target_of(int family, size_t size);

Expectation at_most(double ratio);
Expectation at_least(double ratio);

/// Libraries that people use today. Those in other languages are made for IPv4 only.
std::vector<std::string> frameworks(int family);

/// Compares one of the row's candidates with each of the rivals, which join the row.
void compare_with(Row& row, const std::string& ours, const std::vector<std::string>& rivals);

/// The quick run has the two sizes of IPv4 only.
bool is_quick(int family, size_t size);

std::vector<Row> receive_rows();
std::vector<Row> receive_train_rows();
std::vector<Row> send_rows();
std::vector<Row> whole_path_rows();
std::vector<Row> round_trip_rows();
std::vector<Row> layout_rows();
std::vector<Row> many_rows();

}  // namespace bench
