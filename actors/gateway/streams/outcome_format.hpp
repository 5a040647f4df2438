// A session's outcome as clients are told it.
#pragma once
#include <string>
#include <vector>
#include "messages/streams/session.hpp"

namespace troupe {

/// The metav1.Status document on the error channel of v4 and v5 (client-go remotecommand/v4.go).
std::string outcome_json(const stream_outcome&, const std::vector<std::string>& arguments);
/// v1 (channel.k8s.io): plain text, and nothing on success.
std::string outcome_text(const stream_outcome&, const std::vector<std::string>& arguments);
/// "Internal error occurred: ..." is upstream's prefix of every 500 InternalError.
std::string outcome_message(const stream_outcome&);

} // namespace troupe
