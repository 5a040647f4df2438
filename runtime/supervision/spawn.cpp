#include "runtime/supervision/spawn.hpp"
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <memory>
#include <typeinfo>
#include <caf/scheduled_actor.hpp>
#include "runtime/log.hpp"

namespace troupe {
namespace {

std::string readable(const std::type_info& type) {
  int state = 0;
  std::unique_ptr<char, void (*)(void*)> name{abi::__cxa_demangle(type.name(), nullptr, nullptr, &state), std::free};
  return state == 0 && name ? name.get() : type.name();
}

/// The types of a message's elements; atoms by their text.
std::string message_types(const caf::type_erased_tuple& content) {
  std::string text;
  for (size_t i = 0; i < content.size(); ++i) {
    text += i ? ", " : "";
    auto [number, type] = content.type(i);
    if (content.matches(i, caf::type_nr<caf::atom_value>::value, nullptr))
      text += to_string(content.get_as<caf::atom_value>(i));
    else
      text += type ? readable(*type) : "type " + std::to_string(number);
  }
  return text.empty() ? "nothing" : text;
}

std::string exception_text(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return readable(typeid(error)) + ": " + error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

} // namespace

void guard_handlers(caf::scheduled_actor& self, std::string path) {
  self.set_exception_handler([path = std::move(path)](caf::scheduled_actor* who, std::exception_ptr& thrown) -> caf::error {
    auto* element = who->current_mailbox_element();
    auto text = exception_text(thrown) + " (message: " + (element ? message_types(element->content()) : "none") + ")";
    log_error(path + ": " + text);
    return caf::make_error(caf::sec::runtime_error, text);
  });
}

std::string failure_text(const caf::error& reason) {
  if (!reason || reason == caf::exit_reason::normal)
    return {};
  if (reason == caf::exit_reason::kill)
    return "killed";
  if (reason.context().match_elements<std::string>())
    return reason.context().get_as<std::string>(0);
  return to_string(reason);
}

} // namespace troupe
