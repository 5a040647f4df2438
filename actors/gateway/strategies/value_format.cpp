#include "actors/gateway/strategies/value_format.hpp"
#include <array>
#include <vector>
#include <google/protobuf/message.h>
#include "messages/api/meta/intstr.pb.h"
#include "messages/api/meta/quantity.pb.h"
#include "messages/api/meta/v1.pb.h"
#include "messages/api/options.pb.h"
#include "messages/base64.hpp"
#include "messages/time_format.hpp"
#include "actors/gateway/strategies/api_names.hpp"

namespace troupe::gateway {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;
using pb::Message;

/// Go names that are not the proto name with a capital first letter.
std::string go_name(const FieldDescriptor& field) {
  struct pair {
    std::string_view name, go;
  };
  static constexpr pair special[] = {{"httpGet", "HTTPGet"},
                                     {"tcpSocket", "TCPSocket"},
                                     {"grpc", "GRPC"},
                                     {"tty", "TTY"},
                                     {"os", "OS"},
                                     {"ip", "IP"},
                                     {"uid", "UID"},
                                     {"dnsPolicy", "DNSPolicy"},
                                     {"dnsConfig", "DNSConfig"},
                                     {"serviceAccount", "DeprecatedServiceAccount"},
                                     {"fsGroup", "FSGroup"},
                                     {"fsGroupChangePolicy", "FSGroupChangePolicy"},
                                     {"seLinuxOptions", "SELinuxOptions"},
                                     {"seLinuxChangePolicy", "SELinuxChangePolicy"},
                                     {"httpHeaders", "HTTPHeaders"},
                                     {"apiVersion", "APIVersion"},
                                     {"apiGroup", "APIGroup"},
                                     {"gcePersistentDisk", "GCEPersistentDisk"},
                                     {"awsElasticBlockStore", "AWSElasticBlockStore"},
                                     {"nfs", "NFS"},
                                     {"iscsi", "ISCSI"},
                                     {"rbd", "RBD"},
                                     {"cephfs", "CephFS"},
                                     {"fc", "FC"},
                                     {"csi", "CSI"},
                                     {"storageos", "StorageOS"},
                                     {"externalIPs", "ExternalIPs"},
                                     {"url", "URL"},
                                     {"caBundle", "CABundle"}};
  for (auto& [name, go] : special)
    if (field.name() == name) return std::string(go);
  std::string name = field.name();
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

class writer {
public:
  explicit writer(bool indented) : indented_(indented) {}
  std::string take() { return std::move(out_); }

  void message(const Message& value) {
    auto* type = value.GetDescriptor();
    if (special(value)) return;
    bool versioned = type->file()->package().starts_with("k8s.io.apimachinery");
    open('{');
    members(value, versioned);
    close('}');
  }

private:
  bool special(const Message& value) {
    auto* type = value.GetDescriptor();
    if (type == Quantity::descriptor()) {
      auto& text = static_cast<const Quantity&>(value).string();
      out_ += json_quoted(text.empty() ? "0" : text);
    } else if (type == IntOrString::descriptor()) {
      auto& number = static_cast<const IntOrString&>(value);
      out_ += number.type() == 0 ? std::to_string(number.intval()) : json_quoted(number.strval());
    } else if (type == meta::Time::descriptor()) {
      auto& time = static_cast<const meta::Time&>(value);
      out_ += time.has_seconds() ? json_quoted(format_time(time.seconds())) : "null";
    } else if (type == meta::MicroTime::descriptor()) {
      auto& time = static_cast<const meta::MicroTime&>(value);
      out_ += time.has_seconds() ? json_quoted(format_micro_time(time.seconds(), time.nanos())) : "null";
    } else {
      return false;
    }
    return true;
  }

  void members(const Message& value, bool versioned) {
    auto* type = value.GetDescriptor();
    auto* reflection = value.GetReflection();
    for (int i = 0; i < type->field_count(); ++i) {
      auto* field = type->field(i);
      auto& option = field->options().GetExtension(troupe::field);
      if (option.inline_()) {
        members(reflection->GetMessage(value, field), versioned);
        continue;
      }
      if (versioned && !option.keep() && is_empty(value, field, option.pointer())) continue;
      std::string name = option.has_json() ? option.json() : field->name();
      key(versioned ? name : go_name(*field));
      field_value(value, field, option);
    }
  }

  static bool is_empty(const Message& value, const FieldDescriptor* field, bool pointer) {
    auto* reflection = value.GetReflection();
    if (field->is_repeated()) return reflection->FieldSize(value, field) == 0;
    if (!reflection->HasField(value, field)) return true;
    if (pointer || field->message_type()) return false;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection->GetString(value, field).empty();
      case FieldDescriptor::CPPTYPE_BOOL:
        return !reflection->GetBool(value, field);
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection->GetInt32(value, field) == 0;
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection->GetInt64(value, field) == 0;
      default:
        return false;
    }
  }

  void field_value(const Message& value, const FieldDescriptor* field, const troupe::Field& option) {
    auto* reflection = value.GetReflection();
    if (field->is_repeated()) return list(value, field, option.map());
    if (option.pointer() && !reflection->HasField(value, field)) {
      out_ += "null";
      return;
    }
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return message(reflection->GetMessage(value, field));
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += reflection->GetBool(value, field) ? "true" : "false";
        return;
      case FieldDescriptor::CPPTYPE_INT32:
        out_ += std::to_string(reflection->GetInt32(value, field));
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        out_ += std::to_string(reflection->GetInt64(value, field));
        return;
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string text = reflection->GetString(value, field);
        if (field->type() == FieldDescriptor::TYPE_BYTES)
          out_ += text.empty() ? "null" : '"' + base64(text) + '"';
        else
          out_ += json_quoted(text);
        return;
      }
      default:
        out_ += "null";
    }
  }

  void list(const Message& value, const FieldDescriptor* field, bool map) {
    auto* reflection = value.GetReflection();
    int size = reflection->FieldSize(value, field);
    if (size == 0) {
      out_ += "null";
      return;
    }
    open(map ? '{' : '[');
    for (int i = 0; i < size; ++i) {
      if (map) {
        auto& entry = reflection->GetRepeatedMessage(value, field, i);
        auto* type = entry.GetDescriptor();
        key(entry.GetReflection()->GetString(entry, type->FindFieldByNumber(1)));
        field_value(entry, type->FindFieldByNumber(2), troupe::Field::default_instance());
        continue;
      }
      next();
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          message(reflection->GetRepeatedMessage(value, field, i));
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          out_ += json_quoted(reflection->GetRepeatedString(value, field, i));
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          out_ += std::to_string(reflection->GetRepeatedInt32(value, field, i));
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          out_ += std::to_string(reflection->GetRepeatedInt64(value, field, i));
          break;
        default:
          out_ += "null";
      }
    }
    close(map ? '}' : ']');
  }

  void open(char bracket) {
    out_ += bracket;
    ++depth_;
    first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) line();
    out_ += bracket;
    first_ = false;
  }
  void next() {
    if (!first_) out_ += ',';
    first_ = false;
    line();
  }
  void line() {
    if (indented_) out_.append("\n").append(depth_, ' ');
  }
  void key(const std::string& name) {
    next();
    out_.append(json_quoted(name)).append(indented_ ? ": " : ":");
  }

  std::string out_;
  size_t depth_ = 0;
  bool first_ = true, indented_;
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t from = 0;;) {
    size_t end = text.find('\n', from);
    lines.push_back(text.substr(from, end == text.npos ? text.npos : end - from));
    if (end == text.npos) return lines;
    from = end + 1;
  }
}

}  // namespace

std::string shown(const Message& value) {
  writer made(false);
  made.message(value);
  return made.take();
}

std::string shown_indented(const Message& value) {
  writer made(true);
  made.message(value);
  return made.take();
}

std::string json_quoted(std::string_view text) {
  static constexpr char hexadecimal[] = "0123456789abcdef";
  std::string out = "\"";
  for (char letter : text) {
    auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\')
      out.append("\\") += letter;
    else if (letter == '\n')
      out += "\\n";
    else if (letter == '\t')
      out += "\\t";
    else if (letter == '\r')
      out += "\\r";
    else if (byte < 0x20 || letter == '<' || letter == '>' || letter == '&')
      out.append("\\u00") += {hexadecimal[byte >> 4], hexadecimal[byte & 15]};
    else
      out += letter;
  }
  return out += '"';
}

namespace {

struct edit {
  char sign;
  std::string_view text;
};

/// The longest common subsequence, deletions before insertions.
std::vector<edit> edits_of(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after) {
  size_t rows = before.size(), columns = after.size();
  std::vector<std::vector<uint32_t>> common(rows + 1, std::vector<uint32_t>(columns + 1));
  for (size_t i = rows; i-- > 0;)
    for (size_t j = columns; j-- > 0;)
      common[i][j] = before[i] == after[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
  std::vector<edit> edits;
  for (size_t i = 0, j = 0; i < rows || j < columns;) {
    if (i < rows && j < columns && before[i] == after[j])
      edits.push_back({' ', before[i++]}), ++j;
    else if (i < rows && (j == columns || common[i + 1][j] >= common[i][j + 1]))
      edits.push_back({'-', before[i++]});
    else
      edits.push_back({'+', after[j++]});
  }
  return edits;
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after) {
  constexpr size_t context = 3;
  auto old_lines = lines_of(before), new_lines = lines_of(after);
  size_t head = 0, tail = 0;  // what is equal at both ends costs no table
  while (head < std::min(old_lines.size(), new_lines.size()) && old_lines[head] == new_lines[head]) ++head;
  while (tail < std::min(old_lines.size(), new_lines.size()) - head &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail])
    ++tail;
  std::vector<edit> edits;
  for (size_t i = 0; i < head; ++i) edits.push_back({' ', old_lines[i]});
  for (auto& one :
       edits_of({old_lines.begin() + head, old_lines.end() - tail}, {new_lines.begin() + head, new_lines.end() - tail}))
    edits.push_back(one);
  for (size_t i = old_lines.size() - tail; i < old_lines.size(); ++i) edits.push_back({' ', old_lines[i]});

  std::string out;
  size_t old_line = 1, new_line = 1;
  for (size_t at = 0; at < edits.size();) {
    size_t first = at;
    while (first < edits.size() && edits[first].sign == ' ') ++first;
    if (first == edits.size()) break;
    size_t from = first - at > context ? first - context : at;
    old_line += from - at, new_line += from - at;
    size_t to = first, equal = 0;  // one past the last change, as long as gaps are short
    for (size_t i = first; i < edits.size() && equal <= 2 * context; ++i) {
      equal = edits[i].sign == ' ' ? equal + 1 : 0;
      if (!equal) to = i + 1;
    }
    size_t end = std::min(edits.size(), to + context);
    size_t old_count = 0, new_count = 0;
    std::string body;
    for (size_t i = from; i < end; ++i) {
      old_count += edits[i].sign != '+', new_count += edits[i].sign != '-';
      body.append(1, edits[i].sign).append(edits[i].text).append("\n");
    }
    out += "@@ -" + std::to_string(old_line) + "," + std::to_string(old_count) + " +" + std::to_string(new_line) + "," +
           std::to_string(new_count) + " @@\n" + body;
    old_line += old_count, new_line += new_count, at = end;
  }
  return out;
}

}  // namespace troupe::gateway
