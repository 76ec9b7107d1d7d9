#include "scenarios/report/page.h"

#include "scenarios/text.h"

namespace arterial {
namespace {

constexpr const char* kStyle = R"css(
:root{--paper:#fbfbf9;--card:#fff;--ink:#1c2024;--soft:#5c6670;--rule:#e3e3dd;--accent:#1f6f8b;--good:#1b7f4d;--bad:#b3261e;--goodbg:#e6f4ec;--badbg:#fbe9e7;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--paper:#15181c;--card:#1d2126;--ink:#e8eaed;--soft:#a2abb5;--rule:#32383f;--accent:#6fc0da;--good:#6fd3a0;--bad:#ff8a80;--goodbg:#173526;--badbg:#3d1f1d}
.plot svg text{fill:#c4cbd2}.plot svg line[stroke="#e4e4e0"]{stroke:#343a41}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:40px 28px 64px}
header{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:baseline;justify-content:space-between;border-bottom:2px solid var(--ink);padding-bottom:14px}
h1{font-size:28px;line-height:1.2;margin:0;letter-spacing:-.015em;overflow-wrap:anywhere}
header p{margin:6px 0 0;color:var(--soft);flex-basis:100%;overflow-wrap:anywhere}
.badge{font-weight:600;font-size:13px;padding:4px 12px;border-radius:99px;white-space:nowrap}
.badge.good{color:var(--good);background:var(--goodbg)}.badge.bad{color:var(--bad);background:var(--badbg)}
h2{font-size:18px;margin:40px 0 4px;letter-spacing:-.01em}
h2+.note{margin:0 0 12px;color:var(--soft);font-size:13.5px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(158px,1fr));gap:12px;margin:22px 0 0}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 14px 11px}
.card .name{color:var(--soft);font-size:12.5px}
.card .value{font-size:25px;font-weight:600;letter-spacing:-.02em;line-height:1.25;white-space:nowrap}
.card .unit{font-size:13px;font-weight:400;color:var(--soft);letter-spacing:0;margin-left:3px}
.card .more{font-size:12.5px;color:var(--soft)}
.card.good .value{color:var(--good)}.card.bad .value{color:var(--bad)}
figure{margin:14px 0 0;background:#fff;border:1px solid var(--rule);border-radius:10px;overflow:hidden}
figure img{display:block;width:100%;height:auto}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:12px;margin-top:14px}
.plot{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px}
.plot svg{display:block;width:100%;height:auto}
.wide{overflow-x:auto;margin-top:12px;border:1px solid var(--rule);border-radius:10px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th{text-align:left;color:var(--soft);font-weight:600;font-size:12px;padding:9px 14px;border-bottom:1px solid var(--rule);white-space:nowrap}
td{padding:6px 14px;border-top:1px solid var(--rule);vertical-align:top;overflow-wrap:break-word}
tbody tr:first-child td{border-top:0}
th.n,td.n{text-align:right;white-space:nowrap}th.n{white-space:normal}
.none{color:var(--soft);margin:12px 0 0}
details{margin-top:12px;border:1px solid var(--rule);border-radius:10px;background:var(--card)}
summary{cursor:pointer;padding:9px 14px;font-weight:600;font-size:13.5px}
pre{margin:0;padding:4px 14px 14px;overflow-x:auto;font:12.5px/1.5 ui-monospace,"DejaVu Sans Mono",Menlo,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
footer{margin-top:44px;padding-top:14px;border-top:1px solid var(--rule);color:var(--soft);font-size:12.5px;overflow-wrap:anywhere}
@media (max-width:560px){.plots{grid-template-columns:1fr}main{padding:24px 16px 48px}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#ccc;--good:#14603a;--bad:#8c1d18;--goodbg:#fff;--badbg:#fff}
body{font-size:11pt}main{max-width:none;padding:0}h2{break-after:avoid}.card,figure,.plot,tr{break-inside:avoid}.plots{grid-template-columns:1fr 1fr}.wide{overflow:visible}.badge{border:1px solid currentColor}}
)css";

}  // namespace

HtmlPage::HtmlPage(const std::string& title, const std::string& subtitle, const std::string& badge,
                   bool good) {
  body_ =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, "
      "initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "img-src data:; "
      "style-src 'unsafe-inline'\">\n<title>" +
      html_text(title) + "</title>\n<style>" + kStyle + "</style></head>\n<body><main>\n<header><h1>" +
      html_text(title) + "</h1>";
  if (!badge.empty())
    body_ +=
        std::string("<span class=\"badge ") + (good ? "good" : "bad") + "\">" + html_text(badge) + "</span>";
  body_ += "<p>" + html_text(subtitle) + "</p></header>\n";
}

void HtmlPage::heading(const std::string& words, const std::string& note) {
  body_ += "<h2>" + html_text(words) + "</h2>\n";
  if (!note.empty()) body_ += "<p class=\"note\">" + html_text(note) + "</p>\n";
}

void HtmlPage::cards(const std::vector<Card>& cards) {
  body_ += "<section class=\"cards\">\n";
  for (const auto& card : cards) {
    const char* tone = card.tone == Card::Tone::kGood ? " good" : card.tone == Card::Tone::kBad ? " bad" : "";
    body_ += std::string("<div class=\"card") + tone + "\"><div class=\"name\">" + html_text(card.name) +
             "</div><div class=\"value\">" + html_text(card.value);
    if (!card.unit.empty()) body_ += "<span class=\"unit\">" + html_text(card.unit) + "</span>";
    body_ += "</div>";
    if (!card.note.empty()) body_ += "<div class=\"more\">" + html_text(card.note) + "</div>";
    body_ += "</div>\n";
  }
  body_ += "</section>\n";
}

void HtmlPage::image(std::string_view png, const std::string& words) {
  body_ += "<figure><img alt=\"" + html_text(words) + "\" src=\"data:image/png;base64," + base64(png) +
           "\"></figure>\n";
}

void HtmlPage::plots(const std::vector<std::string>& svgs) {
  body_ += "<section class=\"plots\">\n";
  for (const auto& svg : svgs) body_ += "<div class=\"plot\">" + svg + "</div>\n";
  body_ += "</section>\n";
}

void HtmlPage::table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
                     const std::string& when_empty) {
  if (rows.empty()) {
    body_ += "<p class=\"none\">" + html_text(when_empty) + "</p>\n";
    return;
  }
  body_ += "<div class=\"wide\"><table><thead><tr>";
  for (const auto& column : columns)
    body_ +=
        std::string("<th") + (column.number ? " class=\"n\"" : "") + ">" + html_text(column.name) + "</th>";
  body_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    body_ += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = columns[i].link && !row[i].empty()
                                   ? "<a href=\"" + html_text(row[i]) + "\" rel=\"noreferrer\">map</a>"
                                   : html_text(row[i]);
      body_ += std::string("<td") + (columns[i].number ? " class=\"n\"" : "") + ">" + cell + "</td>";
    }
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
}

void HtmlPage::fold(const std::string& summary, const std::string& text) {
  body_ +=
      "<details><summary>" + html_text(summary) + "</summary><pre>" + html_text(text) + "</pre></details>\n";
}

std::string HtmlPage::close(const std::string& footer) {
  return body_ + "<footer>" + html_text(footer) + "</footer>\n</main></body></html>\n";
}

}  // namespace arterial
