// Says how much script each page of the export loads at first, gzipped, and fails over the limit.
import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {gzipSync} from 'node:zlib'

const LIMIT_KB = 200
const out = path.resolve(import.meta.dirname, '../out')

function pages(folder) {
  return readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === '_next' ? [] : pages(file)
    return entry.name === 'index.html' ? [file] : []
  })
}

const sizes = new Map()
function gzipped(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(file), {level: 9}).length)
  return sizes.get(file)
}

let tooLarge = 0
for (const page of pages(out).sort()) {
  const html = readFileSync(page, 'utf8')
  // Browsers that know modules, which is all that the dashboard supports, skip noModule scripts.
  const scripts = [...html.matchAll(/<script\b([^>]*)>/g)]
    .filter(([, attributes]) => !/\bnomodule\b/i.test(attributes))
    .map(([, attributes]) => /\bsrc="([^"?]+)/.exec(attributes)?.[1])
    .filter(Boolean)
  const inline = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text).join('')
  const files = [...new Set(scripts)].map((src) => gzipped(path.join(out, src)))
  const bytes = files.reduce((sum, size) => sum + size, 0)
  const kb = Math.ceil(bytes / 1024)
  const name = `/${path.relative(out, path.dirname(page))}`
  const verdict = kb > LIMIT_KB ? `over ${LIMIT_KB} KB` : 'ok'
  if (kb > LIMIT_KB) tooLarge += 1
  console.log(`${name.padEnd(14)} ${String(kb).padStart(4)} KB in ${files.length} files, ${Math.ceil(gzipSync(inline).length / 1024)} KB inline  ${verdict}`)
}
process.exit(tooLarge > 0 ? 1 : 0)
