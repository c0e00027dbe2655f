// Returns [what, words] of each text outside of brackets that is no data, and of each that is cut.
() => {
  // Names, texts and identifiers that somebody wrote, moments, and documents with texts of their own.
  const DATA = "time, noscript, .skip-link, script, style, template, .prose, .font-mono, .sms-text, code, pre, [lang]:not(html), textarea, [data-value]";
  const BLOCK = "p, li, dt, dd, td, th, h1, h2, h3, h4, label, legend, button, a, summary, option, div, span, caption, figcaption";
  const found = new Map();
  const say = (what, words) => found.set(what + words, [what, words.replace(/\s+/g, " ").trim().slice(0, 160)]);

  const text = document.body.cloneNode(true);
  for (const data of text.querySelectorAll(DATA)) data.replaceWith(" ");
  for (const block of text.querySelectorAll("p, li, dt, dd, td, th, h1, h2, h3, h4, legend, button, summary, option, div, caption, br")) block.append("\n");
  const outside = (words) => {
    let depth = 0, left = "";
    for (const sign of words) {
      if (sign === "⟦") depth += 1;
      else if (sign === "⟧") { depth -= 1; left += "\n"; }
      else if (depth <= 0) left += sign;
    }
    return left.split("\n").map((line) => line.trim()).filter((line) => /[a-zæøå]{3}/i.test(line));
  };
  for (const words of outside(text.textContent)) say("not translated", words);
  for (const name of ["aria-label", "title", "alt", "placeholder"])
    for (const place of document.body.querySelectorAll(`[${name}]:not(time)`))
      for (const words of outside(place.getAttribute(name))) say(`not translated, ${name}`, words);

  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) say("wider than the phone", String(wide));
  for (const place of document.body.querySelectorAll(BLOCK)) {
    const box = place.getBoundingClientRect(), style = getComputedStyle(place);
    if (box.width < 2 || box.height < 2 || style.visibility === "hidden") continue;
    if (place.matches(".skip-link, .sr-only, .sr-only *")) continue;
    const clips = /hidden|clip/.test(style.overflowX + style.overflowY);
    const named = /btn|badge|tab/.test(place.className);
    if ((clips || named) && place.scrollWidth > place.clientWidth + 1 && style.display !== "inline")
      say("cut or over its edge", `${place.tagName} ${place.className}: ${place.textContent}`);
    if (clips && place.scrollHeight > place.clientHeight + 2) say("cut below", `${place.tagName} ${place.className}: ${place.textContent}`);
    if (box.right > innerWidth + 1 && !place.closest(".overflow-x-auto, pre"))
      say("beside the phone", `${place.tagName} ${place.className}: ${place.textContent}`);
  }
  return [...found.values()];
}
