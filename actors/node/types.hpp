// Short names of the API's and the runtime's messages, for this component's own files (precompiled with node_pch.hpp).
#pragma once
#include "actors/node/node_pch.hpp"

namespace troupe {

namespace core = k8s::io::api::core::v1;
namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

} // namespace troupe
