#include "actors/gateway/streams/streams.hpp"
