// Keys go to the explorer from the first paint on, without a click.
window.addEventListener("load", () => {
  const observer = new MutationObserver(() => {
    if (!document.body.classList.contains("-first-byte")) return;
    document.querySelector("#terminal textarea")?.focus();
    observer.disconnect();
  });
  observer.observe(document.body, { attributeFilter: ["class"] });
});
