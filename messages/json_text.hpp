// JSON text, piece by piece, exactly as Go's encoding/json writes it (the server's form): compact; `<`, `>`, `&`, U+2028
// and U+2029 escaped; a byte that is no UTF-8 becomes U+FFFD.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// Appends `text` in quotes.
void append_json_string(std::string& out, std::string_view text);
/// Appends standard base64 with padding, in quotes.
void append_json_base64(std::string& out, std::string_view bytes);
void append_integer(std::string& out, int64_t value);
/// Shortest form that reads back equal; an exponent below 1e-6 and from 1e21 on.
void append_real(std::string& out, double value);
/// Appends `json` without white space outside of strings and with the escapes above. The input must be valid JSON
/// (json_reader::raw() has checked it).
void append_compact_json(std::string& out, std::string_view json);
/// True if every byte belongs to a well-formed UTF-8 sequence (RFC 3629).
bool is_utf8(std::string_view text);
/// `text` with U+FFFD in place of every byte that does not, as Go's decoder does.
std::string to_utf8(std::string_view text);
/// `text` as Go's %q prints it: quoted, with \n, \t, \" and \x00 forms.
std::string go_quoted(std::string_view text);

} // namespace troupe
