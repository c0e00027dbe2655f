// The little that the server cannot do: local times, countdowns, copying.
"use strict";
(() => {
  const language = document.documentElement.lang;

  // A form of moments is dear to make on a phone, so each is made once, when a page first needs it.
  const TIME_STYLES = { s: "medium", z: "long" };
  const formats = new Map();

  function format(kind) {
    if (!formats.has(kind)) {
      const timeStyle = TIME_STYLES[kind] ?? "short";
      formats.set(kind, new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle }));
    }
    return formats.get(kind);
  }

  function localTimes(root) {
    for (const time of root.querySelectorAll("time[data-moment]")) {
      time.title = time.textContent;
      time.textContent = format(time.dataset.moment).format(new Date(time.dateTime));
      time.removeAttribute("data-moment");
    }
  }

  // The server's clock counts, not the reader's: each countdown carries the server's seconds left.
  function startCountdowns(root) {
    for (const place of root.querySelectorAll("[data-seconds-left]")) {
      place.endsAt = performance.now() + Number(place.dataset.secondsLeft) * 1000;
      place.removeAttribute("data-seconds-left");
      place.setAttribute("data-counting", "");
      place.announced = null; // how long it is when the page opens stands there
    }
    showCountdowns();
  }

  function showCountdowns() {
    for (const place of document.querySelectorAll("[data-counting]")) {
      const left = Math.max(0, Math.ceil((place.endsAt - performance.now()) / 1000));
      const minutes = Math.floor(left / 60);
      place.textContent = minutes + ":" + String(left % 60).padStart(2, "0");
      announce(place, left);
      if (left === 0) {
        place.removeAttribute("data-counting");
        place.dispatchEvent(new CustomEvent("countdown-over", { bubbles: true }));
      }
    }
  }

  // A screen reader hears of the time left at five minutes, at one and at the end, when it has
  // nothing else to say; a timer itself is read only by whoever asks for it.
  const ANNOUNCED = [0, 60, 300];

  function announce(place, left) {
    const due = ANNOUNCED.find((seconds) => left <= seconds);
    const before = place.announced;
    place.announced = due;
    const words = place.getAttribute(`data-say-${due}`);
    const announcer = document.getElementById("announcer");
    if (before === due || before === null || !words || !announcer) return;
    announcer.textContent = words;
  }

  // On a phone each row of a wide table stands as a block (app.css), so each cell says what it is.
  // Roles are named, since a table that is laid out as blocks is none to a screen reader.
  const COLUMNS_MAX = 3;

  function nameCells(root) {
    for (const table of root.querySelectorAll("table.table:not([data-named])")) {
      const heads = [...table.querySelectorAll(":scope > thead th")].map((head) => head.textContent.trim());
      if (heads.length <= COLUMNS_MAX) continue;
      table.setAttribute("data-named", "");
      table.setAttribute("role", "table");
      for (const part of table.querySelectorAll("thead, tbody")) part.setAttribute("role", "rowgroup");
      for (const head of table.querySelectorAll("thead th")) head.setAttribute("role", "columnheader");
      for (const row of table.querySelectorAll("tr")) row.setAttribute("role", "row");
    }
    for (const row of root.querySelectorAll("table[data-named] > tbody > tr:not([data-named])")) {
      const heads = row.closest("table").querySelectorAll(":scope > thead th");
      row.setAttribute("data-named", "");
      row.setAttribute("role", "row");
      [...row.cells].forEach((cell, place) => {
        cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
        const label = heads[place]?.textContent.trim();
        if (label && cell.colSpan === 1) cell.setAttribute("data-label", label);
      });
    }
  }

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const text = (source.dataset.value ?? source.textContent).trim();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      document.execCommand("copy");
    }
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = before;
    }, 2000);
  }

  // What was told stays until somebody closes it; whoever was in it goes on at the content.
  function close(note) {
    if (!note) return;
    const within = note.contains(document.activeElement);
    note.remove();
    if (within) (document.querySelector(".toasts [data-dismiss]") ?? document.getElementById("content")).focus();
  }

  function prepare(root) {
    localTimes(root);
    startCountdowns(root);
    nameCells(root);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    if (event.target.closest("[data-print]")) window.print();
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) close(dismiss.parentElement);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(document.querySelector(".toasts > *"));
  });
  document.addEventListener("htmx:after:swap", () => prepare(document));
  // What a reader has opened stays open when news changes the rest of its part of the page.
  document.addEventListener("htmx:before:morph:attr", (event) => {
    if (event.detail.attrName === "open" && event.target.matches("details")) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
  });
  setInterval(showCountdowns, 1000);
  prepare(document);
})();
