// Before the first paint: the theme that was chosen, else the system's.
(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('theme')
  } catch {
    // Storage may be forbidden; then the system's theme is taken.
  }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.dataset.theme = chosen ?? (dark ? 'dark' : 'light')
})()
