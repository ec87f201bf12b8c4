/* Submit a form only once, even if its button is pressed twice. */
"use strict";
document.querySelectorAll("form[data-sqm-submit-once]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sqmSubmitted) event.preventDefault();
    form.dataset.sqmSubmitted = "yes";
  });
});
/* After the browser's back button, the form may be submitted again. */
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sqm-submit-once]").forEach((form) => delete form.dataset.sqmSubmitted);
});
