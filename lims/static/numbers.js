// Long numbers are read back in groups beside their box, before anybody signs a nought too many.
"use strict";
(() => {
  const grouped = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  const said = (text) => {
    const found = /^-?(\d+)(\.\d+)?$/.exec(text.trim());
    if (!found || found[1].length < 4) return "";
    const power = found[1].length - 1;
    const digits = (found[1] + (found[2] || "").slice(1)).replace(/0+$/, "");
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1, 4)}` : digits;
    return `${grouped(found[1])}${found[2] || ""} · ${mantissa} × 10^${power}`;
  };
  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.inputMode !== "decimal") return;
    let told = box.parentElement.querySelector("[data-read-back]");
    if (!told) {
      told = document.createElement("output");
      told.dataset.readBack = "yes";
      told.className = "read-back";
      box.parentElement.append(told);
    }
    told.textContent = said(box.value);
  });
})();
