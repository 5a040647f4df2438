// Precompiled for this component: the API's typed messages and the runtime's. Never included by other components.
#pragma once
#include "messages/api_pch.hpp"
#include "messages/cri/cri.pb.h"
