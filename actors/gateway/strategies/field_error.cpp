#include "actors/gateway/strategies/field_error.hpp"

namespace troupe::gateway {
namespace {

void add(causes& found, const char* reason, const field_path& field, std::string message) {
  found.push_back({reason, std::move(message), field.text()});
}

std::string with_detail(std::string text, std::string_view detail) {
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

}  // namespace

std::string quoted(std::string_view text) {
  static constexpr char hexadecimal[] = "0123456789abcdef";
  std::string out = "\"";
  for (char letter : text) {
    auto byte = static_cast<unsigned char>(letter);
    switch (letter) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\v':
        out += "\\v";
        break;
      default:
        if (byte < 0x20 || byte == 0x7f)
          out.append("\\x") += {hexadecimal[byte >> 4], hexadecimal[byte & 15]};
        else
          out += letter;
    }
  }
  return out += '"';
}

std::string quoted_list(const std::vector<std::string>& values) {
  std::string out;
  for (auto& value : values) out.append(out.empty() ? "" : ", ").append(quoted(value));
  return out;
}

void add_required(causes& found, const field_path& field, std::string_view detail) {
  add(found, "FieldValueRequired", field, with_detail("Required value", detail));
}
void add_invalid(causes& found, const field_path& field, std::string_view text, std::string_view detail) {
  add_invalid_json(found, field, quoted(text), detail);
}
void add_invalid(causes& found, const field_path& field, int64_t number, std::string_view detail) {
  add_invalid_json(found, field, std::to_string(number), detail);
}
void add_invalid_json(causes& found, const field_path& field, std::string_view json, std::string_view detail) {
  add(found, "FieldValueInvalid", field, with_detail("Invalid value: " + std::string(json), detail));
}
void add_forbidden(causes& found, const field_path& field, std::string_view detail) {
  add(found, "FieldValueForbidden", field, with_detail("Forbidden", detail));
}
void add_duplicate(causes& found, const field_path& field, std::string_view text) {
  add_duplicate_json(found, field, quoted(text));
}
void add_duplicate_json(causes& found, const field_path& field, std::string_view json, std::string_view detail) {
  add(found, "FieldValueDuplicate", field, with_detail("Duplicate value: " + std::string(json), detail));
}
void add_not_found(causes& found, const field_path& field, std::string_view text) {
  add(found, "FieldValueNotFound", field, "Not found: " + quoted(text));
}
void add_too_long(causes& found, const field_path& field, size_t bytes_max) {
  add(found, "FieldValueTooLong", field, "Too long: may not be more than " + std::to_string(bytes_max) + " bytes");
}
void add_too_many(causes& found, const field_path& field, size_t actual, size_t count_max) {
  add(found, "FieldValueTooMany", field,
      "Too many: " + std::to_string(actual) + ": must have at most " + std::to_string(count_max) + " items");
}
void add_not_supported(causes& found, const field_path& field, std::string_view text,
                       std::initializer_list<std::string_view> allowed) {
  add_not_supported_json(found, field, quoted(text), allowed);
}
void add_not_supported_json(causes& found, const field_path& field, std::string_view json,
                            std::initializer_list<std::string_view> allowed) {
  std::string list;
  for (auto value : allowed) list.append(list.empty() ? "" : ", ").append(quoted(value));
  add(found, "FieldValueNotSupported", field,
      "Unsupported value: " + std::string(json) + ": supported values: " + list);
}
void add_problems(causes& found, const field_path& field, std::string_view text,
                  const std::vector<std::string>& problems) {
  for (auto& problem : problems) add_invalid(found, field, text, problem);
}

void check_not_negative(causes& found, const field_path& field, int64_t value) {
  if (value < 0) add_invalid(found, field, value, "must be greater than or equal to 0");
}
void check_positive(causes& found, const field_path& field, int64_t value) {
  if (value <= 0) add_invalid(found, field, value, "must be greater than 0");
}
void check_range(causes& found, const field_path& field, int64_t value, int64_t first, int64_t last) {
  if (value >= first && value <= last) return;
  add_invalid(found, field, value,
              "must be between " + std::to_string(first) + " and " + std::to_string(last) + ", inclusive");
}
bool is_one_of(std::string_view value, std::initializer_list<std::string_view> allowed) {
  for (auto one : allowed)
    if (one == value) return true;
  return false;
}

}  // namespace troupe::gateway
