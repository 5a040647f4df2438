// Standard base64 with padding (RFC 4648 section 4), and the URL form without padding (section 5) that tokens use.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

void append_base64(std::string& out, std::string_view bytes);
std::string base64(std::string_view bytes);
/// `wrong_at`, if given, is set to the offset that Go's decoder names ("illegal base64 data at input byte N").
/// CR and LF in the text are skipped, as Go does.
std::optional<std::string> from_base64(std::string_view text, size_t* wrong_at = nullptr);

std::string base64_url(std::string_view bytes);
std::optional<std::string> from_base64_url(std::string_view text);

} // namespace troupe
