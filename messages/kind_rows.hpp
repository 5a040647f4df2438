// What the generated kind_rows.cpp defines, beside kinds() of kind.hpp.
#pragma once
#include "messages/kind.hpp"

namespace troupe {

/// The protobuf package in which the messages of a group version are found, also of kinds that have no resource.
struct group_package {
  std::string_view group, version, package;
};

/// Ordered by group and version.
std::span<const group_package> group_packages();

} // namespace troupe
