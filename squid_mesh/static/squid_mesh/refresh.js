/* A page that shows a run alive loads itself anew: while it is seen, and nobody writes, reads or selects in it. */
"use strict";
const page = document.querySelector("[data-sqm-refresh]");
if (page) {
  let touched = false;
  const touch = () => { touched = true; };
  page.addEventListener("input", touch);
  page.addEventListener("click", (event) => { if (event.target.closest("summary")) touch(); });
  setInterval(() => {
    const selected = String(document.getSelection()) !== "";
    if (!touched && !selected && !document.hidden) location.reload();
  }, 1000 * Number(page.dataset.sqmRefresh));
}
