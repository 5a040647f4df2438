// Which objects a list or watch wants: label and field selector.
#pragma once
#include <string>
#include "actors/gateway/query.hpp"
#include "messages/object.hpp"
#include "messages/result.hpp"
#include "messages/selectors.hpp"

namespace troupe::gateway {

class selection {
public:
  /// From ?labelSelector= and ?fieldSelector=; 400 with upstream's words.
  static result<selection> read(const query_values&, const kind_row&);
  /// `stored`: in the storage form.
  bool matches(const object& stored) const;
  /// Everything matches.
  bool empty() const { return labels_.empty() && fields_.empty(); }
  /// The object's name where metadata.name=X is asked for; "" else.
  std::string only_name() const;

private:
  const kind_row* kind_ = nullptr;
  label_selector labels_;
  field_selector fields_;
};

} // namespace troupe::gateway
