// Precompiled for who works with typed messages (troupe_use_api in messages/CMakeLists.txt). Never include it by name.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "messages/api/apps/v1.pb.h"
#include "messages/api/core/v1/config.pb.h"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/node.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/meta/v1.pb.h"
