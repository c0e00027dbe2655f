// Tells our own server how many seconds this page was in sight. Loaded only after a yes.
"use strict";
(() => {
  const { page, to } = document.currentScript.dataset;
  let since = document.visibilityState === "visible" ? performance.now() : null;
  let first = "1";

  function seen() {
    if (since === null) since = performance.now();
  }

  function hidden() {
    if (since === null) return;
    const seconds = Math.round((performance.now() - since) / 1000);
    since = null;
    if (seconds < 1) return;
    navigator.sendBeacon(to, new URLSearchParams({ page, seconds: String(seconds), first }));
    first = "";
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") seen();
    else hidden();
  });
  window.addEventListener("pagehide", hidden);
  window.addEventListener("pageshow", seen);
})();
