// Draws each table in a [data-chart] as a chart above it; the table stays for everybody.
"use strict";
(() => {
  const INK = ["primary", "success", "error", "info", "warning"];
  const drawn = new Map();
  const opened = new Set(); // ids of tables that the reader opened; a swap brings them closed

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--color-" + name).trim();
  }

  // First column: moments (seconds since 1970). Each further column is a line.
  function columns(table) {
    const heads = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows].filter((row) => row.dataset.at);
    const data = [rows.map((row) => Number(row.dataset.at))];
    heads.forEach((_, n) => data.push(rows.map((row) => Number(row.cells[n + 1].dataset.value))));
    return { heads, data };
  }

  function draw(figure) {
    const table = figure.querySelector("table:not(.u-legend)"); // that one is of the last drawing
    const place = figure.querySelector("[data-plot]");
    const { heads, data } = columns(table);
    drawn.get(figure)?.destroy();
    drawn.delete(figure);
    place.replaceChildren();
    if (data[0].length < 2) {
      return;
    }
    const ink = colour("base-content");
    const lines = colour("base-300");
    const axis = { stroke: ink, grid: { stroke: lines, width: 1 }, ticks: { stroke: lines } };
    const options = {
      width: place.clientWidth,
      height: 200,
      legend: { live: false },
      cursor: { show: false },
      axes: [axis, { ...axis, size: 60 }],
      scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high)] } },
      series: [
        {},
        ...heads.map((label, n) => ({
          label,
          stroke: colour(INK[n % INK.length]),
          width: 2,
          dash: n === 0 ? [] : [3 * (n + 1), 3],
        })),
      ],
    };
    drawn.set(figure, new uPlot(options, data, place));
  }

  function drawAll() {
    for (const figure of drawn.keys()) {
      if (!figure.isConnected) {
        drawn.get(figure).destroy();
        drawn.delete(figure);
      }
    }
    for (const id of opened) {
      document.getElementById(id)?.setAttribute("open", "");
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.id && event.target.isConnected) {
        opened[event.target.open ? "add" : "delete"](event.target.id);
      }
    },
    true,
  );
  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:after:swap", drawAll);
  window.addEventListener("resize", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
