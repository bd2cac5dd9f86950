// The numbers of the report at an epoch: tables for people, and JSON.

const NUMBER = /^([-+−–]?[\d.,]*(e[-+]\d+)?%?|yes)$/;

function reportNode(report) {
  const tables = report.tables.map(resolved).map(({ title, definition, header, rows }) => {
    const numeric = header.map((_, column) => column > 0 && rows.every((row) => NUMBER.test(row[column])));
    return el("div", { class: "report-part" }, el("h4", {}, title), el("p", { class: "definition" }, definition), tableNode({ columns: [...header], numeric, rows, more: 0 }));
  });
  const text = JSON.stringify(resolved(report.json), null, 1);
  return [el("div", { class: "report" }, ...tables), el("details", {}, el("summary", {}, "All numbers as JSON, in full precision"), el("pre", { class: "json", tabindex: "0", "aria-label": "report as JSON" }, text))];
}
