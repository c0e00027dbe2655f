"use strict";

// Asks for the lists every two seconds and shows them when they changed; a reader's selection
// and focus stay as long as nothing new came.
const news = document.getElementById("news");
let shown = "";

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(news.dataset.from);
      const text = answer.ok ? await answer.text() : shown;
      if (text !== shown) {
        if (shown) news.innerHTML = text;
        shown = text;
      }
    } catch {
      // the server restarts; the next look finds it again
    }
  }
  setTimeout(look, 2000);
}

look();
