// Schedules of CronJobs: five fields of lists of ranges with steps, or a name (@hourly, ...). Syntax of robfig/cron,
// which upstream documents for .spec.schedule.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::gateway {

/// Empty: the schedule can be read. Otherwise what is wrong, in the words of upstream's parser.
std::string schedule_error(std::string_view schedule);

}  // namespace troupe::gateway
