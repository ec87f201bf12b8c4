/* Reload the page of an unfinished run at its interval, unless the user types, unfolds or selects something in it, or the
   tab is hidden. */
"use strict";
const page = document.querySelector("[data-sqm-refresh]");
if (page) {
  let inUse = false;
  const stop = () => { inUse = true; };
  page.addEventListener("input", stop);
  page.addEventListener("click", (event) => { if (event.target.closest("summary")) stop(); });
  setInterval(() => {
    const hasSelection = String(document.getSelection()) !== "";
    if (!inUse && !hasSelection && !document.hidden) location.reload();
  }, 1000 * Number(page.dataset.sqmRefresh));
}
