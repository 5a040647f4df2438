#include "runtime/ports/nftables_port.hpp"
#include <nftables/libnftables.h>
#include "runtime/log.hpp"
#include "runtime/ports/conntrack_port.hpp"
#include "runtime/ports/nftables_simulated.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {

namespace {

struct filter_closer {
  void operator()(nft_ctx* filter) const { nft_ctx_free(filter); }
};

struct nftables_state {
  explicit nftables_state(caf::local_actor*) {}
  static inline const char* name = "nftables";
  std::shared_ptr<simulated_nftables> simulated;
  std::unique_ptr<nft_ctx, filter_closer> filter; // its cache makes the second change a hundred times faster than the first
};
static_assert(!std::is_aggregate_v<nftables_state>);

nftables_applied run_commands(nftables_state& state, const nftables_apply& what) {
  auto& commands = what.commands;
  nftables_applied outcome;
  if (state.simulated) {
    outcome.why = state.simulated->apply(commands);
    outcome.ok = outcome.why.empty();
    return outcome;
  }
  if (!state.filter) {
    state.filter.reset(nft_ctx_new(NFT_CTX_DEFAULT));
    if (!state.filter) return {false, "libnftables cannot be set up"};
    nft_ctx_buffer_output(state.filter.get());
    nft_ctx_buffer_error(state.filter.get());
  }
  outcome.ok = nft_run_cmd_from_buffer(state.filter.get(), commands.c_str()) == 0;
  nft_ctx_get_output_buffer(state.filter.get()); // empties it
  if (!outcome.ok) {
    outcome.why = nft_ctx_get_error_buffer(state.filter.get());
    state.filter.reset(); // its cache may be what was wrong
  } else if (auto why = forget_flows(what.stale); !why.empty()) {
    log_warning(why); // they time out by themselves
  }
  return outcome;
}

using nftables_pointer = nftables_actor::stateful_pointer<nftables_state>;

nftables_actor::behavior_type nftables_behavior(nftables_pointer self, std::shared_ptr<simulated_nftables> simulated) {
  self->state.simulated = std::move(simulated);
  return {
      [self](nftables_apply& what) { return run_commands(self->state, what); },
      [self](stop_atom) { self->quit(); },
  };
}

} // namespace

caf::actor spawn_nftables(const spawn_context& context, const env_ptr&, std::shared_ptr<simulated_nftables> simulated) {
  return spawn_child(context, nftables_behavior, std::move(simulated));
}

} // namespace troupe
