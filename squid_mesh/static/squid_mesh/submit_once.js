/* A form is sent once, however often its button is pressed. */
"use strict";
document.querySelectorAll("form[data-sqm-once]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sqmSent) event.preventDefault();
    form.dataset.sqmSent = "yes";
  });
});
/* Whoever comes back by the browser's button may send it again. */
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sqm-once]").forEach((form) => delete form.dataset.sqmSent);
});
