#pragma once
// Pieces of our HTML pages: the sheet of styles, cards, tables. Used by the run report and the comparison.
#include <string>
#include <string_view>
#include <vector>

namespace arterial {

class HtmlPage {
 public:
  HtmlPage(const std::string& title, const std::string& subtitle, const std::string& badge, bool good);
  /// Already HTML.
  void raw(std::string_view html) { body_ += html; }
  void heading(const std::string& words, const std::string& note = "");

  struct Card {
    std::string name, value, unit, note;
    enum class Tone { kPlain, kGood, kBad } tone = Tone::kPlain;
  };
  void cards(const std::vector<Card>& cards);
  void image(std::string_view png, const std::string& words);
  void plots(const std::vector<std::string>& svgs);

  struct Column {
    std::string name;
    bool number = false;
    bool link = false;  // cells are addresses of ours, or empty
  };
  /// Cells are text, escaped here.
  void table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
             const std::string& when_empty);
  void fold(const std::string& summary, const std::string& text);
  std::string close(const std::string& footer);

 private:
  std::string body_;
};

}  // namespace arterial
