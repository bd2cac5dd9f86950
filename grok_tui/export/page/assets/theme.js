// Light and dark: as the system, until the button chooses.

const dark = window.matchMedia("(prefers-color-scheme: dark)");
let chosenTheme = null;

function themeName() {
  return chosenTheme || (dark.matches ? "dark" : "light");
}

function palette() {
  return DATA.palettes[themeName()];
}

// A colour of a plot: an index into the series, or the name of another colour.
function colourOf(name) {
  const colours = palette();
  if (typeof name === "number") return colours.series[name % colours.series.length];
  return colours[name] || colours.foreground;
}

function applyTheme() {
  const root = document.documentElement, colours = palette();
  root.dataset.theme = themeName();
  for (const name of ["background", "foreground", "muted", "accent", "warning"]) root.style.setProperty(`--${name}`, colours[name]);
}

// The button that switches the theme; `redraw` draws all that has colours of its own.
function themeButton(redraw) {
  const button = el("button", { type: "button", id: "theme", title: "light or dark" });
  const update = () => {
    applyTheme();
    button.textContent = themeName() === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `switch to the ${button.textContent.toLowerCase()} theme`);
    redraw();
  };
  button.addEventListener("click", () => {
    chosenTheme = themeName() === "dark" ? "light" : "dark";
    update();
  });
  dark.addEventListener("change", update);
  return { button, update };
}
