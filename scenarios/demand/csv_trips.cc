#include "gis/csv_table.h"
#include "scenarios/demand/sources.h"
#include "sim/model/keyed_hash.h"

namespace arterial {
namespace {

/// Links of a cell, with blanks or semicolons between them.
std::vector<std::string_view> ids_in(std::string_view text) {
  std::vector<std::string_view> ids;
  while (true) {
    const auto first = text.find_first_not_of(" ;");
    if (first == std::string_view::npos) return ids;
    text.remove_prefix(first);
    ids.push_back(text.substr(0, text.find_first_of(" ;")));
    text.remove_prefix(ids.back().size());
  }
}

}  // namespace

void read_csv_trips_text(const std::string& name, const std::string& text, const std::string& default_type,
                         DemandBuilder& builder) {
  enum : std::size_t { kId, kDepart, kFrom, kTo, kType, kVia };
  const auto read = [&](const CsvRow& row) {
    builder.expect(1, name, "line " + std::to_string(row.line()));
    TripDraft draft;
    Trip& trip = draft.trip;
    trip.id = row.text(kId);
    if (trip.id.empty()) row.fail(kId, "names no trip", "Give every trip an id");
    trip.key = trip_key(trip.id);
    trip.depart_s = row.time(kDepart);
    trip.depart_speed = DepartSpeed::kMax;
    const auto link = [&](std::size_t column, std::string_view id) {
      const LinkId l = builder.find_link(id);
      if (!l.valid())
        row.fail(column, "names a link that the network does not have",
                 "Correct the id, or bring the network that the file was made for");
      return l;
    };
    trip.from = link(kFrom, row.text(kFrom));
    trip.to = link(kTo, row.text(kTo));
    for (const std::string_view id : ids_in(row.text(kVia))) trip.via.push_back(link(kVia, id));
    const std::string type(row.text(kType).empty() ? std::string_view(default_type) : row.text(kType));
    trip.type = builder.find_type(type);
    if (!trip.type.valid())
      return builder.reject(trip.id, trip.depart_s, "unknown_type", "type \"" + type + "\" is not defined");
    builder.add(std::move(draft));
  };
  for_each_row(name, text, {"trip_id", "depart_s", "from_link", "to_link"}, {"type", "via"}, read);
}

void read_csv_trips(const std::string& file, const std::string& default_type, DemandBuilder& builder) {
  read_csv_trips_text(file, read_whole_file(file), default_type, builder);
}

}  // namespace arterial
