#include "scenarios/synthetic/street_names.h"

#include <array>
#include <string_view>

#include "scenarios/synthetic/dice.h"

namespace arterial::synthetic {

namespace {

constexpr std::string_view kFirst[] = {
    "Alder",    "Amber",   "Anchor",  "Apple",     "Ash",      "Aspen",    "Badger",  "Baker",    "Barley",
    "Basin",    "Beacon",  "Beech",   "Bell",      "Birch",    "Bramble",  "Brewer",  "Brick",    "Bridge",
    "Brook",    "Canal",   "Candle",  "Carpenter", "Castle",   "Cedar",    "Chalk",   "Chapel",   "Cherry",
    "Chestnut", "Church",  "Clay",    "Clover",    "Cooper",   "Copper",   "Coral",   "Cross",    "Dairy",
    "Dawn",     "Dock",    "Dove",    "Dyer",      "Eagle",    "East",     "Elder",   "Elm",      "Falcon",
    "Fern",     "Ferry",   "Field",   "Fisher",    "Flint",    "Forge",    "Forest",  "Fountain", "Fox",
    "Gable",    "Garden",  "Gate",    "Glass",     "Golden",   "Granary",  "Granite", "Green",    "Grove",
    "Guild",    "Harbour", "Harvest", "Hawk",      "Hawthorn", "Hazel",    "Heath",   "Heron",    "High",
    "Hill",     "Holly",   "Honey",   "Hop",       "Iron",     "Ivy",      "Juniper", "Kestrel",  "Kiln",
    "Lake",     "Lantern", "Larch",   "Lark",      "Laurel",   "Lavender", "Lime",    "Linden",   "Lock",
    "Long",     "Lower",   "Maple",   "Market",    "Marsh",    "Mason",    "Meadow",  "Mill",     "Mint",
    "Moss",     "North",   "Oak",     "Old",       "Orchard",  "Otter",    "Park",    "Pear",     "Pepper",
    "Pine",     "Plough",  "Plum",    "Pond",      "Poplar",   "Poppy",    "Potter",  "Quarry",   "Quay",
    "Raven",    "Reed",    "River",   "Robin",     "Rope",     "Rowan",    "Rush",    "Saddler",  "Salt",
    "Sand",     "Sheaf",   "Silver",  "Slate",     "South",    "Sparrow",  "Spring",  "Spruce",   "Star",
    "Station",  "Stone",   "Summer",  "Sun",       "Swallow",  "Swan",     "Tanner",  "Temple",   "Thistle",
    "Thorn",    "Timber",  "Tower",   "Upper",     "Vale",     "Vine",     "Violet",  "Wagon",    "Walnut",
    "Water",    "Weaver",  "Well",    "West",      "Wheat",    "White",    "Willow",  "Wind",     "Winter",
    "Wood",     "Wool",    "Wren",    "Yarrow",    "Yew"};
constexpr std::string_view kSecond[] = {
    "bank",  "bridge", "brook", "croft", "dale", "field", "ford", "gate",  "grove", "haven", "hill", "holm",
    "hurst", "land",   "mead",  "mere",  "mill", "moor",  "side", "stead", "water", "well",  "wick", "wood"};
constexpr std::string_view kBig[] = {"Avenue", "Road", "Boulevard", "Road", "Parade"};
constexpr std::string_view kMiddle[] = {"Street", "Road", "Street", "Way", "Drive"};
constexpr std::string_view kSmall[] = {"Street", "Lane",  "Row",     "Walk", "Close", "Street", "Place",
                                       "Path",   "Court", "Terrace", "Mews", "Rise",  "Lane"};
constexpr std::string_view kRivers[] = {"Ambra", "Lorn", "Wenna", "Tesk", "Iverin",
                                        "Sarn",  "Olva", "Medra", "Rill", "Cann"};
constexpr std::string_view kTowns[] = {"Alder",  "Bram",   "Copper", "Elm",   "Fern",   "Hazel",
                                       "Linden", "Meadow", "North",  "Rowan", "Silver", "Wind"};

template <std::size_t N>
std::string_view one_of(const std::string_view (&words)[N], std::uint64_t bits) {
  return words[bits % N];
}

}  // namespace

std::string street_name(std::uint64_t key, RoadClass road_class) {
  const std::uint64_t h = mix(key);
  std::string name(one_of(kFirst, h));
  if ((h >> 16) % 5 < 3) name += one_of(kSecond, h >> 24);  // "Alderbrook" beside plain "Alder"
  name += ' ';
  switch (road_class) {
    case RoadClass::kPrimary: name += one_of(kBig, h >> 40); break;
    case RoadClass::kSecondary:
    case RoadClass::kTertiary: name += one_of(kMiddle, h >> 40); break;
    default: name += one_of(kSmall, h >> 40);
  }
  return name;
}

std::string river_name(std::uint64_t key) { return std::string(one_of(kRivers, mix(key))); }

std::string city_name(std::uint64_t key) {
  const std::uint64_t h = mix(key);
  return std::string(one_of(kTowns, h)) + std::string(one_of(kSecond, h >> 20));
}

}  // namespace arterial::synthetic
