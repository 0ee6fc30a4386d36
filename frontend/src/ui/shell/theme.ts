/** Light to dark and back; kept for the next visit. */
export function flipTheme(): void {
  const root = document.documentElement
  const next = root.dataset.theme === 'dark' ? 'light' : 'dark'
  root.dataset.theme = next
  try {
    localStorage.setItem('theme', next)
  } catch {
    // Storage may be forbidden; then the theme lasts as long as the page.
  }
}
