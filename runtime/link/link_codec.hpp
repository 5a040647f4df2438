// Which messages may cross a link, and their protobuf form. Nothing else does: an error to who sent it.
#pragma once
#include <string>
#include <string_view>
#include <caf/message.hpp>

namespace troupe {

/// False: the message may not cross.
bool encode_message(const caf::message& content, std::string& type, std::string& body);
/// Empty: an unknown type, or a broken body.
caf::message decode_message(std::string_view type, std::string_view body);

} // namespace troupe
